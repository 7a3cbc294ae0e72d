/**
 * A gzip file that grows at its end, piece by piece.
 *
 * @module
 */
import type { FileHandle } from "node:fs/promises";
import { createGzip, type Gzip } from "node:zlib";
import { fileError } from "../fault.ts";

/** Compression of labels: higher levels take far longer for little. */
const LEVEL = 4;

/** Pieces are written in the order of the calls of `push`, which may overlap. */
export class GzipFile {
	readonly #path: string;
	readonly #file: FileHandle;
	readonly #gzip: Gzip;
	readonly #written: Promise<void>;
	#error: unknown;

	constructor(path: string, file: FileHandle) {
		this.#path = path;
		this.#file = file;
		this.#gzip = createGzip({ level: LEVEL, chunkSize: 1 << 18 });
		this.#written = this.#drain().catch((cause) => {
			this.#error = cause;
			this.#gzip.destroy();
		});
	}

	/** Done once gzip has taken the bytes, which are not to be changed before. @throws VOLUME */
	push(bytes: Uint8Array): Promise<void> {
		return new Promise((resolve, reject) => {
			this.#gzip.write(bytes, (error) => {
				if (error == null) resolve();
				else reject(fileError(this.#path, "write", this.#error ?? error));
			});
		});
	}

	/** Ends the stream and makes the file durable. @throws VOLUME */
	async end(): Promise<void> {
		this.#gzip.end();
		await this.#written;
		if (this.#error !== undefined) throw fileError(this.#path, "write", this.#error);
		await this.#file.sync();
	}

	/** Closes the file, however far it is. Never throws. */
	async close(): Promise<void> {
		this.#gzip.destroy();
		await this.#written;
		await this.#file.close().catch(() => undefined);
	}

	async #drain(): Promise<void> {
		for await (const part of this.#gzip) {
			const bytes: Uint8Array = part;
			for (let done = 0; done < bytes.length; ) {
				const { bytesWritten } = await this.#file.write(bytes, done);
				done += bytesWritten;
			}
		}
	}
}
