/**
 * Writes a file of nnU-Net's whole or not at all, with the folder around it.
 *
 * @module
 */
import { dirname } from "node:path";
import { writeAtomically } from "../core/atomic-file.ts";
import { makeFolder } from "../core/folder.ts";
import { fileError } from "../volume/fault.ts";

/** Writes `content`. @throws VOLUME */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
	try {
		await makeFolder(dirname(path));
		await writeAtomically(path, content);
	} catch (cause) {
		throw fileError(path, "write", cause);
	}
}
