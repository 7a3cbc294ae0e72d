/**
 * Boxes cut into slabs small enough for the library's memory, which must hold each one whole.
 *
 * @module
 */
import { type Box, boxShape } from "../../core/box.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";

/** Bytes moved by one call. The library can hold 2 GiB in all and never gives memory back. */
export const SLAB_BYTES = 32 << 20;

/** A slab grows to hold one chunk, up to this: a chunk that is cut is unpacked once for every part. */
const LARGEST_BYTES = 512 << 20;

/** Voxels moved by one call, for voxels of `width` bytes. */
export function slabLimit(width: number, chunks: Shape | undefined): number {
	const chunk = chunks === undefined ? 0 : sizeOf(chunks) * width;
	return Math.max(SLAB_BYTES, Math.min(chunk, LARGEST_BYTES)) / width;
}

/**
 * Cuts `box` into disjoint boxes that cover it, of at most `limit` voxels where that is at least one, first axes
 * first and along chunk borders where a slab can hold a chunk, so that no chunk is decoded twice.
 */
export function* slabsOf(box: Box, limit: number, chunks: Shape | undefined): Generator<Box> {
	const shape = boxShape(box);
	if (sizeOf(shape) <= limit || shape.every((extent) => extent <= 1)) {
		yield box;
		return;
	}
	const chunkOf = (axis: number) => chunks?.[axis] ?? 1;
	const wide = shape.findIndex((extent, axis) => extent > chunkOf(axis));
	const axis = wide >= 0 ? wide : shape.findIndex((extent) => extent > 1);
	const middle = middleOf(box.start[axis] ?? 0, box.stop[axis] ?? 0, chunkOf(axis));
	yield* slabsOf({ start: box.start, stop: box.stop.with(axis, middle) }, limit, chunks);
	yield* slabsOf({ start: box.start.with(axis, middle), stop: box.stop }, limit, chunks);
}

/** The chunk border nearest below the middle of a span; else the first border within it; else its middle. */
function middleOf(start: number, stop: number, chunk: number): number {
	const half = start + Math.ceil((stop - start) / 2);
	const below = half - (half % chunk);
	if (below > start) return below;
	const first = start - (start % chunk) + chunk;
	return first < stop ? first : half;
}
