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

/** More files than so many are a burden for file systems and for everything that lists or copies them. */
const MOST_FILES = 1000;

/** A shard is written by one process at once, from memory. */
const SHARD_BYTES = 1 << 26;

/**
 * Chunks and shards for a new array of `shape`: no shards while the chunks are a thousand at most, else shards that are
 * doubled, by turns along the last two axes and, once 8 chunks long there, the one before, until there are few enough or
 * a shard has 64 MiB.
 */
export function layoutOf(shape: Shape, dtype: DType): { readonly chunks: number[]; readonly shards?: number[] } {
	const chunks = chunkShapeOf(shape, dtype);
	const shards = [...chunks];
	const planar = shape.map((_, axis) => axis).slice(-2);
	const spatial = shape.map((_, axis) => axis).slice(-3);
	const few = () => filesOf(shape, shards) <= MOST_FILES;
	const isFull = () => few() || sizeOf(shards) * 2 * DTYPES[dtype].bytes > SHARD_BYTES;
	while (!isFull()) {
		const short = planar.filter((axis) => (shards[axis] ?? 1) < 8 * (chunks[axis] ?? 1));
		const axis = shortest(shape, chunks, shards, short) ?? shortest(shape, chunks, shards, spatial);
		if (axis === undefined) break;
		shards[axis] = (shards[axis] ?? 1) * 2;
	}
	return sizeOf(shards) === sizeOf(chunks) ? { chunks } : { chunks, shards };
}

/** Of `axes` that are longer than their shards the one with the fewest chunks in a shard, the last one of equals. */
function shortest(shape: Shape, chunks: Shape, shards: Shape, axes: readonly number[]): number | undefined {
	const count = (axis: number) => (shards[axis] ?? 1) / (chunks[axis] ?? 1);
	const growing = axes.filter((axis) => (shards[axis] ?? 1) < (shape[axis] ?? 1));
	return growing.reduce<number | undefined>(
		(best, axis) => (best === undefined || count(axis) <= count(best) ? axis : best),
		undefined,
	);
}

function filesOf(shape: Shape, unit: Shape): number {
	return shape.reduce((n, extent, axis) => n * Math.ceil(extent / (unit[axis] ?? 1)), 1);
}
