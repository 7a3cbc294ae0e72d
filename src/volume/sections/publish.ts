/**
 * Gives the sections of a new stack their names, when all are written.
 *
 * @module
 */
import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncFolder } from "../../core/atomic-file.ts";
import { stackPattern } from "./name.ts";

/** The folder that the sections of the stack with the temporary name `name` are written into. */
export function partsFolder(name: string): string {
	const path = stackPattern(name);
	return join(dirname(path), basename(path).replaceAll(":", "-")); // not every system has colons in names
}

/** Moves the sections of the temporary stack beside it, one by one; those of these names are replaced. */
export async function publishSections(temporary: string): Promise<void> {
	const folder = partsFolder(temporary);
	for (const name of (await readdir(folder)).sort()) await rename(join(folder, name), join(dirname(folder), name));
	// a name that already is the same file's keeps its second one
	await rm(folder, { recursive: true, force: true });
	await syncFolder(dirname(folder));
}
