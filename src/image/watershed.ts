/**
 * Seeded watershed: floods heights from markers, lowest first.
 *
 * Voxels wait by height and then by age, which is when they were reached. A voxel gets its label when it is reached, and where it
 * lies lower than the flood, it counts as lying at its level. Markers are all of age 0: which of two of one height goes first
 * is for the heap to say, whose every exchange is therefore scikit-image's. As soon as that can make no difference any more,
 * lists take over, which give the same order faster.
 *
 * @module
 */
import { asZyx, type Shape, shapeText, sizeOf } from "../core/shape.ts";
import type { Connectivity } from "./components.ts";
import { createHeap, floodFromHeap, type Heap, type HeapFlood, push } from "./flood-heap.ts";
import { forEachMarker, hasOpenNeighbour, labelsOf, type Plain, plainOf } from "./flood-plain.ts";
import { append, createQueue, floodFromQueue, type Queue } from "./flood-queue.ts";

/** How a watershed floods. */
export type WatershedOptions = {
	/** Only voxels that are not 0 here are flooded, and only markers there count. */
	readonly mask?: Uint8Array;
	/** 1 by default. */
	readonly connectivity?: Connectivity;
	/**
	 * Whose order it is. "skimage", by default: as above. "mahotas": markers are of different ages, in C order, and a voxel
	 * below the flood keeps its height.
	 */
	readonly order?: "skimage" | "mahotas";
};

/**
 * Labels of `markers` (not 0) spread over `heights`, both C-ordered over `shape` (up to three axes). What no marker reaches
 * stays 0. As `skimage.segmentation.watershed(heights, markers, connectivity, mask=mask)` of scikit-image 0.26, or as
 * `mahotas.cwatershed`, voxel for voxel. Heights must not be NaN.
 *
 * @throws RangeError where lengths or connectivity do not fit the shape
 */
export function watershed(
	heights: Float32Array,
	markers: Uint32Array,
	shape: Shape,
	options: WatershedOptions = {},
): Uint32Array<ArrayBuffer> {
	const { mask, connectivity = 1, order = "skimage" } = options;
	const voxels = sizeOf(shape);
	const fits = [heights, markers, mask ?? heights].every(({ length }) => length === voxels);
	if (!fits || connectivity > shape.length || voxels >= 2 ** 31) {
		throw new RangeError(
			`watershed: expected heights, markers and mask of ${shapeText(shape)}, fewer than 2^31 voxels, and a connectivity up to ${shape.length}, found ${heights.length}, ${markers.length} and ${mask?.length ?? "no"} voxels and ${connectivity}`,
		);
	}
	const plain = plainOf(heights, markers, mask, asZyx(shape), connectivity);
	if (order === "mahotas") floodAsMahotas(plain, heights);
	else floodAsSkimage(plain, heights);
	return labelsOf(plain);
}

function floodAsMahotas(plain: Plain, heights: Float32Array): void {
	const heap = createHeap();
	const flood: HeapFlood = { isRising: false, age: 0, level: 0 };
	forEachMarker(plain, heights, (voxel, key) => push(heap, key, flood.age++, voxel));
	floodFromHeap(plain, heap, flood, Number.POSITIVE_INFINITY);
}

function floodAsSkimage(plain: Plain, heights: Float32Array): void {
	const heap = createHeap();
	const flood: HeapFlood = { isRising: true, age: 0, level: 0 };
	forEachMarker(plain, heights, (voxel, key) => push(heap, key, 0, voxel));
	while (heap.size > 0 && haveRivals(plain, heap)) floodFromHeap(plain, heap, flood, Math.max(64, heap.size));
	if (heap.size > 0) floodFromQueue(plain, queueOf(plain, heap));
}

/** So many heights are looked through for two that are the same; of more it is taken for granted. */
const LOOKED_THROUGH = 1 << 20;

/** Whether two markers that can still flood something wait at the same height. */
function haveRivals(plain: Plain, { entries, size }: Heap): boolean {
	const keys = new Set<number>();
	for (let at = 0; at < 4 * size; at += 4) {
		if (entries[at + 1] !== 0 || !hasOpenNeighbour(plain, entries[at + 2] ?? 0)) continue;
		const key = entries[at] ?? 0;
		if (keys.has(key) || keys.size === LOOKED_THROUGH) return true;
		keys.add(key);
	}
	return false;
}

/** What is in the heap, by age. */
function queueOf({ cells }: Plain, { entries, size }: Heap): Queue {
	const queue = createQueue(entries[0] ?? 0);
	const order = Float64Array.from({ length: size }, (_, i) => (entries[4 * i + 1] ?? 0) * size + i).sort();
	for (const place of order) {
		const at = 4 * (place % size);
		const voxel = entries[at + 2] ?? 0;
		append(queue, entries[at] ?? 0, voxel, cells[voxel] ?? 0);
	}
	return queue;
}
