/**
 * Writes TIFF: pages of deflated strips as they become complete, the directories at the end.
 *
 * Boxes may come in any order: a page is held until its last voxel has come. Files that could pass 4 GB are BigTIFF.
 * The shape stands in the first page's description as tifffile writes and reads it, so that a stack of one page stays one.
 *
 * @module
 */
import { type FileHandle, open, rm } from "node:fs/promises";
import { promisify } from "node:util";
import { deflate } from "node:zlib";
import { bytesOf, copyBox, type NdArray, rows, zeros } from "../../core/array.ts";
import { DTYPES } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { sizeOf, stridesOf } from "../../core/shape.ts";
import { checkRegion, checkSpec } from "../check.ts";
import { fileError, volumeError } from "../fault.ts";
import type { IoOptions, VolumeFormat, VolumeSpec, VolumeWriter } from "../volume.ts";
import { directoryBytes, headerBytes, type Layout, type Strips } from "./layout.ts";

/** Bytes of a strip before it is deflated. */
const STRIP_BYTES = 1 << 18;

/** Above so many bytes of voxels the file is BigTIFF: deflate may add a little, and 4 GiB is the end of classic TIFF. */
const CLASSIC_BYTES = 4.0e9;

type Pending = { readonly image: NdArray; missing: number };

/** Begins a TIFF at `path`. @throws VOLUME */
export async function createTiff(
	format: VolumeFormat,
	path: string,
	spec: VolumeSpec,
	options: IoOptions = {},
): Promise<VolumeWriter> {
	throwIfAborted(options.signal);
	checkSpec(format, path, spec);
	const layout = layoutOf(path, spec);
	try {
		const file = await open(path, "w");
		return new TiffWriter(path, file, spec, layout);
	} catch (cause) {
		throw fileError(path, "write", cause);
	}
}

/** How a file of `spec` is laid out. @throws VOLUME for pages of more than four colours */
export function layoutOf(path: string, spec: VolumeSpec): Layout {
	const colour = spec.axes.endsWith("c");
	const rank = colour ? 3 : 2;
	const [height = 1, width = 1, samples = 1] = spec.shape.slice(-rank);
	if (colour && (samples < 2 || samples > 4)) {
		throw volumeError(path, `TIFF holds pages of 2 to 4 colours, found "${spec.axes}" of ${spec.shape.join("x")}`);
	}
	const rowBytes = width * samples * DTYPES[spec.dtype].bytes;
	const rowsPerStrip = Math.max(1, Math.min(height, Math.floor(STRIP_BYTES / rowBytes)));
	const pages = sizeOf(spec.shape.slice(0, -rank));
	const wide = sizeOf(spec.shape) * DTYPES[spec.dtype].bytes > CLASSIC_BYTES;
	return { spec, height, width, samples, rank, rowBytes, rowsPerStrip, pages, wide };
}

class TiffWriter implements VolumeWriter {
	readonly #path: string;
	readonly #file: FileHandle;
	readonly #spec: VolumeSpec;
	readonly #layout: Layout;
	readonly #pending = new Map<number, Pending>();
	readonly #strips = new Map<number, Strips>();
	#end: number;

	constructor(path: string, file: FileHandle, spec: VolumeSpec, layout: Layout) {
		this.#path = path;
		this.#file = file;
		this.#spec = spec;
		this.#layout = layout;
		this.#end = headerBytes(layout, 0).length;
	}

	async write(start: readonly number[], array: NdArray, options: IoOptions = {}): Promise<void> {
		throwIfAborted(options.signal);
		checkRegion(this.#path, this.#spec, start, array);
		const { rank } = this.#layout;
		const leading = this.#spec.shape.length - rank;
		const strides = stridesOf(this.#spec.shape.slice(0, leading));
		const shape = array.shape.slice(leading);
		const size = sizeOf(shape);
		let at = 0;
		for (const index of rows([...array.shape.slice(0, leading), 1])) {
			throwIfAborted(options.signal);
			const n = strides.reduce((sum, stride, axis) => sum + stride * ((index[axis] ?? 0) + (start[axis] ?? 0)), 0);
			const part = { ...array, shape, data: array.data.subarray(at, at + size) };
			await this.#place(n, start.slice(leading), part);
			at += size;
		}
	}

	async finish(): Promise<void> {
		const { pages } = this.#layout;
		if (this.#strips.size !== pages || this.#pending.size > 0) {
			throw volumeError(this.#path, `${this.#strips.size} of ${pages} pages were written whole; the rest lacks voxels`);
		}
		try {
			const first = await this.#writeDirectories();
			await this.#file.write(headerBytes(this.#layout, first), 0, undefined, 0);
			await this.#file.sync();
		} catch (cause) {
			throw fileError(this.#path, "write", cause);
		} finally {
			await this.#file.close();
		}
	}

	async discard(): Promise<void> {
		await this.#file.close().catch(() => undefined);
		await rm(this.#path, { force: true }).catch(() => undefined);
	}

	/** Puts a part of page `n` in its place, and the page on disk once it is whole. */
	async #place(n: number, start: readonly number[], part: NdArray): Promise<void> {
		const shape = this.#spec.shape.slice(-this.#layout.rank);
		const page = this.#pending.get(n) ?? { image: zeros(this.#spec.dtype, shape), missing: sizeOf(shape) };
		if (this.#strips.has(n)) throw volumeError(this.#path, `page ${n + 1} was written twice`);
		copyBox(part, { start: shape.map(() => 0), stop: part.shape }, page.image, start);
		page.missing -= sizeOf(part.shape);
		if (page.missing > 0) {
			this.#pending.set(n, page);
			return;
		}
		this.#pending.delete(n);
		const strips: Strips = { offsets: [], counts: [] };
		this.#strips.set(n, strips);
		await this.#writePage(bytesOf(page.image), strips);
	}

	async #writePage(bytes: Uint8Array, { offsets, counts }: Strips): Promise<void> {
		const { rowBytes, rowsPerStrip } = this.#layout;
		for (let from = 0; from < bytes.length; from += rowBytes * rowsPerStrip) {
			const packed = await promisify(deflate)(bytes.subarray(from, from + rowBytes * rowsPerStrip));
			offsets.push(this.#end);
			counts.push(packed.length);
			await this.#append(packed);
		}
	}

	/** One directory behind the other, each pointing to the next. Returns where the first lies. */
	async #writeDirectories(): Promise<number> {
		const first = this.#end + (this.#end % 2);
		await this.#append(Buffer.alloc(this.#end % 2));
		for (let n = 0; n < this.#layout.pages; n++) {
			const strips = this.#strips.get(n) ?? { offsets: [], counts: [] };
			await this.#append(directoryBytes(this.#layout, strips, this.#end, n));
		}
		return first;
	}

	/** Claims the place before it waits, so that calls may overlap. */
	async #append(bytes: Uint8Array): Promise<void> {
		const at = this.#end;
		this.#end += bytes.length;
		for (let done = 0; done < bytes.length; ) {
			const { bytesWritten } = await this.#file.write(bytes, done, undefined, at + done).catch((cause) => {
				throw fileError(this.#path, "write", cause);
			});
			done += bytesWritten;
		}
	}
}
