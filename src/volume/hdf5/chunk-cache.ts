/**
 * Packed chunks that a box covers only in part are unpacked whole and kept, for the boxes that come next.
 *
 * Planes read one by one from chunks 64 deep would else unpack each chunk 64 times. One run of chunks is kept, the last; a run that
 * is larger than `MOST_BYTES` is not, and its boxes are read as they come.
 *
 * @module
 */
import { cut, type NdArray } from "../../core/array.ts";
import { type Box, boxShape, contains, shift } from "../../core/box.ts";
import { DTYPES } from "../../core/dtype.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";
import type { VolumeInfo } from "../volume.ts";

const MOST_BYTES = 128 << 20;

/** The last run of chunks of one data set. */
export class ChunkCache {
	readonly #chunks: Shape | undefined;
	readonly #shape: Shape;
	readonly #most: number;
	readonly #read: (box: Box) => NdArray;
	#kept: { readonly box: Box; readonly array: NdArray } | undefined;

	/** @param read reads any box of the data set that `info` tells */
	constructor(info: VolumeInfo, read: (box: Box) => NdArray) {
		this.#chunks = info.compression === "none" ? undefined : info.chunks;
		this.#shape = info.shape;
		this.#most = MOST_BYTES / DTYPES[info.dtype].bytes;
		this.#read = read;
	}

	/** The voxels of `box`, in memory of their own. */
	read(box: Box): NdArray {
		if (this.#kept !== undefined && contains(this.#kept.box, box)) return part(this.#kept.array, this.#kept.box, box);
		const run = this.#runOf(box);
		const size = sizeOf(boxShape(run));
		if (size === sizeOf(boxShape(box)) || size > this.#most) return this.#read(box);
		this.#kept = undefined; // its memory goes before the next is taken
		this.#kept = { box: run, array: this.#read(run) };
		return part(this.#kept.array, run, box);
	}

	/** `box` up to the borders of the chunks it touches. */
	#runOf(box: Box): Box {
		const chunkOf = (axis: number) => this.#chunks?.[axis] ?? 1;
		return {
			start: box.start.map((start, axis) => start - (start % chunkOf(axis))),
			stop: box.stop.map((stop, axis) =>
				Math.min(Math.ceil(stop / chunkOf(axis)) * chunkOf(axis), this.#shape[axis] ?? stop),
			),
		};
	}
}

function part(array: NdArray, from: Box, box: Box): NdArray {
	const back = from.start.map((start) => -start);
	return cut(array, shift(box, back));
}
