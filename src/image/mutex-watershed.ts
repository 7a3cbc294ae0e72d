/**
 * The mutex watershed: edges one by one, the surest first; some join their ends, some say that these are two for good.
 *
 * Wolf et al. 2018 and 2020 (arXiv 1904.12654). Of equally sure edges that of the earlier channel goes first, then that of
 * the earlier voxel, so that results repeat.
 *
 * @module
 */
import { type Shape, sizeOf, stridesOf } from "../core/shape.ts";
import { orderDescending } from "./descending.ts";
import { MutexForest } from "./mutex-forest.ts";
import { densify } from "./relabel.ts";

/** The edges of a channel: of each voxel to the one that lies `offset` away. */
export type EdgeChannel = {
	/** How sure each is; C-ordered over the shape. */
	readonly weights: Float32Array;
	/** One number an axis. */
	readonly offset: readonly number[];
	/** True: its ends are two. */
	readonly isRepulsive: boolean;
	/** Only edges of voxels on a grid of so many voxels an axis; all where it is missing. */
	readonly strides?: readonly number[];
};

/**
 * Labels over `shape`, 1 up in the order of first voxels. Voxels where `mask` (0 or 1) is 0 have none and no edges. Edges that
 * are not a number, or lead out of the array, are none.
 *
 * @throws RangeError where there are more voxels than 2^26
 */
export function mutexWatershed(
	channels: readonly EdgeChannel[],
	shape: Shape,
	mask?: Uint8Array,
): Uint32Array<ArrayBuffer> {
	const voxels = sizeOf(shape);
	const forest = new MutexForest(voxels);
	const { weights, edges } = edgesOf(channels, shape, mask);
	const steps = channels.map(({ offset }) => stepOf(offset, shape));
	for (const at of orderDescending(weights)) {
		const edge = edges[at] ?? 0;
		const channel = Math.floor(edge / voxels);
		const here = edge % voxels;
		const there = here + (steps[channel] ?? 0);
		if (channels[channel]?.isRepulsive === true) forest.ban(here, there);
		else forest.join(here, there);
	}
	const labels = new Uint32Array(voxels);
	for (let i = 0; i < voxels; i++) if (mask === undefined || mask[i] === 1) labels[i] = forest.rootOf(i) + 1;
	densify(labels);
	return labels;
}

/** How far the voxels of an edge are apart in memory. */
function stepOf(offset: readonly number[], shape: Shape): number {
	return stridesOf(shape).reduce((sum, stride, axis) => sum + stride * (offset[axis] ?? 0), 0);
}

/** The edges that there are: how sure they are, and their numbers, channel by channel. */
function edgesOf(channels: readonly EdgeChannel[], shape: Shape, mask: Uint8Array | undefined) {
	const voxels = sizeOf(shape);
	const weights = new Float32Array(channels.length * voxels);
	const edges = new Float64Array(channels.length * voxels);
	let count = 0;
	for (const [n, channel] of channels.entries()) {
		const step = stepOf(channel.offset, shape);
		for (let i = 0; i < voxels; i++) {
			const weight = channel.weights[i] ?? 0;
			if (Number.isNaN(weight) || !isEdge(channel, i, shape)) continue;
			if (mask !== undefined && (mask[i] !== 1 || mask[i + step] !== 1)) continue;
			weights[count] = weight;
			edges[count++] = n * voxels + i;
		}
	}
	return { weights: weights.subarray(0, count), edges: edges.subarray(0, count) };
}

/** True where the edge of voxel `i` ends within the array, and is one of those that are taken. */
function isEdge({ offset, strides }: EdgeChannel, i: number, shape: Shape): boolean {
	let rest = i;
	for (let axis = shape.length - 1; axis >= 0; axis--) {
		const extent = shape[axis] ?? 1;
		const at = rest % extent;
		const to = at + (offset[axis] ?? 0);
		if (to < 0 || to >= extent || at % (strides?.[axis] ?? 1) !== 0) return false;
		rest = Math.floor(rest / extent);
	}
	return true;
}
