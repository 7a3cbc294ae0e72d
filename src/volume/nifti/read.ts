/**
 * Reads boxes of a NIfTI file: of a .nii by seeking, of a .nii.gz out of the whole, which is inflated at the first read
 * and kept until the file is closed.
 *
 * @module
 */
import { type FileHandle, open } from "node:fs/promises";
import { bytesOf, copyBox, cut, type NdArray, rows } from "../../core/array.ts";
import { type Box, boxShape, wholeBox } from "../../core/box.ts";
import { DTYPES, type DType, viewAs } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { type Shape, sizeOf, stridesOf } from "../../core/shape.ts";
import { arrayFor, checkBox } from "../check.ts";
import { fileError, volumeError } from "../fault.ts";
import type { IoOptions, OpenOptions, VolumeInfo, VolumeReader } from "../volume.ts";
import { inflateHead, inflateInto, isGzip, requirePossible } from "./gzip.ts";
import { HEAD_BYTES, type Layout, parseHeader } from "./header.ts";
import { geometryOf } from "./itk.ts";
import { affineOf, zoomsOf } from "./nibabel.ts";
import { type Scaling, scaled, scalingOf, swapBytes } from "./values.ts";

/** Bytes of a gzip file looked at first for the header within; names and comments before it may be long. */
const PACKED_HEADS = [4096, 1 << 18];

/** Bytes of neighbouring rows that are read in one step. */
const STEP_BYTES = 1 << 26;

/** Opens the file at `path`. @throws VOLUME, UNBUILT, CANCELLED */
export async function openNifti(path: string, options: OpenOptions = {}): Promise<VolumeReader> {
	throwIfAborted(options.signal);
	const file = await open(path, "r").catch((cause) => {
		throw fileError(path, "open", cause);
	});
	try {
		const { size } = await file.stat();
		const { head, packed } = await readHead(path, file);
		const layout = parseHeader(path, head);
		const { slope, inter } = layout.header;
		const scaling = scalingOf(path, layout.stored, slope, inter, options.dialect ?? "nibabel");
		const bytes = sizeOf(layout.shape) * DTYPES[layout.stored].bytes;
		if (packed) requirePossible(path, size, layout.offset + bytes);
		else requireWhole(path, size, layout.offset, bytes);
		const source = packed ? new PackedVoxels(path, layout) : new PlainVoxels(path, file, layout);
		return new NiftiReader(infoOf(path, layout, scaling.dtype), file, source, layout, scaling);
	} catch (error) {
		await file.close();
		throw fileError(path, "read", error);
	}
}

async function readHead(path: string, file: FileHandle): Promise<{ head: Uint8Array; packed: boolean }> {
	const head = await readUpTo(path, file, 0, HEAD_BYTES);
	if (!isGzip(head)) return { head, packed: false };
	for (const length of PACKED_HEADS) {
		const inner = inflateHead(await readUpTo(path, file, 0, length));
		if (inner.length >= HEAD_BYTES || length === PACKED_HEADS.at(-1)) return { head: inner, packed: true };
	}
	return { head: new Uint8Array(), packed: true };
}

async function readUpTo(path: string, file: FileHandle, at: number, length: number): Promise<Uint8Array> {
	const bytes = new Uint8Array(length);
	let done = 0;
	while (done < length) {
		const { bytesRead } = await file.read(bytes, done, length - done, at + done).catch((cause) => {
			throw fileError(path, "read", cause);
		});
		if (bytesRead === 0) break;
		done += bytesRead;
	}
	return bytes.subarray(0, done);
}

function requireWhole(path: string, size: number, offset: number, bytes: number): void {
	if (size >= offset + bytes) return;
	throw volumeError(
		path,
		`truncated NIfTI: expected ${offset + bytes} bytes by its header, found ${size}; copy or make it again`,
	);
}

function infoOf(path: string, { header, shape, axes }: Layout, dtype: DType): VolumeInfo {
	const isFlat = shape.length === 2;
	const geometry = geometryOf(header, isFlat ? 2 : 3);
	const affine = affineOf(header);
	const [x = 1, y = 1, z = 1] = zoomsOf(header);
	const spacing = [z, y, x];
	return {
		format: "nifti",
		path,
		dtype,
		shape,
		axes,
		...(isFlat || !spacing.every(Number.isFinite) ? {} : { spacing }),
		...(geometry === undefined ? {} : { geometry }),
		...(affine === undefined ? {} : { affine }),
	};
}

/** Where stored voxels come from, in the machine's byte order. */
type Voxels = { read(box: Box, signal: AbortSignal | undefined): Promise<NdArray>; close(): void };

