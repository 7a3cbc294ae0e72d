/**
 * Statistics of objects (`RegionTable`) as columns, and the merging of those of blocks into one table of the volume.
 *
 * All numbers are whole, extremes, or sums of fixed steps: the table does not depend on the blocks or their order.
 *
 * @module
 */
import { emptyRegions, type RegionTable } from "../../image/region-table.ts";
import { type Columns, float64Column, uint32Column } from "./packed-tables.ts";
import type { Seam } from "./seam-columns.ts";

/** Bytes of an object in the table. */
export const BYTES_PER_OBJECT = 4 + 8 + 24 + 24 + 8 + 24 + 1 + 2 + 8;

/** A table as columns. */
export function columnsOfRegions(table: RegionTable): Columns {
	const { ids, voxels, boxes, sums, values, faces, touchesBorder, classes, firsts } = table;
	return { ids, voxels, boxes, sums, values, faces, touchesBorder, classes, firsts };
}

/** A table from columns. @throws RangeError where one is missing */
export function regionsIn(columns: Columns): RegionTable {
	const { touchesBorder, classes } = columns;
	if (!(touchesBorder instanceof Uint8Array && classes instanceof Uint16Array)) {
		throw new RangeError("expected the columns touchesBorder and classes");
	}
	const ids = uint32Column(columns, "ids");
	const numbers = (name: string) => float64Column(columns, name);
	return {
		count: ids.length,
		ids,
		voxels: numbers("voxels"),
		boxes: uint32Column(columns, "boxes"),
		sums: numbers("sums"),
		values: numbers("values"),
		faces: numbers("faces"),
		touchesBorder,
		classes,
		firsts: numbers("firsts"),
	};
}

/** A table of the objects 1 to `count`, without voxels so far. */
export function tableOf(count: number): RegionTable {
	return emptyRegions(Uint32Array.from({ length: count }, (_, n) => n + 1));
}

/** Adds the pieces of a block to the objects they belong to: `idOf` gives the object of a label of the block, 0 for none. */
export function addRegions(to: RegionTable, part: RegionTable, idOf: (label: number) => number): void {
	for (let i = 0; i < part.count; i++) {
		const id = idOf(part.ids[i] ?? 0);
		if (id !== 0) addEntry(to, id - 1, part, i);
	}
}

/** Takes away the faces between pieces of one object that meet at a seam: a side each. */
export function hideSeams(to: RegionTable, seams: readonly Seam[], idOf: (label: number) => number): void {
	for (const { axis, pairs } of seams) {
		for (let n = 0; n < pairs.here.length; n++) {
			const id = idOf(pairs.here[n] ?? 0);
			if (id === 0) continue;
			const at = 3 * (id - 1) + axis;
			to.faces[at] = (to.faces[at] ?? 0) - 2 * (pairs.faces[n] ?? 0);
		}
	}
}

function addEntry(to: RegionTable, slot: number, part: RegionTable, i: number): void {
	add(to.voxels, slot, part.voxels, i);
	add(to.values, slot, part.values, i);
	for (let axis = 0; axis < 3; axis++) {
		add(to.sums, 3 * slot + axis, part.sums, 3 * i + axis);
		add(to.faces, 3 * slot + axis, part.faces, 3 * i + axis);
		const [start, from] = [6 * slot + axis, 6 * i + axis];
		to.boxes[start] = Math.min(to.boxes[start] ?? 0, part.boxes[from] ?? 0);
		to.boxes[start + 3] = Math.max(to.boxes[start + 3] ?? 0, part.boxes[from + 3] ?? 0);
	}
	to.touchesBorder[slot] = (to.touchesBorder[slot] ?? 0) | (part.touchesBorder[i] ?? 0);
	if ((part.firsts[i] ?? 0) >= (to.firsts[slot] ?? 0)) return;
	to.firsts[slot] = part.firsts[i] ?? 0;
	to.classes[slot] = part.classes[i] ?? 0;
}

function add(sums: Float64Array, at: number, more: Float64Array, from: number): void {
	sums[at] = (sums[at] ?? 0) + (more[from] ?? 0);
}
