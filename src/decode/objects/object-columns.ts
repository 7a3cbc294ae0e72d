/**
 * Gathers a table of objects from statistics of pieces of a volume, in any order of pieces.
 *
 * @module
 */
import type { RegionTable } from "../../image/region-table.ts";
import { float64s, grown, uint16s, uint32s } from "./grown.ts";
import type { ObjectTable } from "./object-table.ts";

/** Columns by row; rows are numbered from 1, and entry `row - 1` of a column is the row's. */
export class ObjectColumns {
	#count = 0;
	#voxels = new Float64Array(64);
	#boxes = new Uint32Array(6 * 64);
	#sums = new Float64Array(3 * 64);
	#values = new Float64Array(64);
	#classes = new Uint16Array(64);
	#firsts = new Float64Array(64);
	#surfaces = new Float64Array(65);

	/** Sums of surfaces, by row itself (entry 0 is nobody's), with room for `count` rows. */
	surfaces(count: number): Float64Array {
		this.#grow(count);
		return this.#surfaces;
	}

	/** Adds statistics of a piece whose ids are rows. */
	add(part: RegionTable): void {
		this.#grow(part.ids.at(-1) ?? 0);
		for (let i = 0; i < part.count; i++) this.#addEntry((part.ids[i] ?? 1) - 1, part, i);
	}

	/** The table, its entries by ascending id; `ids` are those of the rows. */
	finish(
		ids: BigUint64Array<ArrayBuffer>,
		facts: Pick<ObjectTable, "shape" | "spacing" | "unit"> & {
			readonly hasProbability: boolean;
			readonly hasClasses: boolean;
			readonly hasSurfaces: boolean;
		},
	): ObjectTable {
		const { hasProbability, hasClasses, hasSurfaces, ...rest } = facts;
		const order = ascending(ids);
		const surfaces = this.#surfaces.subarray(1);
		return {
			...rest,
			count: ids.length,
			ids: BigUint64Array.from(order, (row) => ids[row] ?? 0n),
			voxels: taken(this.#voxels, order, 1, float64s),
			boxes: taken(this.#boxes, order, 6, uint32s),
			sums: taken(this.#sums, order, 3, float64s),
			surfaces: hasSurfaces ? taken(surfaces, order, 1, float64s) : undefined,
			probabilities: hasProbability ? taken(this.#values, order, 1, float64s) : undefined,
			classes: hasClasses ? taken(this.#classes, order, 1, uint16s) : undefined,
		};
	}

	#grow(count: number): void {
		if (count <= this.#count) return;
		this.#voxels = grown(this.#voxels, count, float64s);
		this.#boxes = grown(this.#boxes, 6 * count, uint32s);
		this.#sums = grown(this.#sums, 3 * count, float64s);
		this.#values = grown(this.#values, count, float64s);
		this.#classes = grown(this.#classes, count, uint16s);
		this.#firsts = grown(this.#firsts, count, float64s);
		this.#surfaces = grown(this.#surfaces, count + 1, float64s);
		this.#count = count;
	}

	#addEntry(row: number, part: RegionTable, i: number): void {
		const isNew = this.#voxels[row] === 0;
		const first = part.firsts[i] ?? 0;
		if (isNew || first < (this.#firsts[row] ?? 0)) {
			this.#firsts[row] = first;
			this.#classes[row] = part.classes[i] ?? 0;
		}
		addTo(this.#voxels, row, part.voxels[i]);
		addTo(this.#values, row, part.values[i]);
		for (let axis = 0; axis < 3; axis++) {
			addTo(this.#sums, 3 * row + axis, part.sums[3 * i + axis]);
			widen(this.#boxes, 6 * row + axis, part.boxes, 6 * i + axis, isNew);
		}
	}
}

function addTo(column: Float64Array, at: number, more: number | undefined): void {
	column[at] = (column[at] ?? 0) + (more ?? 0);
}

/** Makes the start at `at`, and the stop three behind it, hold those at `from` of `part`. */
function widen(boxes: Uint32Array, at: number, part: Uint32Array, from: number, isNew: boolean): void {
	const [start, stop] = [part[from] ?? 0, part[from + 3] ?? 0];
	boxes[at] = isNew ? start : Math.min(start, boxes[at] ?? 0);
	boxes[at + 3] = Math.max(stop, boxes[at + 3] ?? 0);
}

/** Entries in the order of their ids; ids that ascend already, as those of most volumes do, are not sorted. */
function ascending(ids: BigUint64Array): Uint32Array<ArrayBuffer> {
	const order = Uint32Array.from(ids, (_, i) => i);
	const isSorted = ids.every((id, i) => i === 0 || id > (ids[i - 1] ?? 0n));
	if (isSorted) return order;
	return order.sort((a, b) => ((ids[a] ?? 0n) < (ids[b] ?? 0n) ? -1 : 1));
}

/** The entries of `order`, each of `width` numbers. */
function taken<A extends Float64Array | Uint32Array | Uint16Array>(
	column: A,
	order: Uint32Array,
	width: number,
	make: (length: number) => A,
): A {
	const out = make(width * order.length);
	for (const [i, from] of order.entries()) {
		for (let n = 0; n < width; n++) out[width * i + n] = column[width * from + n] ?? 0;
	}
	return out;
}
