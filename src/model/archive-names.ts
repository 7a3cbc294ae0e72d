/**
 * Which names in a model zip may become paths, on any system.
 *
 * A name that leaves the folder, that is a link or a device, or that means another file on Windows or macOS than on
 * Linux is an error, not mended: an honest archive has none. Pure: nothing is read or written.
 *
 * @module
 */
import type { Fault } from "../checkpoint/fault.ts";
import type { ZipEntry } from "../checkpoint/zip.ts";

const PACK_AGAIN = "Nothing was unpacked; get the archive from its maker, or pack the model folder again";

/** What packers of macOS and Windows add by themselves. */
const JUNK = /^__MACOSX\/|(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini)$|(^|\/)\._/;
/** Names that Windows keeps for devices, whatever ending they have. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const LONGEST_PART = 200;
const LONGEST_PATH = 1000;
const DEEPEST = 32;

const TYPE = 0xf000;
const FOLDER = 0x4000;
const FILE = 0x8000;

/**
 * The files of an archive whose names are safe, in its order; folders and the packers' own files are left out.
 * @throws what `fault` makes where any name is unsafe, or two would be one file where case does not count
 */
export function safeFiles(entries: Iterable<ZipEntry>, fault: Fault): ZipEntry[] {
	const files: ZipEntry[] = [];
	const seen = new Map<string, { readonly name: string; readonly isFolder: boolean }>();
	for (const entry of entries) {
		if (JUNK.test(entry.name)) continue;
		const isFolder = entry.name.endsWith("/");
		const parts = (isFolder ? entry.name.slice(0, -1) : entry.name).split("/");
		const why = unsafe(entry.name, parts) ?? wrongType(entry, isFolder);
		if (why !== undefined) throw fault(`its member ${JSON.stringify(entry.name)} ${why}`, PACK_AGAIN);
		register(seen, parts, isFolder, fault);
		if (!isFolder) files.push(entry);
	}
	return files;
}

/** Why the name must not become a path; undefined where it may. */
function unsafe(name: string, parts: readonly string[]): string | undefined {
	if (name.startsWith("/")) return "is an absolute path";
	if (name.includes("\\")) return "has a backslash, which parts folders on Windows only";
	if (/^[a-z]:/i.test(name)) return "begins with a drive letter";
	if (parts.includes("..")) return "leads out of its folder";
	if (hasControl(name)) return "has a control character, or is not UTF-8";
	if (name.length > LONGEST_PATH || parts.length > DEEPEST) return "is too long or too deep for a path";
	return parts.map(unsafePart).find((why) => why !== undefined);
}

function unsafePart(part: string): string | undefined {
	if (part === "" || part === ".") return "has an empty part";
	if (/[:*?"<>|]/.test(part)) return "has a character that Windows does not allow";
	if (/[. ]$/.test(part)) return "has a part that ends in a dot or a space, which Windows cuts off";
	if (DEVICE.test(part)) return `has the part ${part}, a device on Windows`;
	if (Buffer.byteLength(part) > LONGEST_PART) return "has a part that is too long for a file name";
	return undefined;
}

/** U+FFFD stands for bytes that are no UTF-8. */
function hasControl(name: string): boolean {
	for (const letter of name) {
		const code = letter.codePointAt(0) ?? 0;
		if (code < 32 || code === 127 || code === 0xfffd) return true;
	}
	return false;
}

function wrongType({ mode, size }: ZipEntry, isFolder: boolean): string | undefined {
	const type = mode & TYPE;
	if (type === 0xa000) return "is a symbolic link";
	if (type !== 0 && type !== (isFolder ? FOLDER : FILE)) return "is neither a file nor a folder";
	return isFolder && size > 0 ? "is named as a folder and has a content" : undefined;
}

/** Notes the path and the folders above it. @throws where case alone tells it from another, or a file is in the way */
function register(
	seen: Map<string, { readonly name: string; readonly isFolder: boolean }>,
	parts: readonly string[],
	isFolder: boolean,
	fault: Fault,
): void {
	for (let depth = 1; depth <= parts.length; depth++) {
		const name = parts.slice(0, depth).join("/");
		const key = name.normalize("NFC").toLowerCase();
		const kind = depth < parts.length || isFolder;
		const other = seen.get(key);
		if (other === undefined) seen.set(key, { name, isFolder: kind });
		else if (other.name !== name || other.isFolder !== kind || !kind) {
			const why =
				other.name === name
					? "is a file and a folder at once"
					: `and "${other.name}" are one where case does not count`;
			throw fault(`its member "${name}" ${why}`, PACK_AGAIN);
		}
	}
}
