/**
 * The weighted sum of overlapping tiles over one box of the volume.
 *
 * Law: tiles are added in global order, and what a voxel receives does not depend on the box: product and sum of a
 * step are taken in float64 and rounded to float32 once. So any partition of a volume into boxes gives the same bits.
 *
 * @module
 */
import type { Box } from "../core/box.ts";
import { boxShape, intersect, isEmpty } from "../core/box.ts";
import { asZyx, type Shape, shapeText, sizeOf, type Zyx } from "../core/shape.ts";

/** Sums over `box` (up to three axes, voxels of the padded volume), C-ordered. Changed in place by `addTile` and `normalise`. */
export type Accumulator = {
	readonly channels: number;
	readonly box: Box;
	/** [channels, ...boxShape(box)]: weighted sums; weighted means after `normalise`. */
	readonly data: Float32Array<ArrayBuffer>;
	/** boxShape(box): sums of weights. */
	readonly weights: Float32Array<ArrayBuffer>;
};

/** Where the rows shared by a tile and a box lie in both. */
type Overlap = {
	readonly extent: Zyx;
	readonly tileAt: Zyx;
	readonly boxAt: Zyx;
	readonly tileShape: Zyx;
	readonly boxShape: Zyx;
};

/** Zero sums of `channels` over `box`; `reused` is memory of that size whose values are no longer needed. */
export function createAccumulator(channels: number, box: Box, reused?: Float32Array<ArrayBuffer>): Accumulator {
	const voxels = sizeOf(boxShape(box));
	const data = reused?.fill(0) ?? new Float32Array(channels * voxels);
	return { channels, box, data, weights: new Float32Array(voxels) };
}

/**
 * Adds `weights * tile` and `weights` where the tile lies in the accumulator's box.
 *
 * `tile` is float32 [channels, ...patch] whose first voxel is `start` of the volume; `weights` has the shape of `patch`.
 * Call in global tile order.
 *
 * @throws RangeError where sizes do not fit
 */
export function addTile(
	acc: Accumulator,
	tile: Float32Array,
	start: readonly number[],
	patch: Shape,
	weights: Float32Array,
): void {
	const voxels = sizeOf(patch);
	if (tile.length !== acc.channels * voxels || weights.length !== voxels) {
		throw new RangeError(
			`addTile: expected ${acc.channels} channels of ${shapeText(patch)}, found ${tile.length} elements and ${weights.length} weights`,
		);
	}
	const overlap = overlapOf(acc.box, start, patch);
	if (overlap === undefined) return;
	addWeights(acc.weights, weights, overlap);
	for (let channel = 0; channel < acc.channels; channel++) {
		const target = acc.data.subarray(channel * acc.weights.length, (channel + 1) * acc.weights.length);
		addWeighted(target, tile.subarray(channel * voxels, (channel + 1) * voxels), weights, overlap);
	}
}

/**
 * Divides the sums by the weights, in place.
 *
 * @param sparse true: voxels that no tile reached stay 0
 * @throws RangeError where a voxel of the box was reached by no tile, and not `sparse`
 */
export function normalise(acc: Accumulator, sparse = false): void {
	const { data, weights, channels } = acc;
	if (sparse) for (let i = 0; i < weights.length; i++) weights[i] ||= 1;
	else if (weights.includes(0)) throw new RangeError("normalise: a voxel of the box was reached by no tile");
	for (let channel = 0; channel < channels; channel++) {
		const offset = channel * weights.length;
		for (let i = 0; i < weights.length; i++) {
			data[offset + i] = (data[offset + i] ?? 0) / (weights[i] ?? 1);
		}
	}
}

function overlapOf(box: Box, start: readonly number[], patch: Shape): Overlap | undefined {
	const tile = { start, stop: start.map((first, axis) => first + (patch[axis] ?? 0)) };
	const shared = intersect(tile, box);
	if (isEmpty(shared)) return undefined;
	return {
		extent: asZyx(boxShape(shared)),
		tileAt: offsetIn(tile, shared),
		boxAt: offsetIn(box, shared),
		tileShape: asZyx(patch),
		boxShape: asZyx(boxShape(box)),
	};
}

function offsetIn(outer: Box, inner: Box): Zyx {
	return asZyx(
		inner.start.map((first, axis) => first - (outer.start[axis] ?? 0)),
		0,
	);
}

/** Index of the first voxel of row (z, y) of an overlap in an array of `shape` whose overlap begins at `at`. */
function rowStart(shape: Zyx, at: Zyx, z: number, y: number): number {
	return ((at[0] + z) * shape[1] + at[1] + y) * shape[2] + at[2];
}

function addWeights(target: Float32Array, weights: Float32Array, overlap: Overlap): void {
	const [depth, height, width] = overlap.extent;
	for (let z = 0; z < depth; z++) {
		for (let y = 0; y < height; y++) {
			const s = rowStart(overlap.tileShape, overlap.tileAt, z, y);
			const t = rowStart(overlap.boxShape, overlap.boxAt, z, y);
			for (let x = 0; x < width; x++) target[t + x] = (target[t + x] ?? 0) + (weights[s + x] ?? 0);
		}
	}
}

function addWeighted(target: Float32Array, tile: Float32Array, weights: Float32Array, overlap: Overlap): void {
	const [depth, height, width] = overlap.extent;
	for (let z = 0; z < depth; z++) {
		for (let y = 0; y < height; y++) {
			const s = rowStart(overlap.tileShape, overlap.tileAt, z, y);
			const t = rowStart(overlap.boxShape, overlap.boxAt, z, y);
			for (let x = 0; x < width; x++) {
				target[t + x] = (target[t + x] ?? 0) + (weights[s + x] ?? 0) * (tile[s + x] ?? 0);
			}
		}
	}
}
