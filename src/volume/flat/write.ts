/**
 * Writes flat formats: a header, then the voxels in order, plain or packed as they come.
 *
 * Boxes may come in any order: a page (the last two axes, or three with colours) that is not next waits in memory.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { endianness } from "node:os";
import { bytesOf, copyBox, type NdArray, rows, zeros } from "../../core/array.ts";
import { DTYPES } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { sizeOf, stridesOf } from "../../core/shape.ts";
import { checkRegion } from "../check.ts";
import { volumeError } from "../fault.ts";
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

type Page = { readonly image: NdArray; missing: number };

class FlatWriter implements VolumeWriter {
	readonly #path: string;
	readonly #file: OutputFile;
	readonly #spec: VolumeSpec;
	readonly #format: FlatFormat;
	/** Axes of a page. */
	readonly #rank: number;
	readonly #pages = new Map<number, Page>();
	/** Pages on disk. */
	#done = 0;
	#writing: Promise<void> = Promise.resolve();

	constructor(path: string, file: OutputFile, spec: VolumeSpec, format: FlatFormat) {
		this.#path = path;
		this.#file = file;
		this.#spec = spec;
		this.#format = format;
		this.#rank = spec.axes.endsWith("c") ? 3 : 2;
	}

	async write(start: readonly number[], array: NdArray, { signal }: IoOptions = {}): Promise<void> {
		throwIfAborted(signal);
		checkRegion(this.#path, this.#spec, start, array);
		const leading = this.#spec.shape.length - this.#rank;
		const strides = stridesOf(this.#spec.shape.slice(0, leading));
		const shape = array.shape.slice(leading);
		const size = sizeOf(shape);
		let at = 0;
		for (const index of rows([...array.shape.slice(0, leading), 1])) {
			throwIfAborted(signal);
			const n = strides.reduce((sum, stride, axis) => sum + stride * ((index[axis] ?? 0) + (start[axis] ?? 0)), 0);
			this.#place(n, start.slice(leading), { ...array, shape, data: array.data.subarray(at, at + size) });
			at += size;
			await this.#flush();
		}
	}

	async finish(): Promise<void> {
		const pages = sizeOf(this.#spec.shape.slice(0, -this.#rank));
		if (this.#done !== pages) {
			throw volumeError(this.#path, `${this.#done} of ${pages} pages were written whole; the rest lacks voxels`);
		}
		const head = this.#format.header(0).length;
		await this.#file.unpack();
		if (!this.#format.packsHeader) await this.#file.patch(0, this.#format.header(this.#file.size - head));
		await this.#file.finish();
	}

	async discard(): Promise<void> {
		await this.#file.abandon();
		await rm(this.#path, { force: true }).catch(() => undefined);
	}

	/** Puts a part of page `n` in its place. */
	#place(n: number, start: readonly number[], part: NdArray): void {
		const shape = this.#spec.shape.slice(-this.#rank);
		const page = this.#pages.get(n) ?? { image: zeros(this.#spec.dtype, shape), missing: sizeOf(shape) };
		page.missing -= sizeOf(part.shape);
		if (n < this.#done || page.missing < 0) throw volumeError(this.#path, `voxels of page ${n + 1} were written twice`);
		copyBox(part, { start: shape.map(() => 0), stop: part.shape }, page.image, start);
		this.#pages.set(n, page);
	}

	/** Writes the pages that are next and whole, one call after the other. */
	#flush(): Promise<void> {
		this.#writing = this.#writing.then(async () => {
			for (let page = this.#pages.get(this.#done); page?.missing === 0; page = this.#pages.get(this.#done)) {
				this.#pages.delete(this.#done);
				this.#done += 1;
				await this.#file.append(this.#ordered(page.image));
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
