/**
 * A TIFF file's bytes by position, with its byte order and offset width.
 *
 * @module
 */
import { type FileHandle, open } from "node:fs/promises";
import { fileError, volumeError } from "../fault.ts";

/** Small reads are served from one window of so many bytes. */
const WINDOW = 65536;

/** An open TIFF file. */
export class TiffSource {
	readonly path: string;
	readonly size: number;
	/** Big-endian file ("MM"). */
	big: boolean = false;
	/** BigTIFF: offsets of 8 bytes. */
	wide: boolean = false;
	readonly #file: FileHandle;
	#window: { readonly at: number; readonly bytes: Buffer } = { at: 0, bytes: Buffer.alloc(0) };

	private constructor(path: string, file: FileHandle, size: number) {
		this.path = path;
		this.#file = file;
		this.size = size;
	}

	/** Opens `path` and reads its size. @throws VOLUME */
	static async open(path: string): Promise<TiffSource> {
		try {
			const file = await open(path, "r");
			return new TiffSource(path, file, (await file.stat()).size);
		} catch (cause) {
			throw fileError(path, "open", cause);
		}
	}

	/** Exactly `length` bytes from `at`, as their own buffer. @throws VOLUME where the file ends before */
	async read(at: number, length: number): Promise<Buffer> {
		this.#check(at, length);
		const bytes = Buffer.alloc(length);
		for (let done = 0; done < length; ) {
			const { bytesRead } = await this.#file.read(bytes, done, length - done, at + done).catch((cause) => {
				throw fileError(this.path, "read", cause);
			});
			if (bytesRead === 0) throw this.#ends(at + done, length - done);
			done += bytesRead;
		}
		return bytes;
	}

	/** As `read`, for the small pieces of directories: neighbours come from one read of the disk. */
	async peek(at: number, length: number): Promise<Buffer> {
		this.#check(at, length);
		if (length > WINDOW) return this.read(at, length);
		let window = this.#window;
		if (at < window.at || at + length > window.at + window.bytes.length) {
			window = { at, bytes: await this.read(at, Math.min(WINDOW, this.size - at)) };
			this.#window = window;
		}
		return window.bytes.subarray(at - window.at, at - window.at + length);
	}

	async close(): Promise<void> {
		await this.#file.close();
	}

	#check(at: number, length: number): void {
		const ok = Number.isSafeInteger(at) && Number.isSafeInteger(length) && at >= 0 && length >= 0;
		if (!ok || at + length > this.size) throw this.#ends(at, length);
	}

	#ends(at: number, length: number): Error {
		const found = `${length} bytes at ${at} of a file of ${this.size}`;
		return volumeError(this.path, `damaged or truncated TIFF: it points to ${found}; copy or make it again`);
	}
}
