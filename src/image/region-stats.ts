/**
 * Statistics of the objects of a box: how many voxels, where, how much surface.
 *
 * Rows are taken run by run (neighbours along x with one label). Of faces those are counted that are not exposed: a voxel has
 * two across each axis, and a pair of neighbours of one object hides two.
 *
 * @module
 */
import { asZyx, type Shape, shapeText, sizeOf, type Zyx } from "../core/shape.ts";
import { emptyRegions, type RegionTable } from "./region-table.ts";
import { entriesOf } from "./relabel.ts";

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
	const [depth, height] = extent;
	for (let z = 0; z < depth; z++) {
		for (let y = 0; y < height; y++) countRow(count, numbers, extent, z, y);
	}
	return count.table;
}

/** The runs of row `y` of section `z`. */
function countRow(count: Count, numbers: Uint32Array, [, height, width]: Zyx, z: number, y: number): void {
	const { slots } = count;
	const { faces } = count.table;
	const row = (z * height + y) * width;
	const end = row + width;
	let at = row;
	while (at < end) {
		const number = numbers[at] ?? 0;
		const from = at;
		do at++;
		while (at < end && numbers[at] === number);
		if (number === 0) continue;
		const slot = slots[number] ?? 0;
		countRun(count, slot, z, y, from - row, at - row, row);
		const behind = z === 0 ? 0 : alike(numbers, from, at, height * width, number);
		const above = y === 0 ? 0 : alike(numbers, from, at, width, number);
		faces[3 * slot] = (faces[3 * slot] ?? 0) + 2 * (at - from - behind);
		faces[3 * slot + 1] = (faces[3 * slot + 1] ?? 0) + 2 * (at - from - above);
		faces[3 * slot + 2] = (faces[3 * slot + 2] ?? 0) + 2;
	}
}

/** How many of the voxels `stride` before those from `from` up to `to` have this number. */
function alike(numbers: Uint32Array, from: number, to: number, stride: number, number: number): number {
	let count = 0;
	for (let at = from - stride; at < to - stride; at++) count += numbers[at] === number ? 1 : 0;
	return count;
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
