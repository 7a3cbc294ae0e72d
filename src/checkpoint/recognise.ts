/**
 * Says what a file is that is no torch zip checkpoint, from its first bytes, and what to do with it.
 *
 * @module
 */
import type { Fault } from "./fault.ts";
import { latin1 } from "./pickle-input.ts";

/** How many bytes of a file `checkHead` looks at. */
export const HEAD_BYTES = 512;

type Guess = { readonly what: string; readonly next: string };

const EXPECTED = "a checkpoint that nnU-Net v2 saved (checkpoint_final.pth) was expected";

const RESAVE_ZIP =
	"Save it again with a current torch, which writes zip files: torch.save(torch.load(path, weights_only=False), path)";
const USE_PTH = "Name nnU-Net's own checkpoint_final.pth instead";

/** Recognisers in the order they are asked, over the head as text of one character a byte. */
const GUESSES: readonly (Guess & { readonly matches: (text: string) => boolean })[] = [
	{ matches: isZeros, what: "begins with nothing but zeros", next: "Copy or download it again" },
	{
		matches: (t) => t.startsWith("version https://git-lfs"),
		what: "is a Git LFS pointer, not the file itself",
		next: 'Fetch the content with "git lfs pull"',
	},
	{
		matches: (t) => /^\s*<(!doctype|html|\?xml|head)/i.test(t),
		what: "is a web page, as a download link that needs a login gives",
		next: "Download the file itself",
	},
	{
		matches: (t) => t.slice(2, 14) === OLD_MAGIC,
		what: "is a checkpoint in torch's old format (before torch 1.6)",
		next: RESAVE_ZIP,
	},
	{
		matches: (t) => t.slice(257, 262) === "ustar",
		what: "is a tar archive (torch's oldest format, or a packed folder)",
		next: `Unpack it, or if it is a checkpoint: ${RESAVE_ZIP}`,
	},
	{ matches: isSafetensors, what: "is a safetensors file: weights without nnU-Net's settings", next: USE_PTH },
	{ matches: (t) => t.startsWith("\x89HDF\r\n"), what: "is an HDF5 file", next: USE_PTH },
	{ matches: (t) => t.startsWith("\x93NUMPY"), what: "is a numpy array (.npy)", next: USE_PTH },
	{ matches: isOnnx, what: "is an ONNX network", next: USE_PTH },
	{ matches: (t) => t.startsWith("\x1f\x8b"), what: "is packed by gzip", next: "Unpack it first" },
	{ matches: (t) => t.startsWith("7z\xbc\xaf"), what: "is a 7z archive", next: "Unpack it first" },
	{ matches: isImage, what: "is an image", next: USE_PTH },
	{ matches: isBarePickle, what: "is a bare Python pickle, not a torch zip file", next: RESAVE_ZIP },
	{ matches: (t) => /^\s*[[{]/.test(t) && isText(t), what: "is a JSON file", next: USE_PTH },
	{ matches: isText, what: "is a text file", next: USE_PTH },
];

/** Passes a file that begins as a zip. @throws what `fault` makes, saying what the file is, for all others */
export function checkHead(head: Uint8Array, fault: Fault): void {
	if (head.length === 0) throw fault("is empty (0 bytes)");
	const text = latin1(head);
	if (text.startsWith("PK\x03\x04") || text.startsWith("PK\x05\x06")) return;
	const guess = GUESSES.find(({ matches }) => matches(text));
	if (guess) throw fault(`${guess.what}; ${EXPECTED}`, guess.next);
	throw fault(`is no torch checkpoint: it does not begin as a zip file; ${EXPECTED}`);
}

/** Passes the names of a torch checkpoint. @throws saying what the archive is for all others; gives the pickle's name */
export function pickleName(names: readonly string[], fault: Fault): string {
	const pickles = names.filter((name) => /^([^/]+\/)?data\.pkl$/.test(name));
	const [found] = pickles;
	if (found !== undefined && pickles.length === 1) {
		const prefix = found.slice(0, -"data.pkl".length);
		if (!names.some((name) => name === `${prefix}constants.pkl` || name.startsWith(`${prefix}code/`))) return found;
		throw fault(`is a TorchScript archive: it holds code, which is not run; ${EXPECTED}`, USE_PTH);
	}
	if (pickles.length > 1)
		throw fault(`holds ${pickles.length} checkpoints (${pickles.slice(0, 3).join(", ")})`, "Unpack it");
	if (names.length === 0) throw fault("is a zip archive without members");
	const model = names.find((name) => /(^|\/)(plans\.json|[^/]+\.pth)$/.test(name));
	if (model !== undefined) throw fault(`is a zipped model folder (it holds ${model})`, "Unpack it and name the folder");
	if (names.every((name) => name.endsWith(".npy"))) throw fault(`is a numpy archive (.npz); ${EXPECTED}`, USE_PTH);
	throw fault(`is a zip archive without the data.pkl of a torch checkpoint; ${EXPECTED}`, USE_PTH);
}

/** The number that old torch files begin with, after the pickle's protocol. */
const OLD_MAGIC = "\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19";

function isZeros(text: string): boolean {
	return text === "\0".repeat(text.length);
}

/** Eight bytes of length, then a JSON object. */
function isSafetensors(text: string): boolean {
	return text.slice(5, 8) === "\0\0\0" && /^\{\s*"/.test(text.slice(8));
}

/** Field 1 of a ModelProto is its version, a small number; field 2 or another short field follows. */
function isOnnx(text: string): boolean {
	const [tag, version, next] = [0, 1, 2].map((i) => text.charCodeAt(i));
	return tag === 0x08 && version !== undefined && version >= 1 && version <= 0x20 && (next === 0x12 || next === 0x3a);
}

function isImage(text: string): boolean {
	return ["\x89PNG", "II*\0", "MM\0*"].some((magic) => text.startsWith(magic));
}

function isBarePickle(text: string): boolean {
	return text.charCodeAt(0) === 0x80 && text.charCodeAt(1) >= 2 && text.charCodeAt(1) <= 5;
}

/** No control characters but tab and line ends. */
function isText(text: string): boolean {
	return [...text].every((c) => c >= " " || c === "\t" || c === "\n" || c === "\r");
}
