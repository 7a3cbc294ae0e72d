/**
 * Statistics of objects as columns, one entry an object, that can be merged: those of a volume's blocks make those of the
 * volume, exactly and in any order, because all are whole numbers, extremes, or sums of fixed steps.
 *
 * Invariant: `ids` ascend without repetition.
 *
 * @module
 */
import { entriesOf } from "./relabel.ts";

/** One entry an object. Coordinates are voxels of the whole volume, z, y, x. */
export type RegionTable = {
	readonly count: number;
	/** Ascending; never 0. */
	readonly ids: Uint32Array<ArrayBuffer>;
	readonly voxels: Float64Array<ArrayBuffer>;
	/** Six an entry: start z, y, x, then stop z, y, x (half open). */
	readonly boxes: Uint32Array<ArrayBuffer>;
	/** Three an entry: sums of z, y, x over the voxels; divided by `voxels` they are the centroid. */
	readonly sums: Float64Array<ArrayBuffer>;
	/** Sums of the values (a probability), each rounded to steps of 2^-20; 0 where no values were given. */
	readonly values: Float64Array<ArrayBuffer>;
	/** Three an entry: exposed faces of voxels across z, y, x, towards anything that is not this object. */
	readonly faces: Float64Array<ArrayBuffer>;
	/** 1 where a voxel lies on the first or last plane of an axis of the whole volume that has more than one plane. */
	readonly touchesBorder: Uint8Array<ArrayBuffer>;
	/** The class of the first voxel; 0 where no classes were given. */
	readonly classes: Uint16Array<ArrayBuffer>;
	/** Linear index (C order, z, y, x) of the first voxel in the whole volume. */
	readonly firsts: Float64Array<ArrayBuffer>;
};

/** A table of as many objects without voxels as there are `ids`. */
export function emptyRegions(ids: Uint32Array<ArrayBuffer>): RegionTable {
	const count = ids.length;
	const boxes = new Uint32Array(6 * count);
	for (let i = 0; i < count; i++) boxes.fill(0xffffffff, 6 * i, 6 * i + 3);
	return {
		count,
		ids,
		voxels: new Float64Array(count),
		boxes,
		sums: new Float64Array(3 * count),
		values: new Float64Array(count),
		faces: new Float64Array(3 * count),
		touchesBorder: new Uint8Array(count),
		classes: new Uint16Array(count),
		firsts: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
	};
}

/**
 * The objects of `tables` under new ids: the object `id` becomes `map[id]`, those with the same new id become one, those of
 * 0 are dropped. Without `map` ids stay, and equal ids of several tables become one.
 *
 * `faces` are summed: faces between two pieces of one object are still counted in each; `hideFaces` takes them away.
 *
 * @throws RangeError where `map` has no entry for an id
 */
export function mergeRegions(tables: RegionTable | readonly RegionTable[], map?: Uint32Array): RegionTable {
	const parts = "ids" in tables ? [tables] : tables;
	const newIds = new Uint32Array(parts.reduce((sum, { count }) => sum + count, 0));
	let at = 0;
	for (const { ids } of parts) {
		for (let i = 0; i < ids.length; i++) newIds[at++] = newId(map, ids[i] ?? 0);
	}
	const { ids, numbers, slots } = entriesOf(newIds);
	const merged = emptyRegions(ids);
	at = 0;
	for (const part of parts) {
		for (let i = 0; i < part.count; i++, at++) {
			const slot = slots[numbers[at] ?? 0] ?? -1;
			if (slot >= 0) addEntry(merged, slot, part, i);
		}
	}
	return merged;
}

/**
 * Takes `count` faces across `axis` (0, 1, 2: z, y, x) from object `id` of `table`, in place: two for each pair of
 * neighbours that lie in different pieces of it. Nothing where the table has no such object.
 */
export function hideFaces(table: RegionTable, id: number, axis: 0 | 1 | 2, count: number): void {
	const slot = slotOf(table, id);
	if (slot >= 0) table.faces[3 * slot + axis] = (table.faces[3 * slot + axis] ?? 0) - count;
}

/** The entry of object `id`; -1 where there is none. */
export function slotOf({ ids }: RegionTable, id: number): number {
	let low = 0;
	let high = ids.length - 1;
	while (low <= high) {
		const middle = (low + high) >>> 1;
		const found = ids[middle] ?? 0;
		if (found === id) return middle;
		if (found < id) low = middle + 1;
		else high = middle - 1;
	}
	return -1;
}

function newId(map: Uint32Array | undefined, id: number): number {
	if (map === undefined) return id;
	const found = map[id];
	if (found === undefined) throw new RangeError(`mergeRegions: the map of ${map.length} entries has none for ${id}`);
	return found;
}

/** Adds entry `i` of `part` to entry `slot` of `to`. */
function addEntry(to: RegionTable, slot: number, part: RegionTable, i: number): void {
	const add = (sum: Float64Array, at: number, more: Float64Array, from: number) => {
		sum[at] = (sum[at] ?? 0) + (more[from] ?? 0);
	};
	add(to.voxels, slot, part.voxels, i);
	add(to.values, slot, part.values, i);
	for (let axis = 0; axis < 3; axis++) {
		add(to.sums, 3 * slot + axis, part.sums, 3 * i + axis);
		add(to.faces, 3 * slot + axis, part.faces, 3 * i + axis);
		const start = 6 * slot + axis;
		const from = 6 * i + axis;
		to.boxes[start] = Math.min(to.boxes[start] ?? 0, part.boxes[from] ?? 0);
		to.boxes[start + 3] = Math.max(to.boxes[start + 3] ?? 0, part.boxes[from + 3] ?? 0);
	}
	to.touchesBorder[slot] = (to.touchesBorder[slot] ?? 0) | (part.touchesBorder[i] ?? 0);
	if ((part.firsts[i] ?? 0) < (to.firsts[slot] ?? 0)) {
		to.firsts[slot] = part.firsts[i] ?? 0;
		to.classes[slot] = part.classes[i] ?? 0;
	}
}
