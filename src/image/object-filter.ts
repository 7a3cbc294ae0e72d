/**
 * Taking away objects by their size, in place. An object is all voxels of one label, wherever they lie.
 *
 * @module
 */
import { smallNumbers } from "./relabel.ts";

/** Sizes in voxels, both included. */
export type SizeRange = { readonly atLeast?: number; readonly atMost?: number };

/**
 * Sets `labels` of objects of fewer than `atLeast` or more than `atMost` voxels to 0, in place; ids of the others stay (see
 * `densify`). Gives the number of objects that were taken away.
 *
 * As cc3d's `dust` of labels as they are, whose `threshold` is `atLeast`.
 */
export function keepBySize(labels: Uint32Array, { atLeast = 0, atMost = Number.POSITIVE_INFINITY }: SizeRange): number {
	const { numbers, largest } = smallNumbers(labels);
	const isDropped = sizesOf(numbers, largest).map((size) => (size > 0 && (size < atLeast || size > atMost) ? 1 : 0));
	return drop(labels, numbers, isDropped);
}

/**
 * Sets all `labels` but those of the `count` largest objects to 0, in place; of objects of one size the smaller ids stay.
 * Gives the number of objects that were taken away. (nnU-Net's rule, by which all that are largest stay, is `keepLargest` of
 * `keep-largest.ts`.)
 *
 * As cc3d's `largest_k` of labels as they are.
 */
export function keepLargest(labels: Uint32Array, count = 1): number {
	const { numbers, largest, original } = smallNumbers(labels);
	const sizes = sizesOf(numbers, largest);
	const order = Array.from(sizes.keys())
		.filter((number) => (sizes[number] ?? 0) > 0)
		.sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0) || original(a) - original(b));
	const isDropped = new Uint32Array(largest + 1);
	for (const number of order.slice(Math.max(0, count))) isDropped[number] = 1;
	return drop(labels, numbers, isDropped);
}

/** Voxels of each number; 0, the background, has none. */
function sizesOf(numbers: Uint32Array, largest: number): Uint32Array<ArrayBuffer> {
	const sizes = new Uint32Array(largest + 1);
	let last = 0;
	let start = 0; // of the voxels in a row that have the last number
	for (let i = 0; i < numbers.length; i++) {
		const number = numbers[i] ?? 0;
		if (number === last) continue;
		sizes[last] = (sizes[last] ?? 0) + i - start;
		last = number;
		start = i;
	}
	sizes[last] = (sizes[last] ?? 0) + numbers.length - start;
	sizes[0] = 0;
	return sizes;
}

/** Sets labels to 0 where the entry of their number is 1; gives the number of entries that are. */
function drop(labels: Uint32Array, numbers: Uint32Array, isDropped: Uint32Array): number {
	const dropped = isDropped.reduce((sum, one) => sum + one, 0);
	if (dropped === 0) return 0;
	const kept = isDropped.map((one) => (one === 1 ? 0 : 0xffffffff));
	for (let i = 0; i < labels.length; i++) labels[i] = (labels[i] ?? 0) & (kept[numbers[i] ?? 0] ?? 0);
	return dropped;
}
