/**
 * A flood from a heap: entries by height, then by age.
 *
 * A binary heap that exchanges entries exactly as scikit-image's does, so that markers of one height, which are all of age 0,
 * leave it in the same order.
 *
 * @module
 */
import { flooded, isOpen, neighboursOf, type Plain } from "./flood-plain.ts";

/** Entries in heap order, four numbers each: height, age, voxel, and one that is free. */
export type Heap = { size: number; entries: Int32Array };

/** An empty heap; it grows as it must. */
export function createHeap(): Heap {
	return { size: 0, entries: new Int32Array(4096) };
}

/** Adds a voxel. */
export function push(heap: Heap, key: number, age: number, voxel: number): void {
	if (4 * heap.size === heap.entries.length) grow(heap);
	const { entries } = heap;
	let at = heap.size++;
	while (at > 0) {
		const parent = (at - 1) >> 1;
		if (!isBefore(key, age, entries, parent)) break;
		move(entries, parent, at);
		at = parent;
	}
	put(entries, at, key, age, voxel);
}

/** Takes the first voxel; the heap must not be empty. */
export function pop(heap: Heap): number {
	const { entries } = heap;
	const first = entries[2] ?? 0;
	const size = --heap.size;
	const last = 4 * size;
	const key = entries[last] ?? 0;
	const age = entries[last + 1] ?? 0;
	let at = 0;
	for (let child = 1; child < size; child = 2 * at + 1) {
		const other = child + 1;
		if (other < size && isBefore(entries[4 * other] ?? 0, entries[4 * other + 1] ?? 0, entries, child)) child = other;
		if (!isBefore(entries[4 * child] ?? 0, entries[4 * child + 1] ?? 0, entries, size)) break;
		move(entries, child, at);
		at = child;
	}
	put(entries, at, key, age, entries[last + 2] ?? 0);
	return first;
}

/** How a flood goes on from a heap. */
export type HeapFlood = {
	/** Whether a voxel that lies lower than the level counts as lying at the level. */
	readonly isRising: boolean;
	/** Counts the voxels that entered the heap. */
	age: number;
	/** The level of the flood. */
	level: number;
};

/** Takes up to `count` voxels out of the heap and floods their neighbours. */
export function floodFromHeap(plain: Plain, heap: Heap, flood: HeapFlood, count: number): void {
	for (let i = 0; i < count && heap.size > 0; i++) {
		flood.level = heap.entries[0] ?? 0;
		floodAround(plain, heap, flood, pop(heap));
	}
}

function floodAround(plain: Plain, heap: Heap, flood: HeapFlood, at: number): void {
	const label = plain.cells[at] ?? 0;
	const offsets = neighboursOf(plain, at);
	for (let n = 0; n < offsets.length; n++) {
		const to = at + (offsets[n] ?? 0);
		if (!isOpen(plain.open, to)) continue;
		const key = flooded(plain, to, label);
		push(heap, flood.isRising ? Math.max(flood.level, key) : key, ++flood.age, to);
	}
}

function isBefore(key: number, age: number, entries: Int32Array, at: number): boolean {
	const other = entries[4 * at] ?? 0;
	return key < other || (key === other && age < (entries[4 * at + 1] ?? 0));
}

function move(entries: Int32Array, from: number, to: number): void {
	entries[4 * to] = entries[4 * from] ?? 0;
	entries[4 * to + 1] = entries[4 * from + 1] ?? 0;
	entries[4 * to + 2] = entries[4 * from + 2] ?? 0;
}

function put(entries: Int32Array, at: number, key: number, age: number, voxel: number): void {
	entries[4 * at] = key;
	entries[4 * at + 1] = age;
	entries[4 * at + 2] = voxel;
}

function grow(heap: Heap): void {
	const entries = new Int32Array(2 * heap.entries.length);
	entries.set(heap.entries);
	heap.entries = entries;
}