class NiftiReader implements VolumeReader {
	readonly info: VolumeInfo;
	readonly #file: FileHandle;
	readonly #source: Voxels;
	readonly #layout: Layout;
	readonly #scaling: Scaling;

	constructor(info: VolumeInfo, file: FileHandle, source: Voxels, layout: Layout, scaling: Scaling) {
		this.info = info;
		this.#file = file;
		this.#source = source;
		this.#layout = layout;
		this.#scaling = scaling;
	}

	async read(box: Box, { signal }: IoOptions = {}): Promise<NdArray> {
		throwIfAborted(signal);
		checkBox(this.info.path, this.info.shape, box);
		const array = await this.#source.read(box, signal);
		if (!this.#layout.header.littleEndian) swapBytes(bytesOf(array), DTYPES[array.dtype].bytes);
		return scaled(array, this.#scaling);
	}

	async close(): Promise<void> {
		this.#source.close();
		await this.#file.close();
	}
}

class PackedVoxels implements Voxels {
	readonly #path: string;
	readonly #layout: Layout;
	#whole: Promise<NdArray> | undefined;

	constructor(path: string, layout: Layout) {
		this.#path = path;
		this.#layout = layout;
	}

	async read(box: Box, signal: AbortSignal | undefined): Promise<NdArray> {
		this.#whole ??= this.#inflate(signal);
		const inflating = this.#whole;
		try {
			return cut(await inflating, box);
		} catch (error) {
			// another call may try again: this one may have been interrupted
			if (this.#whole === inflating) this.#whole = undefined;
			throw error;
		}
	}

	close(): void {
		this.#whole = undefined;
	}

	async #inflate(signal: AbortSignal | undefined): Promise<NdArray> {
		const { stored, shape, offset } = this.#layout;
		const array = arrayFor(this.#path, stored, wholeBox(shape));
		await inflateInto(this.#path, offset, bytesOf(array), signal);
		return array;
	}
}

class PlainVoxels implements Voxels {
	readonly #path: string;
	readonly #file: FileHandle;
	readonly #layout: Layout;

	constructor(path: string, file: FileHandle, layout: Layout) {
		this.#path = path;
		this.#file = file;
		this.#layout = layout;
	}

	/** Section by section: the rows that a box touches lie together, and are read together. */
	async read(box: Box, signal: AbortSignal | undefined): Promise<NdArray> {
		const { stored, shape } = this.#layout;
		const target = arrayFor(this.#path, stored, box);
		const [width = 1] = shape.slice(-1);
		const rowBytes = width * DTYPES[stored].bytes;
		const step = Math.max(1, Math.floor(STEP_BYTES / rowBytes));
		const lead = shape.length - 2;
		for (const index of rows([...boxShape(box).slice(0, lead), 1])) {
			const section = index.slice(0, lead);
			const [y0 = 0, y1 = 0] = [box.start[lead], box.stop[lead]];
			for (let y = y0; y < y1; y += step) {
				throwIfAborted(signal);
				const count = Math.min(step, y1 - y);
				const part = await this.#rows(
					section.map((v, axis) => v + (box.start[axis] ?? 0)),
					y,
					count,
				);
				copyBox(part, partBox(box, lead, count), target, [...section, y - y0, 0]);
			}
		}
		return target;
	}

	/** The file is closed by the reader. */
	close(): void {}

	/** `count` whole rows of one section, with axes of extent 1 before them. */
	async #rows(section: readonly number[], y: number, count: number): Promise<NdArray> {
		const { stored, shape, offset } = this.#layout;
		const strides = stridesOf(shape);
		const first = [...section, y].reduce((sum, v, axis) => sum + v * (strides[axis] ?? 0), 0);
		const width = DTYPES[stored].bytes;
		const [extent = 1] = shape.slice(-1);
		const bytes = await readUpTo(this.#path, this.#file, offset + first * width, count * extent * width);
		if (bytes.length < count * extent * width) {
			throw volumeError(this.#path, "the file was changed while it was open; run again");
		}
		const partShape: Shape = [...section.map(() => 1), count, extent];
		return { dtype: stored, shape: partShape, data: viewAs(stored, bytes) };
	}
}

/** The columns of `box` in `count` whole rows of one section. */
function partBox(box: Box, lead: number, count: number): Box {
	const ones = Array.from({ length: lead }, () => 0);
	return {
		start: [...ones, 0, box.start[lead + 1] ?? 0],
		stop: [...ones.map(() => 1), count, box.stop[lead + 1] ?? 0],
	};
}
