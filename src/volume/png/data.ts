/**
 * The image data of a PNG file, inflated a piece at a time, with every chunk checked on the way.
 *
 * @module
 */
import { pipeline, Readable } from "node:stream";
import { crc32, createInflate } from "node:zlib";
import { viewOf } from "../../core/bytes.ts";
import { systemCode } from "../../core/system-fault.ts";
import { volumeError } from "../fault.ts";
import type { ByteFile } from "../streams/file.ts";
import { SIGNATURE } from "./header.ts";

/** Bytes read, and inflated, at a time. */
const PIECE = 1 << 18;

/** A palette of 256 colours. */
const MOST_PALETTE = 768;

type Chunk = { readonly name: string; readonly at: number; readonly length: number };

/** The data of one file. */
export class ImageData {
	readonly #file: ByteFile;
	/** RGB triples; known when the first data have come. */
	palette: Uint8Array = new Uint8Array();

	constructor(file: ByteFile) {
		this.#file = file;
	}

	/** The inflated bytes, from the first on. @throws VOLUME where the file is damaged or cannot be read */
	async *inflated(): AsyncGenerator<Uint8Array, void, undefined> {
		const inflate = createInflate({ chunkSize: PIECE });
		pipeline(Readable.from(this.#packed(), { objectMode: false }), inflate, () => undefined);
		try {
			for await (const piece of inflate) if (piece instanceof Uint8Array) yield piece;
		} catch (cause) {
			throw systemCode(cause).startsWith("Z_") ? this.#damaged("its data cannot be inflated", cause) : cause;
		} finally {
			inflate.destroy();
		}
	}

	/** The bodies of the IDAT chunks. */
	async *#packed(): AsyncGenerator<Uint8Array, void, undefined> {
		for (let at = SIGNATURE.length; ; ) {
			const chunk = await this.#chunkAt(at);
			const parts: Uint8Array[] | undefined = chunk.name === "PLTE" ? [] : undefined;
			for await (const part of this.#body(chunk)) {
				parts?.push(part);
				if (chunk.name === "IDAT") yield part;
			}
			if (parts !== undefined) this.palette = Buffer.concat(parts);
			if (chunk.name === "IEND") return;
			at = chunk.at + chunk.length + 4;
		}
	}

	async #chunkAt(at: number): Promise<Chunk> {
		const head = await this.#file.peek(at, 8);
		if (head.length < 8) throw this.#damaged("it ends before its IEND chunk");
		const name = String.fromCharCode(...head.subarray(4));
		const length = viewOf(head).getUint32(0);
		if (at + 12 + length > this.#file.size) throw this.#damaged(`it ends within its ${name} chunk`);
		if (name === "PLTE" && length > MOST_PALETTE) throw this.#damaged(`its palette has ${length} bytes`);
		if (/^[A-Z]/.test(name) && !["IHDR", "PLTE", "IDAT", "IEND"].includes(name)) {
			throw this.#damaged(`it needs the unknown chunk ${JSON.stringify(name)}`);
		}
		return { name, at: at + 8, length };
	}

	/** The bytes of a chunk in pieces; its checksum is compared behind the last. */
	async *#body({ name, at, length }: Chunk): AsyncGenerator<Uint8Array, void, undefined> {
		let sum = crc32(Buffer.from(name, "latin1"));
		for (let done = 0; done < length; done += PIECE) {
			const part = await this.#file.peek(at + done, Math.min(PIECE, length - done));
			sum = crc32(part, sum);
			yield part;
		}
		const stored = await this.#file.peek(at + length, 4);
		if (viewOf(stored).getUint32(0) !== sum) throw this.#damaged(`the checksum of its ${name} chunk is wrong`);
	}

	#damaged(what: string, cause?: unknown): Error {
		return volumeError(this.#file.path, `damaged PNG: ${what}; copy or make it again`, cause);
	}
}
