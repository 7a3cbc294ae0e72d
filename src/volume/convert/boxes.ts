/**
 * Which boxes a volume is copied in: as large as memory allows, aligned to what the output is written in and, where there
 * is room, to what the input is read in.
 *
 * Boxes come in C order. They are whole along every axis behind the first that is cut where memory allows that, so that
 * files that only run forward are read and written from front to back.
 *
 * @module
 */
import type { Box } from "../../core/box.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";

/** What `planBoxes` looks at. All shapes have the axes of the volume. */
export type BoxPlan = {
	readonly shape: Shape;
	/** The output is written in multiples of this; ones where it is written from front to back. */
	readonly unit: Shape;
	/** True where boxes must follow each other in the file: an output without regions. */
	readonly inOrder: boolean;
	/** What is best read at once, and what the output's chunks are where `unit` does not say it. */
	readonly prefer: readonly (Shape | undefined)[];
	/** Most voxels of a box. */
	readonly most: number;
};

/** Extents of a box; the last ones along an axis are cut. Undefined where not even one unit has room. */
export function planBoxes({ shape, unit, inOrder, prefer, most }: BoxPlan): number[] | undefined {
	const clip = (extents: readonly number[]) => extents.map((extent, axis) => Math.min(extent, shape[axis] ?? 1));
	const steps = shape.map((_, axis) => stepsOf(unit[axis] ?? 1, prefer, axis));
	const both = clip(steps.map(([first = 1]) => first));
	const extents = inOrder || sizeOf(both) > most ? clip(unit) : both;
	if (sizeOf(extents) > most) return undefined;
	for (let axis = shape.length - 1; axis >= 0; axis--) {
		const whole = shape[axis] ?? 1;
		const room = Math.floor(most / (sizeOf(extents) / (extents[axis] ?? 1)));
		const step = steps[axis]?.find((each) => each <= room) ?? 1;
		extents[axis] = room >= whole ? whole : Math.max(extents[axis] ?? 1, Math.floor(room / step) * step);
		if (room < whole) break;
	}
	return extents;
}

/** Steps along an axis, the best first: multiples of all that is preferred, of the first alone, of the unit alone. */
function stepsOf(unit: number, prefer: readonly (Shape | undefined)[], axis: number): number[] {
	const wanted = prefer.map((each) => each?.[axis] ?? 1);
	return [wanted.reduce(leastCommonMultiple, unit), ...wanted.map((each) => leastCommonMultiple(unit, each)), unit];
}

function leastCommonMultiple(a: number, b: number): number {
	let [x, y] = [a, b];
	while (y > 0) [x, y] = [y, x % y];
	return (a / x) * b;
}

/** The boxes of `extents` that cover `shape`, in C order, each voxel in one of them. */
export function* boxesOf(shape: Shape, extents: Shape): Generator<Box, void, undefined> {
	const start = shape.map(() => 0);
	for (;;) {
		yield {
			start: [...start],
			stop: start.map((at, axis) => Math.min(at + (extents[axis] ?? 1), shape[axis] ?? 1)),
		};
		let axis = shape.length - 1;
		for (; axis >= 0; axis--) {
			start[axis] = (start[axis] ?? 0) + (extents[axis] ?? 1);
			if ((start[axis] ?? 0) < (shape[axis] ?? 1)) break;
			start[axis] = 0;
		}
		if (axis < 0) return;
	}
}

/** True where the boxes of `extents` follow each other in a C-ordered file: nothing behind the first cut axis is cut. */
export function isForward(shape: Shape, extents: Shape): boolean {
	const outer = extents.findIndex((extent) => extent > 1);
	return extents.every((extent, axis) => outer < 0 || axis <= outer || extent === shape[axis]);
}
