/**
 * Median filter of masks: whether at least half of a box is set, by sums that run along one axis after the other.
 *
 * @module
 */
import type { Zyx } from "../core/shape.ts";
import { mirroredPlaces } from "./mirrored-places.ts";

/** As `median`, of values that are 0 or 1; C-ordered over `extent`. */
export function medianOfBits(mask: Uint8Array, extent: Zyx, size: Zyx): Uint8Array<ArrayBuffer> {
	const [depth, height, width] = extent;
	const counts = new Int32Array(mask);
	sumRows(counts, width, size[2]);
	sumLines(counts, height, width, size[1]);
	sumLines(counts, depth, width * height, size[0]);
	const all = size[0] * size[1] * size[2];
	const enough = all - (all >> 1);
	const out = new Uint8Array(mask.length);
	for (let i = 0; i < out.length; i++) out[i] = (counts[i] ?? 0) >= enough ? 1 : 0;
	return out;
}

/** Replaces each value by the sum over `size` voxels along x. */
function sumRows(counts: Int32Array, width: number, size: number): void {
	const places = mirroredPlaces(width, size);
	const before = new Int32Array(places.length);
	for (let start = 0; start < counts.length; start += width) {
		for (let i = 0; i < before.length; i++) before[i] = counts[start + (places[i] ?? 0)] ?? 0;
		let sum = 0;
		for (let i = 0; i < size - 1; i++) sum += before[i] ?? 0;
		for (let x = 0; x < width; x++) {
			sum += before[x + size - 1] ?? 0;
			counts[start + x] = sum;
			sum -= before[x] ?? 0;
		}
	}
}

/** The same along an axis whose voxels lie `stride` apart. */
function sumLines(counts: Int32Array, length: number, stride: number, size: number): void {
	if (size === 1) return;
	const together = Math.min(stride, 64);
	const lines: Lines = {
		places: mirroredPlaces(length, size),
		stride,
		before: new Int32Array(length * together),
		sums: new Int32Array(together),
	};
	for (let base = 0; base < counts.length; base += length * stride) {
		for (let from = 0; from < stride; from += together) {
			sumTogether(counts, base + from, Math.min(together, stride - from), lines);
		}
	}
}

/** Lines that are summed up together. */
type Lines = {
	readonly places: Int32Array;
	readonly stride: number;
	/** Their values, a row of all lines after the other. */
	readonly before: Int32Array;
	/** The sum of each line. */
	readonly sums: Int32Array<ArrayBuffer>;
};

function sumTogether(counts: Int32Array, from: number, columns: number, lines: Lines): void {
	const { places, stride, before, sums } = lines;
	const length = before.length / sums.length;
	const ahead = places.length - length;
	for (let i = 0; i < length; i++) {
		const start = from + i * stride;
		before.set(counts.subarray(start, start + columns), i * sums.length);
	}
	sums.fill(0);
	for (let i = 0; i < ahead; i++) addRow(sums, before, places[i] ?? 0);
	for (let i = 0; i < length; i++) {
		addRow(sums, before, places[i + ahead] ?? 0);
		counts.set(sums.subarray(0, columns), from + i * stride);
		takeRow(sums, before, places[i] ?? 0);
	}
}

function addRow(sums: Int32Array, rows: Int32Array, row: number): void {
	const start = row * sums.length;
	for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (rows[start + i] ?? 0);
}

function takeRow(sums: Int32Array, rows: Int32Array, row: number): void {
	const start = row * sums.length;
	for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) - (rows[start + i] ?? 0);
}
