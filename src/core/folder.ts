/**
 * Making folders.
 *
 * @module
 */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes the folder `path` and those above it that are missing; one that is there is fine. @throws the system's error
 *
 * Node's own `recursive` never ends where the system says "no such file" for a new folder in a folder that is there,
 * as /proc and automounted folders do.
 */
export async function makeFolder(path: string): Promise<void> {
	try {
		await mkdir(path);
	} catch (error) {
		if (await isFolder(path)) return;
		const above = dirname(path);
		const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
		if (!isMissing || above === path) throw error;
		if (!(await isFolder(above))) await makeFolder(above);
		await makeOnce(path);
	}
}

/** Another process may have made the folder above, or this one, in between: so it is tried again, once. */
async function makeOnce(path: string): Promise<void> {
	try {
		await mkdir(path);
	} catch (error) {
		if (!(await isFolder(path))) throw error;
	}
}

async function isFolder(path: string): Promise<boolean> {
	return stat(path).then(
		(found) => found.isDirectory(),
		() => false,
	);
}
