/**
 * What lies at a path, and what a folder holds.
 *
 * @module
 */
import { readdir, stat } from "node:fs/promises";
import { NnvolError } from "../core/errors.ts";

/** A file, a folder, or nothing that can be seen. */
export async function kindOf(path: string): Promise<"file" | "folder" | "missing"> {
	try {
		return (await stat(path)).isDirectory() ? "folder" : "file";
	} catch {
		return "missing";
	}
}

/** Names in a folder, sorted. @throws MODEL where it cannot be read */
export async function namesIn(path: string): Promise<string[]> {
	try {
		return (await readdir(path)).sort();
	} catch (error) {
		throw new NnvolError("MODEL", `folder ${path} cannot be read`, { cause: error, fields: { path } });
	}
}
