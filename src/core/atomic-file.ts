/**
 * Small files that are never half-written: written beside, flushed to disk, renamed.
 *
 * @module
 */
import { randomInt } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

/** Highest number in a temporary name. */
const MOST = 2 ** 47;

/** Replaces the file at `path` by `content`, durably; the old content stays until the new one is whole. */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
	const temporary = besideName(path, randomInt(MOST), "tmp");
	try {
		await writeDurably(temporary, content);
		await rename(temporary, path);
	} catch (error) {
		await rm(temporary, { force: true }).catch(() => undefined);
		throw error;
	}
	await syncFolder(dirname(path));
}

/** Writes a file and flushes it to disk. */
export async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
	const file = await open(path, "w");
	try {
		await file.writeFile(content);
		await file.sync();
	} finally {
		await file.close();
	}
}

/** `.NAME.HOST.PID.N.nnvol-tmp`: names that are recognised and cleaned away after a crash (`volume/publish.ts`). */
export function besideName(path: string, unique: number, kind: "tmp" | "old"): string {
	return join(dirname(path), `.${basename(path)}.${hostLabel()}.${process.pid}.${unique}.nnvol-${kind}`);
}

/** This machine's name as it stands in the names of temporaries. */
export function hostLabel(): string {
	return hostname().replace(/[^\w-]/g, "-") || "host";
}

/** Flushes a folder's entries to disk, so that a rename in it survives a power cut; a no-op where folders cannot be flushed (Windows). */
export async function syncFolder(folder: string): Promise<void> {
	const handle = await open(folder, "r").catch(() => undefined);
	if (handle === undefined) return;
	await handle.sync().catch(() => undefined);
	await handle.close();
}
