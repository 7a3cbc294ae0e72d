/**
 * An open file's bytes by position.
 *
 * @module
 */
import { type FileHandle, open, stat } from "node:fs/promises";
import { fileError, volumeError } from "../fault.ts";

/** Systems read less than 2 GiB at once. */
const MOST_AT_ONCE = 1 << 30;

/** A file that is read at any position. Close it in a `finally`. */
export class ByteFile {
	readonly path: string;
	/** Bytes the file had when it was opened. */
	readonly size: number;
	readonly #file: FileHandle;

	private constructor(path: string, file: FileHandle, size: number) {
		this.path = path;
		this.#file = file;
		this.size = size;
	}

	/** Opens `path` and reads its size. @throws VOLUME */
	static async open(path: string): Promise<ByteFile> {
		try {
			// looked at before it is opened: opening a pipe waits for its other end
			const found = await stat(path);
			if (!found.isFile()) throw volumeError(path, "expected a file, found a folder, pipe or device");
			return new ByteFile(path, await open(path, "r"), found.size);
		} catch (cause) {
			throw fileError(path, "open", cause);
		}
	}

	/** Fills `target` with the bytes from `at` on. @throws VOLUME where the file ends before */
	async read(at: number, target: Uint8Array): Promise<void> {
		for (let done = 0; done < target.length; ) {
			const length = Math.min(MOST_AT_ONCE, target.length - done);
			const { bytesRead } = await this.#file.read(target, done, length, at + done).catch((cause) => {
				throw fileError(this.path, "read", cause);
			});
			if (bytesRead === 0) {
				const found = `expected ${target.length} bytes at ${at}, found ${done}`;
				throw volumeError(this.path, `the file ends too early: ${found}; copy or make it again`);
			}
			done += bytesRead;
		}
	}

	/** Up to `length` bytes from `at` on, fewer where the file ends. @throws VOLUME */
	async peek(at: number, length: number): Promise<Uint8Array> {
		const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - at)));
		await this.read(at, bytes);
		return bytes;
	}

	async close(): Promise<void> {
		await this.#file.close();
	}
}
