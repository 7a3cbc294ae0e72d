/**
 * Components of a grid whose neighbours are joined one by one, by edges, and not because they touch.
 *
 * @module
 */
import { sizeOf } from "../core/shape.ts";
import { createForest, type Forest, flatten, join } from "./union-find.ts";

/** The edges along one axis: 1 at a voxel that is joined with the next one along `axis`; entries of last voxels are not looked at. */
export type AxisEdges = { readonly axis: number; readonly joined: Uint8Array };

/**
 * Components of the voxels of `isThere` (not 0; C-ordered over `shape`) that `edges` join. Both ends of an edge have to be
 * there. Labels are 1 to `count` in the order of first voxels, 0 elsewhere; a voxel without an edge is a component of its own.
 *
 * @throws RangeError where lengths do not fit the shape
 */
export function edgeComponents(
	isThere: Uint8Array,
	edges: readonly AxisEdges[],
	shape: readonly number[],
): { readonly labels: Uint32Array<ArrayBuffer>; readonly count: number } {
	const voxels = sizeOf(shape);
	if (isThere.length !== voxels || edges.some(({ joined }) => joined.length !== voxels)) {
		throw new RangeError(`edgeComponents: expected ${voxels} voxels and edges an axis`);
	}
	const { labels, count } = numbered(isThere);
	const forest = createForest(count);
	for (const { axis, joined } of edges) joinAlong(forest, labels, joined, shape, axis);
	const { finals, count: components } = flatten(forest);
	for (let i = 0; i < voxels; i++) labels[i] = finals[labels[i] ?? 0] ?? 0;
	return { labels, count: components };
}

/** The voxels that are there, 1 up. */
function numbered(isThere: Uint8Array): { labels: Uint32Array<ArrayBuffer>; count: number } {
	const labels = new Uint32Array(isThere.length);
	let count = 0;
	for (let i = 0; i < labels.length; i++) if (isThere[i] !== 0) labels[i] = ++count;
	return { labels, count };
}

/** Joins the two ends of every edge along an axis. */
function joinAlong(
	forest: Forest,
	labels: Uint32Array,
	joined: Uint8Array,
	shape: readonly number[],
	axis: number,
): void {
	const stride = sizeOf(shape.slice(axis + 1));
	const run = stride * ((shape[axis] ?? 1) - 1);
	for (let from = 0; from < labels.length; from += run + stride) {
		for (let i = from; i < from + run; i++) {
			if (joined[i] === 1) join(forest, labels[i] ?? 0, labels[i + stride] ?? 0);
		}
	}
}
