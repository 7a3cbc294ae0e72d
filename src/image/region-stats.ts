/**
 * Statistics of the objects of a box: how many voxels, where, how much surface.
 *
 * Rows are taken run by run (neighbours along x with one label), faces pair by pair.
 *
 * @module
 */
import { asZyx, type Shape, shapeText, sizeOf, type Zyx } from "../core/shape.ts";
import { emptyRegions, type RegionTable } from "./region-table.ts";

export { hideFaces, mergeRegions, type RegionTable, slotOf } from "./region-table.ts";

/** Values are summed in steps of 2^-20, so that sums are exact (below 2^33) and do not depend on the order. */
const STEPS = 1 << 20;

/** What a run of equal labels is counted into. */
type Count = {
	readonly table: RegionTable;
	readonly origin: Zyx;
	readonly whole: Zyx;
	readonly values: Float32Array | undefined;
	readonly classes: Uint8Array | Uint16Array | undefined;
};

/**
 * The objects of `labels` (C-ordered over `shape`, up to three axes; 0 is background), a box that begins at `origin` of a
 * volume of shape `whole` (z, y, x; voxels). `values` (a probability) and `classes` are arrays of the same shape.
 *
 * What lies outside of the box is taken for another object: its faces are exposed (see `hideFaces`).
 *
 * @throws RangeError where lengths do not fit the shape, or the box does not lie in the volume
 */
export function regionStats(
	labels: Uint32Array,
	shape: Shape,
	origin: Zyx,
	whole: Zyx,
	values?: Float32Array,
	classes?: Uint8Array | Uint16Array,
): RegionTable {
	const extent = asZyx(shape);
	check(labels, extent, origin, whole, values, classes);
	const { ids, slots } = slotsOf(labels);
	const count: Count = { table: emptyRegions(ids), origin, whole, values, classes };
	const [depth, height, width] = extent;
	for (let z = 0; z < depth; z++) {
		for (let y = 0; y < height; y++) countRow(count, slots, z, y, (z * height + y) * width, width);
	}
	countFaces(count.table.faces, slots, extent);
	return count.table;
}

/** The runs of the row `y` of section `z`, whose voxels lie from `row` on. */
function countRow(count: Count, slots: Int32Array, z: number, y: number, row: number, width: number): void {
	let x = 0;
	while (x < width) {
		const slot = slots[row + x] ?? -1;
		const from = x;
		do x++;
		while (x < width && slots[row + x] === slot);
		if (slot >= 0) countRun(count, slot, z, y, from, x, row);
	}
}

function countRun(count: Count, slot: number, z: number, y: number, from: number, to: number, row: number): void {
	const { table, origin, whole, values, classes } = count;
	const [oz, oy, ox] = origin;
	const [depth, height, width] = whole;
	const length = to - from;
	table.voxels[slot] = (table.voxels[slot] ?? 0) + length;
	const { sums } = table;
	sums[3 * slot] = (sums[3 * slot] ?? 0) + length * (oz + z);
	sums[3 * slot + 1] = (sums[3 * slot + 1] ?? 0) + length * (oy + y);
	sums[3 * slot + 2] = (sums[3 * slot + 2] ?? 0) + (length * (2 * ox + from + to - 1)) / 2;
	widen(table.boxes, 6 * slot, oz + z, oz + z + 1);
	widen(table.boxes, 6 * slot + 1, oy + y, oy + y + 1);
	widen(table.boxes, 6 * slot + 2, ox + from, ox + to);
	if (isOuter(oz + z, oz + z + 1, depth) || isOuter(oy + y, oy + y + 1, height) || isOuter(ox + from, ox + to, width)) {
		table.touchesBorder[slot] = 1;
	}
	if (values !== undefined) {
		let sum = 0;
		for (let at = row + from; at < row + to; at++) sum += Math.round((values[at] ?? 0) * STEPS);
		table.values[slot] = (table.values[slot] ?? 0) + sum / STEPS;
	}
	if (table.firsts[slot] === Number.POSITIVE_INFINITY) {
		table.firsts[slot] = ((oz + z) * height + oy + y) * width + ox + from;
		table.classes[slot] = classes?.[row + from] ?? 0;
	}
}

