/**
 * The pieces of one block that affinities join, in memory.
 *
 * A voxel belongs to an object where one of its own affinities is above the threshold, or where one that a neighbour holds
 * for the two of them is: at a face that may be a voxel of the next block, so one plane more of each axis is given.
 *
 * @module
 */
import { type Shape, sizeOf, type Zyx } from "../../core/shape.ts";
import { type AxisEdges, edgeComponents } from "../../image/edge-components.ts";
import { densify } from "../../image/relabel.ts";
import { type LocalLabels, localLabels } from "./local-labels.ts";

/** What a block knows of its affinities along one axis: 1 where one is above the threshold. */
export type AxisAffinities = {
	readonly axis: number;
	/** Of the block's voxels, C-ordered. */
	readonly own: Uint8Array;
	/** Of the plane beyond the block whose voxels hold affinities to it, C-ordered over the other axes; undefined at the volume's end. */
	readonly beyond?: Uint8Array;
};

/** Pieces of a block; `values` holds 1 for voxels that edges make objects, 2 for orphans, 0 for background. */
export type EdgePieces = LocalLabels & { readonly values: Uint8Array<ArrayBuffer> };

/**
 * Pieces of a block of `shape`. `offset` 0: affinities are to the next voxel, the plane beyond is the one before the block;
 * 1: to the one before, it is the one behind. `orphans` holds 1 where a voxel without an object is to be one, where wanted.
 */
export function edgePieces(
	affinities: readonly AxisAffinities[],
	offset: 0 | 1,
	shape: Zyx,
	flat: boolean,
	orphans?: Uint8Array,
): EdgePieces {
	const values = new Uint8Array(sizeOf(shape));
	const edges = affinities.map((each) => edgesOf(each, offset, shape));
	for (const { own } of affinities) for (let i = 0; i < values.length; i++) if (own[i] === 1) values[i] = 1;
	for (const each of edges) markEnds(values, each, shape);
	for (const each of affinities) markBeyond(values, each, offset, shape);
	const found = { ...edgeComponents(values, edges, shape), values };
	return orphans === undefined ? found : withOrphans(found, orphans, shape, flat);
}

/** Which voxels are joined with the next one along an axis, within the block. */
function edgesOf({ axis, own }: AxisAffinities, offset: 0 | 1, shape: Shape): AxisEdges {
	const joined = new Uint8Array(own.length);
	const stride = sizeOf(shape.slice(axis + 1));
	const run = stride * ((shape[axis] ?? 1) - 1);
	for (let from = 0; from < own.length; from += run + stride) {
		joined.set(own.subarray(from + offset * stride, from + offset * stride + run), from);
	}
	return { axis, joined };
}

/** Both ends of an edge belong to an object. */
function markEnds(values: Uint8Array, { axis, joined }: AxisEdges, shape: Shape): void {
	const stride = sizeOf(shape.slice(axis + 1));
	for (let i = 0; i + stride < values.length; i++) {
		if (joined[i] !== 1) continue;
		values[i] = 1;
		values[i + stride] = 1;
	}
}

/** So do ends of edges whose affinity lies beyond the block. */
function markBeyond(values: Uint8Array, { axis, beyond }: AxisAffinities, offset: 0 | 1, shape: Shape): void {
	if (beyond === undefined) return;
	const inner = sizeOf(shape.slice(axis + 1));
	const extent = shape[axis] ?? 1;
	for (let n = 0; n < beyond.length; n++) {
		if (beyond[n] !== 1) continue;
		const row = Math.floor(n / inner);
		values[(row * extent + (offset === 0 ? 0 : extent - 1)) * inner + (n % inner)] = 1;
	}
}

/** Orphans that touch become pieces; labels are in the order of first voxels again. */
function withOrphans(
	{ labels, count, values }: EdgePieces,
	orphans: Uint8Array,
	shape: Zyx,
	flat: boolean,
): EdgePieces {
	const left = new Uint8Array(values.length);
	for (let i = 0; i < left.length; i++) if (values[i] === 0 && orphans[i] === 1) left[i] = 1;
	const found = localLabels(left, shape, { connectivity: flat ? 2 : 3, flat }, false);
	if (found.count === 0) return { labels, count, values };
	for (let i = 0; i < left.length; i++) {
		if (left[i] !== 1) continue;
		values[i] = 2;
		labels[i] = (found.labels[i] ?? 0) + count;
	}
	densify(labels);
	return { labels, count: count + found.count, values };
}
