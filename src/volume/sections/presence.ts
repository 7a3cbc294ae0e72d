/**
 * What lies at the name of a volume: a file, a folder, a stack of files, or values behind a URL.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { senseStore } from "../marks.ts";
import { isRemote, openStore } from "../stores/open-store.ts";
import { hasValues } from "../stores/tree.ts";
import { matchingFiles } from "./find.ts";
import { isStackName } from "./name.ts";

/** Size in bytes, and whether it is a folder, whose size says nothing. */
export type Presence = { readonly size: number; readonly isDirectory: () => boolean };

/**
 * What lies at `path`; undefined where nothing does.
 *
 * @throws VOLUME where a place behind a URL does not tell: it must not be taken for one where nothing is
 */
export async function presenceOf(path: string): Promise<Presence | undefined> {
	if (!isRemote(path)) return statVolume(path).catch(() => undefined);
	const store = await openStore(path);
	try {
		const isThere = (await senseStore(store)) !== undefined || (await hasValues(store, ""));
		return isThere ? { size: 0, isDirectory: () => true } : undefined;
	} finally {
		await store.close();
	}
}

/**
 * As `stat`, for the names of stacks too: the size is that of all files together; what lies behind a URL counts as a folder.
 *
 * @throws what the system says
 */
export async function statVolume(path: string): Promise<Presence> {
	if (isRemote(path)) return (await presenceOf(path)) ?? Promise.reject(missing(path));
	if (!isStackName(path)) return stat(path);
	const files = await matchingFiles(path);
	if (files.length === 0) throw missing(path);
	let size = 0;
	for (const file of files) size += (await stat(file.path)).size;
	return { size, isDirectory: () => false };
}

function missing(path: string): Error {
	return Object.assign(new Error(`ENOENT: nothing is at ${path}`), { code: "ENOENT" });
}
