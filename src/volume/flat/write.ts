/**
 * Writes flat formats: a header, then the voxels in order, plain or packed as they come.
 *
 * Boxes may come in any order: a page (the last two axes, or three with colours) that is not next waits in memory.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { endianness } from "node:os";
import { bytesOf, type NdArray } from "../../core/array.ts";
import { DTYPES } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { PageBuffer } from "../page-buffer.ts";
import { OutputFile, type Packing } from "../streams/output.ts";
import type { IoOptions, VolumeSpec, VolumeWriter } from "../volume.ts";
import { swapped } from "./text.ts";

/** What a format adds to the voxels. */
export type FlatFormat = {
	/** The bytes before the voxels, of one length for every size of the packed voxels (0 where it is not known yet). */
	readonly header: (packed: number) => Uint8Array;
	readonly packing: Packing;
	/** True where the header is packed too. */
	readonly packsHeader: boolean;
	readonly bigEndian: boolean;
};

/** Begins the file at `path`; `spec` is checked by then. @throws VOLUME */
export async function createFlat(path: string, spec: VolumeSpec, format: FlatFormat): Promise<VolumeWriter> {
	const file = await OutputFile.create(path);
	try {
		if (format.packsHeader) file.pack(format.packing);
		await file.append(format.header(0));
		if (!format.packsHeader) file.pack(format.packing);
		return new FlatWriter(path, file, spec, format);
	} catch (error) {
		await file.abandon();
		await rm(path, { force: true });
		throw error;
	}
}

class FlatWriter implements VolumeWriter {
	readonly #path: string;
	readonly #file: OutputFile;
	readonly #format: FlatFormat;
	readonly #pages: PageBuffer;
	/** Pages that are whole and wait for those before them. */
	readonly #waiting = new Map<number, NdArray>();
	/** Pages on disk. */
	#done = 0;
	#writing: Promise<void> = Promise.resolve();

	constructor(path: string, file: OutputFile, spec: VolumeSpec, format: FlatFormat) {
		this.#path = path;
		this.#file = file;
		this.#format = format;
		this.#pages = new PageBuffer(path, spec);
	}

	async write(start: readonly number[], array: NdArray, { signal }: IoOptions = {}): Promise<void> {
		throwIfAborted(signal);
		for (const { n, image } of this.#pages.add(start, array)) {
			this.#waiting.set(n, image);
			await this.#flush();
			throwIfAborted(signal);
		}
	}

	async finish(): Promise<void> {
		this.#pages.requireWhole();
		const head = this.#format.header(0).length;
		await this.#file.unpack();
		if (!this.#format.packsHeader) await this.#file.patch(0, this.#format.header(this.#file.size - head));
		await this.#file.finish();
	}

	async discard(): Promise<void> {
		await this.#file.abandon();
		await rm(this.#path, { force: true }).catch(() => undefined);
	}

	/** Writes the pages that are next, one call after the other. */
	#flush(): Promise<void> {
		this.#writing = this.#writing.then(async () => {
			for (let page = this.#waiting.get(this.#done); page !== undefined; page = this.#waiting.get(this.#done)) {
				this.#waiting.delete(this.#done);
				this.#done += 1;
				await this.#file.append(this.#ordered(page));
			}
		});
		return this.#writing;
	}

	#ordered(image: NdArray): Uint8Array {
		const bytes = bytesOf(image);
		if (this.#format.bigEndian === (endianness() === "BE")) return bytes;
		return swapped(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), DTYPES[image.dtype].bytes);
	}
}