/** Makes the start at `at` and the stop three behind it hold `from` to `to`. */
function widen(boxes: Uint32Array, at: number, from: number, to: number): void {
	if (from < (boxes[at] ?? 0)) boxes[at] = from;
	if (to > (boxes[at + 3] ?? 0)) boxes[at + 3] = to;
}

function isOuter(from: number, to: number, extent: number): boolean {
	return extent > 1 && (from === 0 || to === extent);
}

/** Counts, for every pair of neighbours of different objects, a face on both sides; and those on the sides of the box. */
function countFaces(faces: Float64Array, slots: Int32Array, extent: Zyx): void {
	const [, height, width] = extent;
	const strides = [height * width, width, 1];
	for (let axis = 0; axis < 3; axis++) {
		const stride = strides[axis] ?? 1;
		const length = (extent[axis] ?? 1) * stride;
		for (let start = 0; start < slots.length; start += length) {
			countLines(faces, slots, axis, stride, start, start + length);
		}
	}
}

/** Faces across `axis` of the lines along it that lie from `start` to `end`, a voxel every `stride`. */
function countLines(
	faces: Float64Array,
	slots: Int32Array,
	axis: number,
	stride: number,
	start: number,
	end: number,
): void {
	for (let at = start; at < start + stride; at++) addFace(faces, slots[at] ?? -1, axis);
	for (let at = end - stride; at < end; at++) addFace(faces, slots[at] ?? -1, axis);
	for (let at = start + stride; at < end; at++) {
		const here = slots[at] ?? -1;
		const before = slots[at - stride] ?? -1;
		if (here === before) continue;
		addFace(faces, here, axis);
		addFace(faces, before, axis);
	}
}

function addFace(faces: Float64Array, slot: number, axis: number): void {
	if (slot >= 0) faces[3 * slot + axis] = (faces[3 * slot + axis] ?? 0) + 1;
}

/** The labels that are there, ascending, and the entry of each voxel's label among them; -1 is background. */
function slotsOf(labels: Uint32Array): { readonly ids: Uint32Array<ArrayBuffer>; readonly slots: Int32Array } {
	const ids = presentIn(labels);
	const slotOfId = lookup(ids);
	const slots = new Int32Array(labels.length);
	// labels lie in runs: each is looked up once a run
	let [last, slot] = [0, -1];
	for (let i = 0; i < slots.length; i++) {
		const label = labels[i] ?? 0;
		if (label !== last) [last, slot] = [label, slotOfId(label)];
		slots[i] = slot;
	}
	return { ids, slots };
}

/** The labels that are there but for 0, ascending. */
function presentIn(labels: Uint32Array): Uint32Array<ArrayBuffer> {
	const seen = new Set<number>();
	let last = 0;
	for (let i = 0; i < labels.length; i++) {
		const label = labels[i] ?? 0;
		if (label !== last) seen.add(label);
		last = label;
	}
	seen.delete(0);
	return Uint32Array.from(seen).sort();
}

/** Ids up to this are looked up in an array (4 MiB at most). */
const DENSE = 1 << 20;

/** The entry of an id among `ids`, which ascend; -1 for 0. */
function lookup(ids: Uint32Array): (id: number) => number {
	const highest = ids.at(-1) ?? 0;
	if (highest < DENSE) {
		const slots = new Int32Array(highest + 1).fill(-1);
		for (const [slot, id] of ids.entries()) slots[id] = slot;
		return (id) => slots[id] ?? -1;
	}
	const slots = new Map<number, number>();
	for (const [slot, id] of ids.entries()) slots.set(id, slot);
	return (id) => slots.get(id) ?? -1;
}

function check(
	labels: Uint32Array,
	extent: Zyx,
	origin: Zyx,
	whole: Zyx,
	values: Float32Array | undefined,
	classes: Uint8Array | Uint16Array | undefined,
): void {
	const size = sizeOf(extent);
	for (const array of [labels, values, classes]) {
		if (array === undefined || array.length === size) continue;
		throw new RangeError(`regionStats: expected arrays of ${shapeText(extent)}, found one of ${array.length} voxels`);
	}
	const isInside = origin.every((start, axis) => start >= 0 && start + (extent[axis] ?? 0) <= (whole[axis] ?? 0));
	if (isInside) return;
	throw new RangeError(
		`regionStats: a box of ${shapeText(extent)} at ${origin.join(", ")} does not lie in a volume of ${shapeText(whole)}`,
	);
}
