/**
 * What lies at the name of a volume: a file, a folder, or a stack of files.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { matchingFiles } from "./find.ts";
import { isStackName } from "./name.ts";

/** Size in bytes, and whether it is a folder, whose size says nothing. */
export type Presence = { readonly size: number; readonly isDirectory: () => boolean };

/** As `stat`, for the names of stacks too: the size is that of all files together. @throws what the system says */
export async function statVolume(path: string): Promise<Presence> {
	if (!isStackName(path)) return stat(path);
	const files = await matchingFiles(path);
	if (files.length === 0) throw Object.assign(new Error(`ENOENT: no file matches ${path}`), { code: "ENOENT" });
	let size = 0;
	for (const file of files) size += (await stat(file.path)).size;
	return { size, isDirectory: () => false };
}
