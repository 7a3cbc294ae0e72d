/**
 * Small files that are never half-written: written beside, flushed to disk, renamed.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Replaces the file at `path` by `content`, durably; the old content stays until the new one is whole. */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
	const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${randomUUID().slice(0, 8)}.nnvol-tmp`);
	try {
		const file = await open(temporary, "wx");
		try {
			await file.writeFile(content);
			await file.sync();
		} finally {
			await file.close();
		}
		await rename(temporary, path);
	} catch (error) {
		await rm(temporary, { force: true }).catch(() => undefined);
		throw error;
	}
	await syncFolder(dirname(path));
}

/** Flushes a folder's entries to disk, so that a rename in it survives a power cut; a no-op where folders cannot be flushed (Windows). */
export async function syncFolder(folder: string): Promise<void> {
	const handle = await open(folder, "r").catch(() => undefined);
	if (handle === undefined) return;
	await handle.sync().catch(() => undefined);
	await handle.close();
}
