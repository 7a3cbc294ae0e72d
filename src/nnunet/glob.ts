/**
 * The files and volume folders that a glob matches.
 *
 * Hidden entries are never looked at. Links to folders are followed, but not to a folder that the walk is in already.
 *
 * @module
 */
import { readdir, realpath, stat } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { NnvolError } from "../core/errors.ts";
import { isVolumeFolder } from "../volume/formats.ts";

/** Paths found, and what a user should know of those left out. */
export type Inputs = { readonly paths: readonly string[]; readonly notes: readonly string[] };

/** Deepest folder that a `**` descends to. */
const MAX_DEPTH = 32;

/** A walk under way: what it looks for and what it found. */
type Walk = {
	readonly base: string;
	readonly depth: number;
	readonly matches: (path: string) => boolean;
	readonly paths: string[];
	readonly notes: string[];
};

/**
 * The files and volume folders that match `pattern` (`*`, `?`, `**`, `{a,b}`, `[0-9]`), sorted.
 *
 * @throws INPUT where none does, or where `pattern` is no glob (a path that is not there)
 */
export async function matchGlob(pattern: string): Promise<Inputs> {
	const { default: picomatch } = await import("picomatch");
	const scan = picomatch.scan(sep === "\\" ? pattern.replaceAll("\\", "/") : pattern);
	if (!scan.isGlob) {
		throw new NnvolError("INPUT", `no such file or folder: ${pattern}; check the path`, { fields: { path: pattern } });
	}
	const walk: Walk = {
		base: scan.base === "" ? "." : scan.base,
		depth: scan.glob.includes("**") ? MAX_DEPTH : scan.glob.split("/").length,
		matches: picomatch(scan.negated ? `!${scan.glob}` : scan.glob, { dot: false }),
		paths: [],
		notes: [],
	};
	await visit(walk, "", []);
	if (walk.paths.length === 0) {
		const looked = [`looked in ${resolve(walk.base)}`, ...walk.notes].join("; ");
		throw new NnvolError(
			"INPUT",
			`no file matches ${pattern} (${looked}); check the pattern, and quote it in the shell`,
			{
				fields: { pattern },
			},
		);
	}
	return { paths: walk.paths.sort(), notes: walk.notes };
}

/** Looks into the folder `under` of the walk's base; `above` are the real paths of the folders around it. */
async function visit(walk: Walk, under: string, above: readonly string[]): Promise<void> {
	const folder = join(walk.base, under);
	const here = await realpath(folder).catch(() => folder);
	if (above.includes(here)) return;
	for (const name of await namesIn(walk, folder)) {
		if (name.startsWith(".")) continue;
		const path = under === "" ? name : `${under}/${name}`;
		const kind = await kindOf(join(walk.base, path));
		if (kind !== "folder" && walk.matches(path)) walk.paths.push(join(walk.base, path));
		if (kind === "folder" && above.length + 1 < walk.depth) await visit(walk, path, [...above, here]);
	}
}

/** Entries of a folder; one that is there but cannot be read is noted, never passed over in silence. */
async function namesIn(walk: Walk, folder: string): Promise<readonly string[]> {
	try {
		return await readdir(folder);
	} catch (error) {
		const isMissing =
			error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
		if (!isMissing) walk.notes.push(`folder ${folder} cannot be read and is left out; check its permissions`);
		return [];
	}
}

/** A Zarr folder is one volume, not a folder of them. Links that lead nowhere are files, met again when they are read. */
async function kindOf(path: string): Promise<"file" | "folder" | "volume"> {
	const found = await stat(path).catch(() => undefined);
	if (found?.isDirectory() !== true) return "file";
	return (await isVolumeFolder(path)) ? "volume" : "folder";
}
