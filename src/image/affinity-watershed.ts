/**
 * Fragments of an affinity graph: basins of steepest ascent, cut at plateaus.
 *
 * Every voxel points along its edges of highest affinity, and along all that are at least `high`; where no edge is above
 * `low` it is background. Plateaus, voxels that point at each other, are divided by how far their voxels are from where the
 * plateau is left. What points at each other in the end is one fragment. Zlateski and Seung, arXiv 1505.00249; ties as in
 * waterz (Funke et al. 2018): edges are looked at along z, y, x backwards and then forwards, the last one counts.
 *
 * @module
 */
import { sizeOf, stridesOf } from "../core/shape.ts";

/** Affinities along each axis, slowest first; C-ordered over `shape`. */
export type AffinityGraph = {
	readonly affinities: readonly Float32Array[];
	readonly shape: readonly number[];
	/** 0: a voxel holds its affinity to the next along the axis; 1: to the one before. */
	readonly offset: 0 | 1;
};

/** The voxel of an ended plateau or path. */
const SEEN = 64;

/** Fragments of `graph`: labels 1 to `count` in the order in which they are found, 0 is background. */
export function affinityFragments(
	graph: AffinityGraph,
	low: number,
	high: number,
): { readonly labels: Uint32Array<ArrayBuffer>; readonly count: number } {
	const { shape } = graph;
	const pointers = pointersOf(graph, low, high);
	const strides = stridesOf(shape);
	const steps = [...strides.map((stride) => -stride), ...strides];
	dividePlateaus(pointers, steps);
	return followed(pointers, steps);
}

/** Which edges each voxel points along: bits of steps, backwards ones first. */
function pointersOf({ affinities, shape, offset }: AffinityGraph, low: number, high: number): Uint8Array<ArrayBuffer> {
	const pointers = new Uint8Array(sizeOf(shape));
	const strides = stridesOf(shape);
	const rank = shape.length;
	const edges = new Float64Array(2 * rank);
	for (let i = 0; i < pointers.length; i++) {
		let most = low;
		for (let axis = 0; axis < rank; axis++) {
			const stride = strides[axis] ?? 1;
			const [extent, values] = [shape[axis] ?? 1, affinities[axis]];
			const at = Math.floor(i / stride) % extent;
			const back = at > 0 ? (values?.[i + (offset - 1) * stride] ?? low) : low;
			const on = at < extent - 1 ? (values?.[i + offset * stride] ?? low) : low;
			edges[axis] = back;
			edges[rank + axis] = on;
			most = Math.max(most, back, on);
		}
		if (most > low) pointers[i] = bitsOf(edges, most, high);
	}
	return pointers;
}

function bitsOf(edges: Float64Array, most: number, high: number): number {
	let bits = 0;
	for (let n = 0; n < edges.length; n++) {
		const edge = edges[n] ?? 0;
		if (edge === most || edge >= high) bits |= 1 << n;
	}
	return bits;
}

/** The bit of the step back along step `n` of `count`. */
function backOf(n: number, count: number): number {
	return 1 << (n < count / 2 ? n + count / 2 : n - count / 2);
}

/** From where plateaus are left inwards, each voxel points one way only: out of the plateau. */
function dividePlateaus(pointers: Uint8Array, steps: readonly number[]): void {
	const queue: number[] = [];
	for (let i = 0; i < pointers.length; i++) if (isCorner(pointers, i, steps)) queue.push(i);
	for (const i of queue) pointers[i] = (pointers[i] ?? 0) | SEEN;
	for (let next = 0; next < queue.length; next++) {
		const i = queue[next] ?? 0;
		pointers[i] = wayOut(i, pointers, steps, queue);
	}
}

/** The last way out of a plateau at voxel `i`; voxels of the plateau that it points at are queued. */
function wayOut(i: number, pointers: Uint8Array, steps: readonly number[], queue: number[]): number {
	let way = 0;
	for (const [n, step] of steps.entries()) {
		if (((pointers[i] ?? 0) & (1 << n)) === 0) continue;
		const other = i + step;
		const bits = pointers[other] ?? 0;
		if ((bits & backOf(n, steps.length)) === 0) {
			way = 1 << n;
		} else if ((bits & SEEN) === 0) {
			pointers[other] = bits | SEEN;
			queue.push(other);
		}
	}
	return way;
}

/** True where a voxel points at one that does not point back. */
function isCorner(pointers: Uint8Array, i: number, steps: readonly number[]): boolean {
	const bits = pointers[i] ?? 0;
	return steps.some(
		(step, n) => (bits & (1 << n)) !== 0 && ((pointers[i + step] ?? 0) & backOf(n, steps.length)) === 0,
	);
}

/** The fragment that each voxel's pointers lead to. */
function followed(pointers: Uint8Array, steps: readonly number[]) {
	const labels = new Uint32Array(pointers.length);
	let count = 0;
	for (let i = 0; i < pointers.length; i++) {
		if (pointers[i] === 0 || labels[i] !== 0) continue;
		const { path, label } = pathFrom(i, pointers, labels, steps);
		const own = label === 0 ? ++count : label;
		for (const at of path) labels[at] = own;
	}
	return { labels, count };
}

/** All voxels that pointers lead to from `start`, and the label of the first that has one; 0 where none has. */
function pathFrom(start: number, pointers: Uint8Array, labels: Uint32Array, steps: readonly number[]) {
	const path = [start];
	pointers[start] = (pointers[start] ?? 0) | SEEN;
	for (let next = 0; next < path.length; next++) {
		const label = follow(path[next] ?? 0, pointers, labels, steps, path);
		if (label !== 0) return { path, label };
	}
	return { path, label: 0 };
}

/** Adds what a voxel points at to the path, until one of them has a label, which is given; else 0. */
function follow(
	at: number,
	pointers: Uint8Array,
	labels: Uint32Array,
	steps: readonly number[],
	path: number[],
): number {
	for (const [n, step] of steps.entries()) {
		if (((pointers[at] ?? 0) & (1 << n)) === 0) continue;
		const other = at + step;
		const label = labels[other] ?? 0;
		if (label !== 0) return label;
		if (((pointers[other] ?? 0) & SEEN) !== 0) continue;
		pointers[other] = (pointers[other] ?? 0) | SEEN;
		path.push(other);
	}
	return 0;
}
