/**
 * The regular grid of an array's chunks: which a box touches, and where each lies.
 *
 * Chunks at the array's end are cut there.
 *
 * @module
 */
import { type Box, intersect, wholeBox } from "../../core/box.ts";
import type { Shape } from "../../core/shape.ts";

/** Coordinates of every chunk that shares voxels with `box`, in C order, one after the other. */
export function* chunksOver(box: Box, chunks: Shape): Generator<readonly number[]> {
	const first = box.start.map((start, axis) => Math.floor(start / (chunks[axis] ?? 1)));
	const stop = box.stop.map((end, axis) => Math.ceil(end / (chunks[axis] ?? 1)));
	const at = [...first];
	if (first.some((start, axis) => start >= (stop[axis] ?? 0))) return;
	while (true) {
		yield [...at];
		let axis = at.length - 1;
		for (; axis >= 0; axis--) {
			at[axis] = (at[axis] ?? 0) + 1;
			if ((at[axis] ?? 0) < (stop[axis] ?? 0)) break;
			at[axis] = first[axis] ?? 0;
		}
		if (axis < 0) return;
	}
}

/** The voxels of the chunk at `coordinates`, cut at the end of an array of `shape`. */
export function chunkBox(coordinates: readonly number[], chunks: Shape, shape: Shape): Box {
	const start = coordinates.map((at, axis) => at * (chunks[axis] ?? 1));
	return intersect({ start, stop: start.map((s, axis) => s + (chunks[axis] ?? 1)) }, wholeBox(shape));
}

/** How many chunks an array of `shape` has along each axis. */
export function gridOf(shape: Shape, chunks: Shape): number[] {
	return shape.map((extent, axis) => Math.ceil(extent / (chunks[axis] ?? 1)));
}
