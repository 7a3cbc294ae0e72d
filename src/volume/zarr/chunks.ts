/**
 * Chunks of a regular grid: where each lies, and their voxels in C order.
 *
 * @module
 */
import { type NdArray, ndarray, rows, zeros } from "../../core/array.ts";
import type { Box } from "../../core/box.ts";
import { DTYPES, type DType, viewAs } from "../../core/dtype.ts";
import { type Shape, sizeOf, stridesOf } from "../../core/shape.ts";

/** The voxels of the chunk at `coordinates`; at the array's end it reaches beyond the array. */
export function chunkBox(coordinates: readonly number[], chunks: Shape): Box {
	const start = coordinates.map((at, axis) => at * (chunks[axis] ?? 1));
	return { start, stop: start.map((s, axis) => s + (chunks[axis] ?? 1)) };
}

/** Elements given by `stride` (in elements, any order of axes) as a C-ordered array; not copied where they are so already. */
export function toCOrder(dtype: DType, shape: Shape, bytes: Uint8Array, stride: readonly number[]): NdArray {
	const wanted = stridesOf(shape);
	if (shape.every((extent, axis) => extent === 1 || stride[axis] === wanted[axis])) {
		return ndarray(dtype, shape, viewAs(dtype, bytes));
	}
	const target = zeros(dtype, shape);
	const width = DTYPES[dtype].bytes;
	const unit = width === 8 ? "uint32" : width === 4 ? "uint32" : width === 2 ? "uint16" : "uint8";
	const units = width / DTYPES[unit].bytes;
	const to = viewAs(unit, new Uint8Array(target.data.buffer));
	gather(viewAs(unit, bytes), to, shape, stride, units);
	return target;
}

type Units = Uint8Array | Uint16Array | Uint32Array;

/** Copies elements of `units` words each from places by `stride` to C order. */
function gather(from: Units, to: Units, shape: Shape, stride: readonly number[], units: number): void {
	const last = shape.length - 1;
	const extent = shape[last] ?? 1;
	const step = (stride[last] ?? 1) * units;
	let target = 0;
	for (const index of rows(shape)) {
		let source = index.reduce((offset, at, axis) => offset + at * (stride[axis] ?? 0), 0) * units;
		for (let x = 0; x < extent; x++, source += step) {
			for (let unit = 0; unit < units; unit++) to[target++] = from[source + unit] ?? 0;
		}
	}
}

/** Bytes of a whole chunk. */
export function chunkBytes(dtype: DType, chunks: Shape): number {
	return sizeOf(chunks) * DTYPES[dtype].bytes;
}
