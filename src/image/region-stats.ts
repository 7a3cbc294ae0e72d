/**
 * Statistics of the objects of a box: how many voxels, where, how much surface.
 *
 * Rows are taken run by run (neighbours along x with one label), faces pair by pair.
 *
 * @module
 */
import { asZyx, type Shape, shapeText, sizeOf, type Zyx } from "../core/shape.ts";
import { emptyRegions, type RegionTable } from "./region-table.ts";
import { smallNumbers } from "./relabel.ts";

export { hideFaces, mergeRegions, type RegionTable, slotOf } from "./region-table.ts";

/** Values are summed in steps of 2^-20, so that sums are exact (below 2^33) and do not depend on the order. */
const STEPS = 1 << 20;

/** What a run of equal labels is counted into. */
type Count = {
	readonly table: RegionTable;
	/** The entry of each number; -1 of the background. */
	readonly slots: Int32Array;
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
	const { numbers, ids, slots } = entriesOf(labels);
	const count: Count = { table: emptyRegions(ids), slots, origin, whole, values, classes };
	const [depth, height, width] = extent;
	for (let z = 0; z < depth; z++) {
		for (let y = 0; y < height; y++) countRow(count, numbers, z, y, (z * height + y) * width, width);
	}
	countFaces(count, numbers, 0, 0, height * width, depth * height * width);
	for (let z = 0; z < depth; z++) countFaces(count, numbers, 1, z * height * width, width, height * width);
	return count.table;
}

/** The runs of the row `y` of section `z`, whose voxels lie from `row` on. */
function countRow(count: Count, numbers: Uint32Array, z: number, y: number, row: number, width: number): void {
	const end = row + width;
	let at = row;
	while (at < end) {
		const number = numbers[at] ?? 0;
		const from = at;
		do at++;
		while (at < end && numbers[at] === number);
		if (number !== 0) countRun(count, count.slots[number] ?? 0, z, y, from - row, at - row, row);
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
	table.faces[3 * slot + 2] = (table.faces[3 * slot + 2] ?? 0) + 2; // a run differs from what is before and behind it
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

/**
 * Counts faces across `axis` in the `length` voxels from `start` on, which make rows or sections of `stride` voxels: for every
 * pair of neighbours of different objects a face on both sides, and those of the first and the last.
 */
function countFaces(
	{ table: { faces }, slots }: Count,
	numbers: Uint32Array,
	axis: 0 | 1,
	start: number,
	stride: number,
	length: number,
): void {
	const end = start + length;
	for (let at = start; at < start + stride; at++) addFace(faces, slots[numbers[at] ?? 0] ?? -1, axis);
	for (let at = end - stride; at < end; at++) addFace(faces, slots[numbers[at] ?? 0] ?? -1, axis);
	for (let at = start + stride; at < end; at++) {
		const here = numbers[at] ?? 0;
		const before = numbers[at - stride] ?? 0;
		if (here === before) continue;
		addFace(faces, slots[here] ?? -1, axis);
		addFace(faces, slots[before] ?? -1, axis);
	}
}

function addFace(faces: Float64Array, slot: number, axis: number): void {
	if (slot >= 0) faces[3 * slot + axis] = (faces[3 * slot + axis] ?? 0) + 1;
}

/** The labels that are there, ascending; small numbers for the voxels' labels, and the entry of each number. */
function entriesOf(labels: Uint32Array): {
	readonly numbers: Uint32Array;
	readonly ids: Uint32Array<ArrayBuffer>;
	readonly slots: Int32Array;
} {
	const { numbers, largest, original } = smallNumbers(labels);
	const isThere = new Uint8Array(largest + 1);
	for (let i = 0; i < numbers.length; i++) isThere[numbers[i] ?? 0] = 1;
	const found = Array.from(isThere.keys()).filter((number) => number !== 0 && isThere[number] === 1);
	found.sort((a, b) => original(a) - original(b));
	const slots = new Int32Array(largest + 1).fill(-1);
	for (const [slot, number] of found.entries()) slots[number] = slot;
	return { numbers, ids: Uint32Array.from(found, original), slots };
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
