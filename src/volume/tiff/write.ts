/**
 * Writes TIFF: the strips of pages as they become complete, the directories at the end.
 *
 * Boxes may come in any order: a page is held until its last voxel has come. Files that could pass 4 GB are BigTIFF.
 * The shape stands in the first page's description as tifffile writes and reads it, so that a stack of one page stays one.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { bytesOf, type NdArray } from "../../core/array.ts";
import { DTYPES } from "../../core/dtype.ts";
import { NnvolError, throwIfAborted } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { checkSpec } from "../check.ts";
import { volumeError } from "../fault.ts";
import { PageBuffer } from "../page-buffer.ts";
import { OutputFile } from "../streams/output.ts";
import type { IoOptions, VolumeFormat, VolumeSpec, VolumeWriter } from "../volume.ts";
import { PACKERS, type Packer } from "./codec.ts";
import { directoryBytes, headerBytes, type Layout, type Strips } from "./layout.ts";

/** Bytes of a strip before it is deflated. */
const STRIP_BYTES = 1 << 18;

/** Strips packed at a time. */
const LANES = 4;

/** Above so many bytes of voxels the file is BigTIFF: packing may add a little, and 4 GiB is the end of classic TIFF. */
const CLASSIC_BYTES = 4.0e9;

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
	const file = await OutputFile.create(path);
	// the place of the first directory is put in at the end
	await file.append(headerBytes(layout, 0));
	return new TiffWriter(path, file, spec, layout, packerOf(path, spec));
}

/** How strips are packed: deflate where the layout does not say. @throws UNBUILT for what TIFF does not have */
export function packerOf(path: string, { layout }: VolumeSpec): Packer {
	const compression = layout?.compression ?? "gzip";
	if (compression === "none" || compression === "gzip" || compression === "zstd") return PACKERS[compression];
	throw new NnvolError(
		"UNBUILT",
		`${path}: TIFF is written with compression none, gzip (deflate) or zstd, not ${compression}`,
		{
			fields: { path },
		},
	);
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
	const compression = packerOf(path, spec).code;
	return { spec, height, width, samples, rank, rowBytes, rowsPerStrip, pages, wide, compression };
}

class TiffWriter implements VolumeWriter {
	readonly #path: string;
	readonly #file: OutputFile;
	readonly #layout: Layout;
	readonly #pages: PageBuffer;
	readonly #packer: Packer;
	readonly #strips = new Map<number, Strips>();

	constructor(path: string, file: OutputFile, spec: VolumeSpec, layout: Layout, packer: Packer) {
		this.#path = path;
		this.#file = file;
		this.#layout = layout;
		this.#packer = packer;
		this.#pages = new PageBuffer(path, spec);
	}

	async write(start: readonly number[], array: NdArray, { signal }: IoOptions = {}): Promise<void> {
		throwIfAborted(signal);
		for (const { n, image } of this.#pages.add(start, array)) {
			await this.#writePage(n, bytesOf(image));
			throwIfAborted(signal);
		}
	}

	async finish(): Promise<void> {
		this.#pages.requireWhole();
		await endTiff(this.#file, this.#layout, (n) => this.#strips.get(n) ?? { offsets: [], counts: [] });
	}

	async discard(): Promise<void> {
		await this.#file.abandon();
		await rm(this.#path, { force: true }).catch(() => undefined);
	}

	async #writePage(n: number, bytes: Uint8Array): Promise<void> {
		const strips: Strips = { offsets: [], counts: [] };
		this.#strips.set(n, strips);
		if (this.#packer.code === PACKERS.none.code) return this.#writePlain(bytes, strips);
		for await (const strip of packedStrips(bytes, this.#layout, this.#packer)) {
			strips.offsets.push(this.#file.size);
			strips.counts.push(strip.length);
			await this.#file.append(strip);
		}
	}

	/** All strips of a page at once, as they lie in it. */
	#writePlain(bytes: Uint8Array, strips: Strips): Promise<void> {
		const length = this.#layout.rowBytes * this.#layout.rowsPerStrip;
		for (let from = 0; from < bytes.length; from += length) {
			strips.offsets.push(this.#file.size + from);
			strips.counts.push(Math.min(length, bytes.length - from));
		}
		return this.#file.append(bytes);
	}
}

/** The strips of a page in their order, a few of which are packed side by side. */
export async function* packedStrips(
	bytes: Uint8Array,
	{ rowBytes, rowsPerStrip }: Layout,
	packer: Packer,
): AsyncGenerator<Uint8Array, void, undefined> {
	const length = rowBytes * rowsPerStrip;
	for (let from = 0; from < bytes.length; from += length * LANES) {
		const parts = Array.from({ length: LANES }, (_, i) => bytes.subarray(from + i * length, from + (i + 1) * length));
		yield* await Promise.all(parts.filter((part) => part.length > 0).map((part) => packer.pack(part)));
	}
}

/** One directory behind the other, each pointing to the next, and at last where the first lies: then the file is one. @throws VOLUME */
export async function endTiff(file: OutputFile, layout: Layout, stripsOf: (page: number) => Strips): Promise<void> {
	const first = file.size + (file.size % 2);
	await file.append(Buffer.alloc(file.size % 2));
	for (let n = 0; n < layout.pages; n++) await file.append(directoryBytes(layout, stripsOf(n), file.size, n));
	await file.patch(0, headerBytes(layout, first));
	await file.finish();
}
