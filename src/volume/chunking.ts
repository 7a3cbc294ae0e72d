/**
 * The shape of the chunks that new HDF5 and Zarr arrays are cut into: a pure function of shape and element type,
 * so that every process that writes one array agrees on it.
 *
 * @module
 */
import { DTYPES, type DType } from "../core/dtype.ts";
import { type Shape, sizeOf } from "../core/shape.ts";

/** Chunk extent along each of the two or three spatial axes, the last ones of an array. */
const EDGE: Readonly<Record<1 | 2 | 3, number>> = { 1: 262_144, 2: 512, 3: 64 };

/** No chunk is larger: `EDGE` is halved for wide elements until it fits. */
const CHUNK_BYTES = 1 << 20;

/**
 * Chunk extents for an array of `shape`: 64 along each of the last three axes (512 along the last two of a 2D array),
 * 1 along any axis before them, halved where a chunk would be over 1 MiB, and never larger than the array.
 */
export function chunkShapeOf(shape: Shape, dtype: DType): number[] {
	const spatial = shape.length === 1 ? 1 : shape.length === 2 ? 2 : 3;
	const chunk = shape.map((_, axis) => (axis < shape.length - spatial ? 1 : EDGE[spatial]));
	for (let axis = shape.length - spatial; sizeOf(chunk) * DTYPES[dtype].bytes > CHUNK_BYTES; axis++) {
		chunk[axis] = (chunk[axis] ?? 2) / 2;
	}
	return chunk.map((extent, axis) => Math.min(extent, shape[axis] ?? 1));
}
