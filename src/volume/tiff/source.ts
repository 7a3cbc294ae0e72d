/**
 * A TIFF file's bytes by position, with its byte order and offset width.
 *
 * @module
 */
import { volumeError } from "../fault.ts";
import { ByteFile } from "../streams/file.ts";

/**
 * Small reads are served from one window, which grows while they go on from one to the next (directories side by side)
 * and is small again after a leap (directories between the pages they describe).
 */
const WINDOW = { least: 4096, most: 1 << 20 } as const;

/** An open TIFF file. */
export class TiffSource {
	readonly path: string;
	readonly size: number;
	/** Big-endian file ("MM"). */
	big: boolean = false;
	/** BigTIFF: offsets of 8 bytes. */
	wide: boolean = false;
	readonly #file: ByteFile;
	#window: { readonly at: number; readonly bytes: Buffer } = { at: 0, bytes: Buffer.alloc(0) };
	#reach: number = WINDOW.least;

	private constructor(file: ByteFile) {
		this.path = file.path;
		this.#file = file;
		this.size = file.size;
	}

	/** Opens `path` and reads its size. @throws VOLUME */
	static async open(path: string): Promise<TiffSource> {
		return new TiffSource(await ByteFile.open(path));
	}

	/** Exactly `length` bytes from `at`, as their own buffer. @throws VOLUME where the file ends before */
	async read(at: number, length: number): Promise<Buffer> {
		this.#check(at, length);
		const bytes = Buffer.allocUnsafeSlow(length);
		await this.#file.read(at, bytes);
		return bytes;
	}

	/** Fills `target` with the bytes from `at` on. @throws VOLUME where the file ends before */
	async fill(at: number, target: Uint8Array): Promise<void> {
		this.#check(at, target.length);
		await this.#file.read(at, target);
	}

	/**
	 * As `read`, for the small pieces of directories: neighbours come from one read of the disk. The bytes are not to be
	 * changed.
	 */
	async peek(at: number, length: number): Promise<Buffer> {
		this.#check(at, length);
		if (length > WINDOW.most) return this.read(at, length);
		let window = this.#window;
		const end = window.at + window.bytes.length;
		if (at < window.at || at + length > end) {
			const goesOn = at >= window.at && at <= end + WINDOW.least;
			this.#reach = goesOn ? Math.min(WINDOW.most, 4 * this.#reach) : WINDOW.least;
			window = { at, bytes: await this.read(at, Math.min(Math.max(length, this.#reach), this.size - at)) };
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
