/**
 * How tiles lie over each axis: where just one does, and where several meet.
 *
 * A voxel lies in one tile only where one tile lies over it along every axis; its blended value is that tile's, whatever the
 * weight. This is a function of the whole grid, so it is the same in every part of a volume.
 *
 * @module
 */
import type { TileGrid } from "./tiles.ts";

/** An axis of a box: positions count from the box's first voxel. */
export type AxisCoverage = {
	/** 1 where one tile lies over the position. */
	readonly once: Uint8Array;
	/** Where several lie: half-open intervals, in order. */
	readonly shared: readonly (readonly [number, number])[];
};

/** Coverage of `from <= v < to` (voxels of the padded volume) of axis `axis`. */
export function coverageOf({ starts, patch }: TileGrid, axis: number, from: number, to: number): AxisCoverage {
	const tile = patch[axis] ?? 1;
	const counts = new Int32Array(Math.max(0, to - from));
	for (const start of starts[axis] ?? []) {
		const stop = Math.min(to, start + tile) - from;
		for (let v = Math.max(0, start - from); v < stop; v++) counts[v] = (counts[v] ?? 0) + 1;
	}
	const once = Uint8Array.from(counts, (count) => (count === 1 ? 1 : 0));
	return { once, shared: intervalsOf(once) };
}

function intervalsOf(once: Uint8Array): (readonly [number, number])[] {
	const found: (readonly [number, number])[] = [];
	for (let v = 0; v < once.length; ) {
		if (once[v] === 1) {
			v++;
			continue;
		}
		const from = v;
		while (v < once.length && once[v] === 0) v++;
		found.push([from, v]);
	}
	return found;
}
