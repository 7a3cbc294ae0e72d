/**
 * Half-open boxes of voxels, one `start` and `stop` an axis.
 *
 * @module
 */
import type { Shape } from "./shape.ts";

/** Voxels `start[i] <= v < stop[i]` on every axis `i`. */
export type Box = { readonly start: readonly number[]; readonly stop: readonly number[] };

/** The box that holds a whole array of `shape`. */
export function wholeBox(shape: Shape): Box {
	return { start: shape.map(() => 0), stop: [...shape] };
}

/** Extents of `box`. */
export function boxShape(box: Box): number[] {
	return box.stop.map((stop, axis) => stop - (box.start[axis] ?? 0));
}

/** The part that `a` and `b` share; extents are 0 or negative where they share none (see `isEmpty`). */
export function intersect(a: Box, b: Box): Box {
	return {
		start: a.start.map((start, axis) => Math.max(start, b.start[axis] ?? 0)),
		stop: a.stop.map((stop, axis) => Math.min(stop, b.stop[axis] ?? 0)),
	};
}

/** True where the box holds no voxel. */
export function isEmpty(box: Box): boolean {
	return box.start.some((start, axis) => (box.stop[axis] ?? 0) <= start);
}

/** `box` moved by `offset` voxels. */
export function shift(box: Box, offset: readonly number[]): Box {
	return {
		start: box.start.map((start, axis) => start + (offset[axis] ?? 0)),
		stop: box.stop.map((stop, axis) => stop + (offset[axis] ?? 0)),
	};
}

/** `box` as seen from the first voxel of `outer`. */
export function boxIn(outer: Box, box: Box): Box {
	return shift(
		box,
		outer.start.map((at) => -at),
	);
}

/** True where `inner` lies whole in `outer`. */
export function contains(outer: Box, inner: Box): boolean {
	return inner.start.every(
		(start, axis) => start >= (outer.start[axis] ?? 0) && (inner.stop[axis] ?? 0) <= (outer.stop[axis] ?? 0),
	);
}
