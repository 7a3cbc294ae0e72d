/**
 * Splines of masks, number for number as `scipy.ndimage` works them out.
 *
 * Scores of labels are compared with each other and with 0.5, and at twice the size they are often the same but for rounding: so
 * here, unlike in `resample-lines.ts`, everything is float64 and added up in scipy's order, all taps of all axes at each voxel. It is
 * slow, and runs only where plans ask for labels by splines of order 2 and above, which nnU-Net's planners never do.
 *
 * @module
 */
import { sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { filterGain, filterLines } from "./resample-lines.ts";
import type { AxisTable } from "./resample-table.ts";
import type { AxisTables } from "./resample-volume.ts";

/** A section is no axis of what is resampled: its voxels are taken as they are. */
function section(extent: number): AxisTable {
	const start = Int32Array.from({ length: extent }, (_, k) => k);
	return { from: extent, to: extent, pad: 0, poles: [], taps: 1, start, weights: new Float64Array(extent).fill(1) };
}

/**
 * The spline, at the extents of `axes`, of the mask that is 1 where `labels` (C-ordered over `shape`) is `label`. An axis without
 * a table is one of sections: each is resampled by itself. Holds the mask continued at its borders and the result, in float64.
 */
export function labelScores(labels: Int16Array, label: number, shape: Zyx, axes: AxisTables): Float64Array {
	const [z, y, x] = [axes[0] ?? section(shape[0]), axes[1] ?? section(shape[1]), axes[2] ?? section(shape[2])];
	const tables = [z, y, x] as const;
	const padded = zyx(tables.map((table) => table.from + 2 * table.pad));
	const mask = paddedMask(labels, label, shape, tables, padded);
	filterMask(mask, padded[0], padded[1] * padded[2], z);
	const area = padded[1] * padded[2];
	for (let at = 0; at < mask.length; at += area) filterMask(mask.subarray(at, at + area), padded[1], padded[2], y);
	for (let at = 0; at < mask.length; at += padded[2]) filterMask(mask.subarray(at, at + padded[2]), padded[2], 1, x);
	const target = new Float64Array(sizeOf([z.to, y.to, x.to]));
	let to = 0;
	for (let k = 0; k < z.to; k++) {
		for (let j = 0; j < y.to; j++) {
			for (let i = 0; i < x.to; i++) target[to++] = sumTaps(mask, padded, z, k, y, j, x, i);
		}
	}
	return target;
}

type Tables = readonly [AxisTable, AxisTable, AxisTable];

function paddedMask(labels: Int16Array, label: number, shape: Zyx, [z, y, x]: Tables, padded: Zyx): Float64Array {
	const mask = new Float64Array(sizeOf(padded));
	let to = 0;
	for (let k = 0; k < padded[0]; k++) {
		for (let j = 0; j < padded[1]; j++) {
			const row = (inside(k - z.pad, shape[0]) * shape[1] + inside(j - y.pad, shape[1])) * shape[2];
			for (let i = 0; i < padded[2]; i++) mask[to++] = labels[row + inside(i - x.pad, shape[2])] === label ? 1 : 0;
		}
	}
	return mask;
}

function filterMask(lines: Float64Array, rows: number, width: number, { poles }: AxisTable): void {
	if (poles.length === 0) return;
	const gain = filterGain(poles);
	for (let i = 0; i < lines.length; i++) lines[i] = (lines[i] ?? 0) * gain;
	filterLines(lines, rows, width, poles);
}

function inside(at: number, extent: number): number {
	return Math.min(Math.max(at, 0), extent - 1);
}

function sumTaps(
	mask: Float64Array,
	padded: Zyx,
	z: AxisTable,
	k: number,
	y: AxisTable,
	j: number,
	x: AxisTable,
	i: number,
): number {
	let sum = 0;
	for (let c = 0; c < z.taps; c++) {
		const plane = ((z.start[k] ?? 0) + c) * padded[1];
		for (let b = 0; b < y.taps; b++) {
			const row = (plane + (y.start[j] ?? 0) + b) * padded[2] + (x.start[i] ?? 0);
			for (let a = 0; a < x.taps; a++) {
				const byZ = (mask[row + a] ?? 0) * (z.weights[k * z.taps + c] ?? 0);
				sum += byZ * (y.weights[j * y.taps + b] ?? 0) * (x.weights[i * x.taps + a] ?? 0);
			}
		}
	}
	return sum;
}
