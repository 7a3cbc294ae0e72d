/**
 * Configuration files in a folder that is gone after the test.
 *
 * @module
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Files by relative name; text or bytes. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Writes `files` to a new folder, runs `use` with its path, removes it. */
export async function inFolder<T>(files: Files, use: (folder: string) => Promise<T>): Promise<T> {
	const folder = await mkdtemp(join(tmpdir(), "nnvol-config-"));
	try {
		for (const [name, content] of Object.entries(files)) {
			await mkdir(dirname(join(folder, name)), { recursive: true });
			await writeFile(join(folder, name), content);
		}
		return await use(folder);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
