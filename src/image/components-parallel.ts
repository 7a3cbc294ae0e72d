/**
 * Components of a large mask on several threads.
 *
 * The array is cut into slabs along its first axis. A thread finds the components of each; where slabs meet, they are joined
 * here; the threads then write the labels. Labels are those of `components`: objects of a slab are numbered in the order of
 * their first voxel, and slabs follow each other in that order.
 *
 * @module
 */
import { asZyx, type Shape, shapeText, sizeOf } from "../core/shape.ts";
import { type Components, type Connectivity, components } from "./components.ts";
import type { SlabObjects } from "./slab-protocol.ts";
import { type SlabThread, withSlabThreads } from "./slab-threads.ts";
import { createForest, type Forest, flatten, join } from "./union-find.ts";

/** Smaller arrays are not worth a thread. */
const LEAST_VOXELS = 1 << 18;

/** The mask as slabs along its first axis that has more than one voxel. */
type Cut = {
	/** Axes from the one that is cut on. */
	readonly shape: Shape;
	readonly connectivity: Connectivity;
	/** Planes at which slabs begin, and the end of the last. */
	readonly bounds: readonly number[];
	/** Voxels of a plane. */
	readonly plane: number;
};

/**
 * `components` of `mask` on up to `threads` threads; the same labels. They lie in shared memory.
 *
 * @throws RangeError where length or connectivity do not fit the shape; RUN where a thread fails
 */
export async function componentsParallel(
	mask: Uint8Array,
	shape: Shape,
	connectivity: Connectivity,
	threads: number,
	leastVoxels = LEAST_VOXELS,
): Promise<Components<ArrayBufferLike>> {
	const cut = cutUp(shape, connectivity, Math.min(threads, Math.floor(mask.length / leastVoxels)));
	if (cut.bounds.length <= 2) return components(mask, shape, connectivity);
	if (mask.length !== sizeOf(shape) || connectivity > shape.length) {
		throw new RangeError(
			`componentsParallel: expected a mask of ${shapeText(shape)} and a connectivity up to ${shape.length}, found ${mask.length} voxels and ${connectivity}`,
		);
	}
	return withSlabThreads(cut.bounds.length - 1, async (workers) => {
		const slabs = await Promise.all(workers.map((worker, i) => find(worker, mask, cut, i)));
		const { forest, firsts } = joined(slabs, cut);
		const { finals, count } = flatten(forest);
		const labels = new Uint32Array(new SharedArrayBuffer(4 * mask.length));
		await Promise.all(workers.map((worker, i) => paint(worker, labels, mapOf(finals, firsts, i), cut, i)));
		return { labels, count, sizes: sizesOf(slabs, finals, firsts, count, mask.length) };
	});
}

function cutUp(shape: Shape, connectivity: Connectivity, slabs: number): Cut {
	const long = shape.findIndex((extent) => extent > 1);
	const axes = shape.slice(Math.max(0, long));
	const [planes = 1, ...rest] = axes;
	const count = Math.max(1, Math.min(slabs, planes));
	return {
		shape: axes,
		connectivity: axes.length === 1 ? 1 : axes.length === 2 && connectivity === 3 ? 2 : connectivity,
		bounds: Array.from({ length: count + 1 }, (_, i) => Math.floor((i * planes) / count)),
		plane: sizeOf(rest),
	};
}

async function find(worker: SlabThread, mask: Uint8Array, cut: Cut, i: number): Promise<SlabObjects> {
	const { shape, connectivity, plane } = cut;
	const [from, to] = [cut.bounds[i] ?? 0, cut.bounds[i + 1] ?? 0];
	const slab = sendable(mask, from * plane, to * plane);
	const found = await worker.ask(
		{ kind: "find", mask: slab.voxels, shape: [to - from, ...shape.slice(1)], connectivity, face: plane },
		slab.transfer,
	);
	if (found.kind !== "found") throw new TypeError(`asked to find, answered ${found.kind}`);
	return found;
}

/** Part of a mask for a thread: as it is where its memory is shared, else a copy that is moved. */
function sendable(mask: Uint8Array, from: number, to: number) {
	if (mask.buffer instanceof SharedArrayBuffer) return { voxels: mask.subarray(from, to), transfer: [] };
	const voxels = new Uint8Array(to - from);
	voxels.set(mask.subarray(from, to));
	return { voxels, transfer: [voxels.buffer] };
}

async function paint(worker: SlabThread, labels: Uint32Array, map: Uint32Array, cut: Cut, i: number): Promise<void> {
	const [from, to] = [cut.bounds[i] ?? 0, cut.bounds[i + 1] ?? 0];
	await worker.ask({ kind: "paint", map, out: labels.subarray(from * cut.plane, to * cut.plane) });
}

/** All objects of all slabs as sets, joined where slabs meet; object `o` of slab `i` is set `firsts[i] + o`. */
function joined(
	slabs: readonly SlabObjects[],
	cut: Cut,
): { readonly forest: Forest; readonly firsts: readonly number[] } {
	let sets = 0;
	const firsts = slabs.map(({ count }) => {
		sets += count;
		return sets - count;
	});
	const forest = createForest(sets);
	for (let i = 1; i < slabs.length; i++) {
		const before = (slabs[i - 1]?.last ?? new Uint32Array(0)).map((o) => (o === 0 ? 0 : o + (firsts[i - 1] ?? 0)));
		const after = (slabs[i]?.first ?? new Uint32Array(0)).map((o) => (o === 0 ? 0 : o + (firsts[i] ?? 0)));
		joinPlanes(forest, before, after, cut);
	}
	return { forest, firsts };
}

/** Joins the sets of two planes of which one follows the other. */
function joinPlanes(forest: Forest, before: Uint32Array, after: Uint32Array, { shape, connectivity }: Cut): void {
	const [, height, width] = asZyx(shape.slice(1));
	for (const [dy, dx] of stepsWithin(connectivity - 1)) {
		const [fromX, toX] = [Math.max(0, -dx), Math.min(width, width - dx)];
		for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
			for (let at = y * width + fromX; at < y * width + toX; at++) {
				const set = after[at] ?? 0;
				const other = before[at + dy * width + dx] ?? 0;
				if (set !== 0 && other !== 0) join(forest, other, set);
			}
		}
	}
}

/** Steps of up to one along y and x that differ from none in up to `most` coordinates. */
function stepsWithin(most: number): (readonly [number, number])[] {
	const steps = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [dy, dx] as const));
	return steps.filter(([dy, dx]) => Math.abs(dy) + Math.abs(dx) <= most);
}

/** The final labels of the objects of slab `i`. */
function mapOf(finals: Uint32Array, firsts: readonly number[], i: number): Uint32Array<ArrayBuffer> {
	const map = finals.slice(firsts[i] ?? 0, (firsts[i + 1] ?? finals.length) + 1);
	map[0] = 0;
	return map;
}

function sizesOf(
	slabs: readonly SlabObjects[],
	finals: Uint32Array,
	firsts: readonly number[],
	count: number,
	voxels: number,
): Uint32Array<ArrayBuffer> {
	const sizes = new Uint32Array(count + 1);
	for (const [i, slab] of slabs.entries()) {
		for (let object = 1; object <= slab.count; object++) {
			const label = finals[(firsts[i] ?? 0) + object] ?? 0;
			sizes[label] = (sizes[label] ?? 0) + (slab.sizes[object] ?? 0);
		}
	}
	sizes[0] = voxels - sizes.reduce((sum, size) => sum + size, 0);
	return sizes;
}
