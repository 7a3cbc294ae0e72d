/**
 * Rows of one resampled plane, made of two planes before: linear and nearest interpolation in float64.
 *
 * A row of the source is blended from both planes and stretched along x once; an output row is blended of two such rows.
 *
 * @module
 */
import type { AxisTable } from "./resample-table.ts";

/** Along one axis, the two voxels each output is made of. A voxel of weight 0 is replaced by the other one. */
export type AxisPairs = {
	readonly low: Int32Array;
	readonly high: Int32Array;
	readonly lowWeight: Float64Array;
	readonly highWeight: Float64Array;
	/** True where the axis stays as it is. */
	readonly isSame: boolean;
};

/** Two planes of `heads` channels, [heads, height, width], and the weights by which they are blended. */
export type PlanePair = {
	readonly low: Float32Array;
	readonly high: Float32Array;
	readonly lowWeight: number;
	readonly highWeight: number;
};

/** What stays the same for all bands of a volume. */
export type BandLayout = {
	readonly heads: number;
	readonly height: number;
	readonly width: number;
	readonly y: AxisPairs;
	readonly x: AxisPairs;
};

/** The pairs of a table of one or two taps; of an axis of `extent` voxels that stays as it is where there is none. */
export function pairsOf(table: AxisTable | undefined, extent: number): AxisPairs {
	if (table === undefined)
		return singles(
			Int32Array.from({ length: extent }, (_, k) => k),
			true,
		);
	const pairs = singles(
		table.start.map((start) => start - table.pad),
		false,
	);
	if (table.taps < 2) return pairs;
	const { low, high, lowWeight, highWeight } = pairs;
	for (let k = 0; k < table.to; k++) {
		const weight = table.weights[2 * k + 1] ?? 0;
		if (weight === 0) continue;
		high[k] = Math.min((low[k] ?? 0) + 1, extent - 1);
		if (weight === 1) low[k] = high[k] ?? 0;
		lowWeight[k] = weight === 1 ? 1 : (table.weights[2 * k] ?? 0);
		highWeight[k] = weight === 1 ? 0 : weight;
	}
	return pairs;
}

/** Outputs `start <= k < stop` of an axis by themselves: their pairs count from voxel `first`, and take none from `end` on. */
export type PartOfAxis = { readonly pairs: AxisPairs; readonly first: number; readonly end: number };

/**
 * A part of an axis of `extent` voxels. With `isRow` it holds the voxel behind each first one as well, as the kernel reads it along
 * x even where its weight is 0: what a row's end looks like must not depend on where it was cut.
 */
export function partOfPairs(pairs: AxisPairs, start: number, stop: number, extent: number, isRow: boolean): PartOfAxis {
	const low = pairs.low.slice(start, stop);
	const high = pairs.high.slice(start, stop);
	let first = extent;
	let end = 0;
	const behind = isRow && !pairs.isSame ? 2 : 1;
	for (let k = 0; k < low.length; k++) {
		first = Math.min(first, low[k] ?? 0);
		end = Math.max(end, (low[k] ?? 0) + behind, (high[k] ?? 0) + 1);
	}
	const cut = {
		low: low.map((at) => at - first),
		high: high.map((at) => at - first),
		lowWeight: pairs.lowWeight.slice(start, stop),
		highWeight: pairs.highWeight.slice(start, stop),
		isSame: pairs.isSame,
	};
	return { pairs: cut, first, end: Math.min(end, extent) };
}

/** Outputs that are voxels of the source. */
function singles(low: Int32Array, isSame: boolean) {
	const lowWeight = new Float64Array(low.length).fill(1);
	return { low, high: low.slice(), lowWeight, highWeight: new Float64Array(low.length), isSame };
}

/** A row of the source, ready along z and x. */
type Row = { at: number; readonly values: Float64Array };

/** Writes rows `first <= y < first + rows` of an output plane to `values`, [heads, rows, new width]. */
export type BandWriter = (planes: PlanePair, first: number, rows: number, values: Float32Array) => void;

/** Makes the writer of a volume's bands. */
export function bandWriter(layout: BandLayout): BandWriter {
	const { heads, height, width, y, x } = layout;
	const newWidth = x.low.length;
	const blended = new Float64Array(width + 1);
	const spare: [Row, Row] = [
		{ at: -1, values: new Float64Array(newWidth) },
		{ at: -1, values: new Float64Array(newWidth) },
	];

	/** Row `at` of a head: the one there is, or made in the place of the one that is not `other`. */
	const rowAt = (planes: PlanePair, head: number, at: number, other: number): Row => {
		const [one, two] = spare;
		if (one.at === at) return one;
		if (two.at === at) return two;
		const row = one.at === other ? two : one;
		const from = (head * height + at) * width;
		blendPlanes(planes, from, width, x.isSame ? row.values : blended);
		if (!x.isSame) stretch(blended, x, row.values);
		row.at = at;
		return row;
	};

	const writeRow = (planes: PlanePair, head: number, k: number, values: Float32Array, to: number) => {
		const low = y.low[k] ?? 0;
		const high = y.high[k] ?? 0;
		const one = rowAt(planes, head, low, high);
		if (high === low) {
			values.set(one.values, to);
			return;
		}
		const two = rowAt(planes, head, high, low);
		blendRows(one.values, two.values, y.lowWeight[k] ?? 0, y.highWeight[k] ?? 0, values, to);
	};

	return (planes, first, rows, values) => {
		for (let head = 0; head < heads; head++) {
			for (const row of spare) row.at = -1;
			for (let k = 0; k < rows; k++) writeRow(planes, head, first + k, values, (head * rows + k) * newWidth);
		}
	};
}

function blendPlanes(planes: PlanePair, from: number, width: number, row: Float64Array): void {
	const { low, high, lowWeight, highWeight } = planes;
	if (highWeight === 0) {
		for (let x = 0; x < width; x++) row[x] = low[from + x] ?? 0;
		return;
	}
	for (let x = 0; x < width; x++) {
		row[x] = lowWeight * (low[from + x] ?? 0) + highWeight * (high[from + x] ?? 0);
	}
}

/** Interpolates a row along x. The row has room for one number more: the last voxel again, so that each has one behind it. */
function stretch(row: Float64Array, { low, highWeight }: AxisPairs, target: Float64Array): void {
	row[row.length - 1] = row[row.length - 2] ?? 0;
	for (let x = 0; x < low.length; x++) {
		const at = low[x] ?? 0;
		const value = row[at] ?? 0;
		target[x] = value + (highWeight[x] ?? 0) * ((row[at + 1] ?? 0) - value);
	}
}

function blendRows(
	a: Float64Array,
	b: Float64Array,
	aWeight: number,
	bWeight: number,
	target: Float32Array,
	at: number,
): void {
	for (let x = 0; x < a.length; x++) target[at + x] = aWeight * (a[x] ?? 0) + bWeight * (b[x] ?? 0);
}
