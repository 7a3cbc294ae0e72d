/**
 * Where the larger fixtures lie that are not committed: a folder `shared` beside the repository.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..", "..", "shared");

/** Path of a file or folder in `../shared`; undefined where it is missing. */
export function sharedPath(...parts: readonly string[]): string | undefined {
	const path = join(root, ...parts);
	return existsSync(path) ? path : undefined;
}
