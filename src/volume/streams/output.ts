/**
 * A new file that grows at its end, plain or packed.
 *
 * @module
 */
import { type FileHandle, open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createDeflate, createDeflateRaw, createGzip, type Deflate, type DeflateRaw, type Gzip } from "node:zlib";
import { fileError } from "../fault.ts";
import { finalName } from "../publish.ts";

/** How bytes are packed on their way to the file. */
export type Packing = "none" | keyof typeof PACKERS;

/** Bytes handed to the packer, or to the disk, at a time. */
export const PIECE = 1 << 20;

/** What ITK packs with: label images become hardly smaller beyond it. */
export const FAST_LEVEL = 2;

const FAST = { level: FAST_LEVEL, chunkSize: PIECE };

const PACKERS = {
	gzip: () => createGzip(FAST),
	zlib: () => createDeflate(FAST),
	/** As numpy packs: probabilities do become smaller. */
	deflate: () => createDeflateRaw({ level: 6, chunkSize: PIECE }),
} as const;

/** A file of which the head is plain (or written again at the end) and the rest goes through a packer. */
export class OutputFile {
	/** As people know the file: its final name. */
	readonly #path: string;
	readonly #file: FileHandle;
	/** Where the next bytes go. */
	#end = 0;
	#packer: { readonly stream: Gzip | Deflate | DeflateRaw; readonly drained: Promise<void> } | undefined;

	private constructor(path: string, file: FileHandle) {
		this.#path = finalName(path);
		this.#file = file;
	}

	/** Begins a new file at `path`. @throws VOLUME */
	static async create(path: string): Promise<OutputFile> {
		const file = await open(path, "w").catch((cause) => {
			throw fileError(path, "write", cause);
		});
		return new OutputFile(path, file);
	}

	/** Bytes on disk so far. */
	get size(): number {
		return this.#end;
	}

	/** From here on `append` packs. */
	pack(packing: Packing): void {
		if (packing === "none") return;
		const stream = PACKERS[packing]();
		const drained = pipeline(stream, async (parts: AsyncIterable<Uint8Array>) => {
			for await (const part of parts) await this.#grow(part);
		});
		drained.catch(() => undefined);
		this.#packer = { stream, drained };
	}

	/** Adds `bytes`, which must not change before it is done. @throws VOLUME */
	async append(bytes: Uint8Array): Promise<void> {
		const packer = this.#packer;
		if (packer === undefined) return this.#grow(bytes);
		for (let at = 0; at < bytes.length; at += PIECE) {
			const piece = bytes.subarray(at, at + PIECE);
			const taken = new Promise<void>((resolve, reject) => {
				packer.stream.write(piece, (error) => (error ? reject(error) : resolve()));
			});
			// a packer that the disk's fault destroys may never say whether it took its piece
			await Promise.race([taken, packer.drained]).catch(async (error) => {
				// the disk's fault, where there was one, says more than that the packer was destroyed
				const cause = await packer.drained.then(
					() => error,
					(fault: unknown) => fault,
				);
				throw fileError(this.#path, "write", cause);
			});
		}
	}

	/** Ends the packed part: what is appended then is plain again. @throws VOLUME */
	async unpack(): Promise<void> {
		const packer = this.#packer;
		this.#packer = undefined;
		if (packer === undefined) return;
		packer.stream.end();
		await packer.drained.catch((cause) => {
			throw fileError(this.#path, "write", cause);
		});
	}

	/** Writes over bytes that are there. @throws VOLUME */
	async patch(at: number, bytes: Uint8Array): Promise<void> {
		for (let done = 0; done < bytes.length; ) {
			const { bytesWritten } = await this.#file.write(bytes, done, undefined, at + done).catch((cause) => {
				throw fileError(this.#path, "write", cause);
			});
			done += bytesWritten;
		}
	}

	/** Flushes to disk and closes. @throws VOLUME */
	async finish(): Promise<void> {
		try {
			await this.#file.sync();
		} catch (cause) {
			throw fileError(this.#path, "write", cause);
		} finally {
			await this.#file.close();
		}
	}

	/** Closes without a word, whatever was written. */
	async abandon(): Promise<void> {
		this.#packer?.stream.destroy();
		await this.#packer?.drained.catch(() => undefined);
		await this.#file.close().catch(() => undefined);
	}

	async #grow(bytes: Uint8Array): Promise<void> {
		const at = this.#end;
		this.#end += bytes.length;
		await this.patch(at, bytes);
	}
}
