/**
 * Seeds, and objects that grow from them.
 *
 * @module
 */
import { type Connectivity, components } from "../image/components.ts";
import { keepBySize } from "../image/object-filter.ts";
import { watershed } from "../image/watershed.ts";
import { highestId } from "./objects.ts";

/** Neighbours as a step says them: 1, 2, 3 axes, or how many. */
export type Neighbours = 1 | 2 | 3 | 4 | 6 | 8 | 18 | 26;

const AXES: Readonly<Record<Neighbours, Connectivity>> = { 1: 1, 2: 2, 3: 3, 4: 1, 6: 1, 8: 2, 18: 2, 26: 3 };

/** The axes neighbours may differ in, in `rank` dimensions: in a section 18 and 26 neighbours are 8. */
export function connectivityIn(neighbours: Neighbours, rank: number): Connectivity {
	const axes = AXES[neighbours];
	return rank === 2 && axes === 3 ? 2 : axes;
}

/** Connected components of `mask` of at least `minSize` voxels. */
export function seedsOf(
	mask: Uint8Array,
	shape: readonly number[],
	neighbours: Neighbours,
	minSize: number,
): Uint32Array<ArrayBuffer> {
	return dropSmall(components(mask, shape, connectivityIn(neighbours, shape.length)).labels, minSize);
}

/** Takes objects of fewer than `minSize` voxels away, in place. */
export function dropSmall(labels: Uint32Array<ArrayBuffer>, minSize: number): Uint32Array<ArrayBuffer> {
	if (minSize > 1) keepBySize(labels, { atLeast: minSize });
	return labels;
}

/** Objects that grow from `seeds` from high `values` to low ones, as far as `foreground` (0 or 1) goes. */
export function grow(
	values: Float32Array,
	seeds: Uint32Array,
	shape: readonly number[],
	foreground: Uint8Array,
): Uint32Array<ArrayBuffer> {
	return watershed(negative(values), seeds, shape, { mask: foreground });
}

/**
 * As `grow`, but through the background, which is cut away at the end: pieces of foreground that hold no seed get the object
 * that reaches them first.
 */
export function growThrough(
	values: Float32Array,
	seeds: Uint32Array,
	shape: readonly number[],
	foreground: Uint8Array,
): Uint32Array<ArrayBuffer> {
	if (highestId(seeds) === 0) return new Uint32Array(seeds.length);
	const labels = watershed(negative(values), seeds, shape);
	for (let i = 0; i < labels.length; i++) if (foreground[i] === 0) labels[i] = 0;
	return labels;
}

function negative(values: Float32Array): Float32Array<ArrayBuffer> {
	const heights = new Float32Array(values.length);
	for (let i = 0; i < heights.length; i++) heights[i] = -(values[i] ?? 0);
	return heights;
}
