/**
 * Foreign text files: a pipe would wait for ever, and a device never end.
 *
 * @module
 */
import { readFile, stat } from "node:fs/promises";

/** Largest file that is read, bytes. */
const MOST = 256 << 20;

/** The text of the file at `path`, UTF-8. @throws what the system says, or that it is no file or too large, for a caller that names it */
export async function readTextFile(path: string): Promise<string> {
	const found = await stat(path);
	if (!found.isFile()) {
		throw new Error(`expected a file, found a ${found.isDirectory() ? "folder" : "pipe, socket or device"}`);
	}
	if (found.size > MOST) throw new Error(`expected at most ${MOST} bytes of text, found ${found.size}`);
	return readFile(path, "utf8");
}
