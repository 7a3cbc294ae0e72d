/**
 * The heap of a flood: entries by value, then by age, on typed arrays.
 *
 * A binary heap that exchanges entries exactly as scikit-image's does, so that entries of equal value and age leave it in the
 * same order.
 *
 * @module
 */

/** Entries in heap order. */
export type Heap = { size: number; values: Float32Array; ages: Uint32Array; voxels: Uint32Array };

/** An empty heap with room for `capacity` entries; it grows as it must. */
export function createHeap(capacity = 1024): Heap {
	return {
		size: 0,
		values: new Float32Array(capacity),
		ages: new Uint32Array(capacity),
		voxels: new Uint32Array(capacity),
	};
}

/** Adds a voxel. */
export function pushEntry(heap: Heap, value: number, age: number, voxel: number): void {
	if (heap.size === heap.voxels.length) grow(heap);
	const { values, ages, voxels } = heap;
	let at = heap.size++;
	while (at > 0) {
		const parent = (at - 1) >> 1;
		const other = values[parent] ?? 0;
		if (!(value < other || (value === other && age < (ages[parent] ?? 0)))) break;
		values[at] = other;
		ages[at] = ages[parent] ?? 0;
		voxels[at] = voxels[parent] ?? 0;
		at = parent;
	}
	values[at] = value;
	ages[at] = age;
	voxels[at] = voxel;
}

/** Takes the lowest voxel of the youngest age number; the heap must not be empty. */
export function pop(heap: Heap): number {
	const { values, ages, voxels } = heap;
	const first = voxels[0] ?? 0;
	const size = --heap.size;
	const value = values[size] ?? 0;
	const age = ages[size] ?? 0;
	let at = 0;
	for (let child = 1; child < size; child = 2 * at + 1) {
		if (child + 1 < size && isBefore(heap, child + 1, child)) child++;
		const other = values[child] ?? 0;
		if (!(other < value || (other === value && (ages[child] ?? 0) < age))) break;
		values[at] = other;
		ages[at] = ages[child] ?? 0;
		voxels[at] = voxels[child] ?? 0;
		at = child;
	}
	values[at] = value;
	ages[at] = age;
	voxels[at] = voxels[size] ?? 0;
	return first;
}

function isBefore({ values, ages }: Heap, a: number, b: number): boolean {
	const one = values[a] ?? 0;
	const other = values[b] ?? 0;
	return one < other || (one === other && (ages[a] ?? 0) < (ages[b] ?? 0));
}

function grow(heap: Heap): void {
	const capacity = 2 * heap.voxels.length;
	const values = new Float32Array(capacity);
	const ages = new Uint32Array(capacity);
	const voxels = new Uint32Array(capacity);
	values.set(heap.values);
	ages.set(heap.ages);
	voxels.set(heap.voxels);
	Object.assign(heap, { values, ages, voxels });
}
