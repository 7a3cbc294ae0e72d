/**
 * From what a user names (a file, a folder, a glob, a list file) to the paths of images, sorted and each once.
 *
 * @module
 */
import type { Stats } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { NnvolError } from "../core/errors.ts";
import { formatOfName, isVolumeFolder } from "../volume/formats.ts";

/** Paths found, and what a user should know of those left out. */
export type Inputs = { readonly paths: readonly string[]; readonly notes: readonly string[] };

const LIST_ENDINGS = [".txt", ".list", ".lst"];

/** Deepest folder a `**` descends to: stops at links that lead in a circle. */
const MAX_DEPTH = 32;

/**
 * The images that `input` names. A folder gives the images directly in it: those that end in `preferred`
 * (the data set's own file ending) where there are any, else all of a known format.
 *
 * @throws INPUT where nothing is found
 */
export async function findInputs(input: string, preferred?: string): Promise<Inputs> {
	const found = await stat(input).catch(() => undefined);
	if (found === undefined) return findGlob(input);
	if (found.isDirectory()) return (await isVolumeFolder(input)) ? one(input) : findInFolder(input, preferred);
	return isListFile(input) ? readList(input) : one(input);
}

/** The paths in a text file: one a line, relative to the file; blank lines and lines that begin with # are skipped. */
export async function readList(file: string): Promise<Inputs> {
	const text = await readFile(file, "utf8").catch((cause) => {
		throw new NnvolError("INPUT", `list file ${file} cannot be read; check the path`, { cause, fields: { path: file } });
	});
	const paths = new Set<string>();
	const notes: string[] = [];
	for (const [n, line] of text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/).entries()) {
		const entry = line.trim();
		if (entry === "" || entry.startsWith("#")) continue;
		const path = resolve(dirname(file), entry);
		if (paths.has(path)) notes.push(`${file}:${n + 1} names ${entry} again; it is taken once`);
		paths.add(path);
	}
	if (paths.size === 0) throw new NnvolError("INPUT", `list file ${file} names no image; write one path a line`);
	await requireEach([...paths], file);
	return { paths: [...paths], notes };
}

/** The paths that match a glob (`*`, `?`, `**`, `{a,b}`, `[0-9]`), sorted. @throws INPUT where none does */
export async function findGlob(pattern: string): Promise<Inputs> {
	const { default: picomatch } = await import("picomatch");
	const slashes = sep === "\\" ? pattern.replaceAll("\\", "/") : pattern;
	const scan = picomatch.scan(slashes);
	if (!scan.isGlob) {
		throw new NnvolError("INPUT", `no such file or folder: ${pattern}; check the path`, { fields: { path: pattern } });
	}
	const matches = picomatch(scan.glob, { dot: false });
	const base = scan.base === "" ? "." : scan.base;
	const depth = scan.glob.includes("**") ? MAX_DEPTH : scan.glob.split("/").length;
	const paths: string[] = [];
	await walk(base, "", depth, (path) => {
		if (matches(path)) paths.push(join(base, path));
	});
	if (paths.length === 0) {
		throw new NnvolError("INPUT", `no file matches ${pattern} (looked in ${resolve(base)}); check the pattern, and quote it in the shell`, {
			fields: { pattern },
		});
	}
	return { paths: paths.sort(), notes: [] };
}

async function findInFolder(folder: string, preferred: string | undefined): Promise<Inputs> {
	const entries = (await readdir(folder)).filter((name) => !name.startsWith(".")).sort();
	const known: string[] = [];
	for (const name of entries) {
		const path = join(folder, name);
		const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
		if (isFolder ? await isVolumeFolder(path) : formatOfName(name) !== undefined) known.push(path);
	}
	if (known.length === 0) {
		const seen = entries.length === 0 ? "it is empty" : `it holds ${entries.slice(0, 3).join(", ")}${entries.length > 3 ? ", ..." : ""}`;
		throw new NnvolError("INPUT", `no image in folder ${folder}: ${seen}; expected ${preferred ?? ".png, .tif, .h5, .zarr"} files`, {
			fields: { path: folder },
		});
	}
	const own = preferred === undefined ? [] : known.filter((path) => path.toLowerCase().endsWith(preferred.toLowerCase()));
	if (own.length === 0 || own.length === known.length) return { paths: known, notes: [] };
	const rest = known.length - own.length;
	return { paths: own, notes: [`${rest} image${rest > 1 ? "s" : ""} in ${folder} not ending in ${preferred} left out; name them by a glob to predict them`] };
}

async function walk(base: string, under: string, depth: number, found: (path: string) => void): Promise<void> {
	const entries = await readdir(join(base, under), { withFileTypes: true }).catch(() => []);
	for (const entry of entries) {
		if (entry.name.startsWith(".")) continue;
		const path = under === "" ? entry.name : `${under}/${entry.name}`;
		const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await isDirectory(join(base, path))));
		found(path);
		if (isFolder && depth > 1 && !(await isVolumeFolder(join(base, path)))) await walk(base, path, depth - 1, found);
	}
}

async function isDirectory(path: string): Promise<boolean> {
	const found: Stats | undefined = await stat(path).catch(() => undefined);
	return found?.isDirectory() ?? false;
}

async function requireEach(paths: readonly string[], list: string): Promise<void> {
	const found = await Promise.all(paths.map((path) => stat(path).then(() => true, () => false)));
	const missing = paths.filter((_, n) => !found[n]);
	if (missing.length < paths.length) return;
	throw new NnvolError("INPUT", `none of the ${paths.length} files that ${list} names exists, the first being ${missing[0]}; paths are taken relative to the list file`, {
		fields: { path: list },
	});
}

function isListFile(path: string): boolean {
	const name = basename(path).toLowerCase();
	return LIST_ENDINGS.some((ending) => name.endsWith(ending));
}

function one(path: string): Inputs {
	return { paths: [path], notes: [] };
}
