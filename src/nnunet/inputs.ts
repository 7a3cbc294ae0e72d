/**
 * From what a user names (a file, a folder, a glob, a list file) to the paths of images, sorted and each once.
 *
 * @module
 */
import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { NnvolError } from "../core/errors.ts";
import { readTextFile } from "../core/text-file.ts";
import { formatOfName, isVolumeFolder } from "../volume/formats.ts";
import { isStackName, resolveStack } from "../volume/sections/name.ts";
import { isRemote, plainPath } from "../volume/stores/location.ts";
import { type Inputs, matchGlob } from "./glob.ts";

const LIST_ENDINGS = [".txt", ".list", ".lst"];

/** Files looked up at a time. */
const LOOK_UPS = 64;

/**
 * The images that `input` names. A folder gives the images directly in it: those that end in `preferred`
 * (the data set's own file ending) where there are any, else all of a known format.
 *
 * @throws INPUT where nothing is found
 */
export async function findInputs(input: string, preferred?: string): Promise<Inputs> {
	if (isStackName(input)) return one(input);
	if (isRemote(input)) return oneRemote(input);
	const path = plainPath(input);
	const found = await lookUp(path);
	if (found === undefined) return matchGlob(path);
	if (found.isDirectory()) return (await isVolumeFolder(path)) ? one(path) : findInFolder(path, preferred);
	return isListFile(path) ? readList(path) : one(path);
}

/**
 * The paths that match a glob (`*`, `?`, `**`, `{a,b}`, `[0-9]`), sorted; a path that is there counts as itself.
 *
 * @throws INPUT where none does
 */
export async function findGlob(pattern: string): Promise<Inputs> {
	return findInputs(pattern);
}

/** The paths in a text file: one a line, relative to the file; blank lines and lines that begin with # are skipped. */
export async function readList(file: string): Promise<Inputs> {
	const text = await readTextFile(file).catch((cause) => {
		throw new NnvolError("INPUT", `list file ${file} cannot be read; check the path`, {
			cause,
			fields: { path: file },
		});
	});
	const paths = new Set<string>();
	const notes: string[] = [];
	for (const [n, line] of text
		.replace(/^\uFEFF/, "")
		.split(/\r\n|\r|\n/)
		.entries()) {
		const entry = line.trim();
		if (entry === "" || entry.startsWith("#")) continue;
		const path = placeOf(dirname(file), entry);
		if (paths.has(path)) notes.push(`${file}:${n + 1} names ${entry} again; it is taken once`);
		paths.add(path);
	}
	if (paths.size === 0) throw new NnvolError("INPUT", `list file ${file} names no image; write one path a line`);
	await requireSome([...paths], file);
	return { paths: [...paths], notes };
}

async function findInFolder(folder: string, preferred: string | undefined): Promise<Inputs> {
	const entries = await namesIn(folder);
	const known: string[] = [];
	for (const name of entries) if (await isImage(join(folder, name))) known.push(join(folder, name));
	if (known.length === 0) throw noImage(folder, entries, preferred);
	const own = known.filter((path) => path.toLowerCase().endsWith((preferred ?? "").toLowerCase()));
	const rest = known.length - own.length;
	if (own.length === 0)
		return {
			paths: known,
			notes: [`no image in ${folder} ends in ${preferred}; its ${rest} images of other types are predicted`],
		};
	if (rest === 0) return { paths: known, notes: [] };
	const what = `${rest} image${rest > 1 ? "s" : ""} in ${folder} not ending in ${preferred} left out`;
	return { paths: own, notes: [`${what}; name them by a glob to predict them`] };
}

/** Entries that are not hidden, sorted. @throws INPUT where the folder cannot be read */
async function namesIn(folder: string): Promise<string[]> {
	const names = await readdir(folder).catch((cause) => {
		throw new NnvolError("INPUT", `folder ${folder} cannot be read; check its permissions`, {
			cause,
			fields: { path: folder },
		});
	});
	return names.filter((name) => !name.startsWith(".")).sort();
}

async function isImage(path: string): Promise<boolean> {
	const found = await stat(path).catch(() => undefined);
	return found?.isDirectory() === true ? isVolumeFolder(path) : formatOfName(path) !== undefined;
}

function noImage(folder: string, entries: readonly string[], preferred: string | undefined): NnvolError {
	const some = `${entries.slice(0, 3).join(", ")}${entries.length > 3 ? ", ..." : ""}`;
	const seen = entries.length === 0 ? "it is empty" : `it holds ${some}`;
	const expected = preferred ?? ".nii.gz, .png, .tif, .h5, .zarr";
	return new NnvolError("INPUT", `no image in folder ${folder}: ${seen}; expected ${expected} files`, {
		fields: { path: folder },
	});
}

/** What lies at `path`; undefined where nothing does. @throws INPUT where that cannot be told */
async function lookUp(path: string): Promise<Stats | undefined> {
	try {
		return await stat(path);
	} catch (cause) {
		const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
		if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return undefined;
		throw new NnvolError(
			"INPUT",
			`${path} cannot be looked at; check its permissions and those of the folders above it`,
			{
				cause,
				fields: { path },
			},
		);
	}
}

/** A list of which nothing is there was read from the wrong place; single files that are missing fail by themselves. */
async function requireSome(paths: readonly string[], list: string): Promise<void> {
	if (paths.some((path) => isStackName(path) || isRemote(path))) return;
	for (let from = 0; from < paths.length; from += LOOK_UPS) {
		const some = paths.slice(from, from + LOOK_UPS);
		const found = await Promise.all(some.map((path) => stat(path).catch(() => undefined)));
		if (found.some((entry) => entry !== undefined)) return;
	}
	const what = `none of the ${paths.length} files that ${list} names exists, the first being ${paths[0]}`;
	throw new NnvolError("INPUT", `${what}; paths are taken relative to the list file`, { fields: { path: list } });
}

function isListFile(path: string): boolean {
	const name = basename(path).toLowerCase();
	return LIST_ENDINGS.some((ending) => name.endsWith(ending));
}

/** A line of a list: URLs stand for themselves, all else is relative to the list's folder. */
function placeOf(folder: string, entry: string): string {
	if (isStackName(entry)) return resolveStack(folder, entry);
	const plain = plainPath(entry);
	return isRemote(plain) ? plain : resolve(folder, plain);
}

/** A URL is taken as it stands: what lies behind it is not searched. */
function oneRemote(url: string): Inputs {
	const path = plainPath(url);
	const isGlob = /[*[{]/.test(path);
	const note = `${path} is taken as it stands: behind URLs nothing is searched; name each volume in a list file`;
	return { paths: [path], notes: isGlob ? [note] : [] };
}

function one(path: string): Inputs {
	return { paths: [path], notes: [] };
}
