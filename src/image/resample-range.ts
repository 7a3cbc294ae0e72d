/**
 * Keeping results within the range of what they were made from: splines of order 2 and above swing over.
 *
 * @module
 */
import type { DataOf, NumberDType } from "../core/dtype.ts";
import type { Zyx } from "../core/shape.ts";

/** Voxels of a volume, in any type whose elements are numbers. */
type Voxels = Float32Array | DataOf<NumberDType>;

/** What has a range of its own: the whole volume, or each section across an axis. */
type Scope = "volume" | 0 | 1 | 2;

/** Smallest and largest voxel of each section; one entry for the whole volume. */
export type Ranges = { readonly low: Float32Array; readonly high: Float32Array };

/** The ranges of `data`, C-ordered over `shape`. NaN is passed over, and -0 is 0: so ranges of parts can be joined in any order. */
export function rangesOf(data: Voxels, shape: Zyx, scope: Scope): Ranges {
	const [depth, height, width] = shape;
	const count = scope === "volume" ? 1 : shape[scope];
	const low = new Float32Array(count).fill(Number.POSITIVE_INFINITY);
	const high = new Float32Array(count).fill(Number.NEGATIVE_INFINITY);
	for (let row = 0; row < depth * height; row++) {
		if (scope === 2) widenEach(data, row * width, width, low, high);
		else widen(data, row * width, width, low, high, sectionOf(row, height, scope));
	}
	for (let i = 0; i < count; i++) {
		low[i] = (low[i] ?? 0) + 0;
		high[i] = (high[i] ?? 0) + 0;
	}
	return { low, high };
}

/** Clips `data`, C-ordered over `shape`, to ranges of as many sections. */
export function clipTo(data: Float32Array, shape: Zyx, scope: Scope, { low, high }: Ranges): void {
	const [depth, height, width] = shape;
	for (let row = 0; row < depth * height; row++) {
		const section = scope === 2 ? 0 : sectionOf(row, height, scope);
		clipRow(data, row * width, width, low, high, section, scope === 2 ? 1 : 0);
	}
}

function sectionOf(row: number, height: number, scope: "volume" | 0 | 1): number {
	if (scope === "volume") return 0;
	return scope === 0 ? Math.floor(row / height) : row % height;
}

function widen(data: Voxels, at: number, width: number, low: Float32Array, high: Float32Array, section: number): void {
	let min = low[section] ?? 0;
	let max = high[section] ?? 0;
	for (let i = at; i < at + width; i++) {
		const value = data[i] ?? 0;
		if (value < min) min = value;
		if (value > max) max = value;
	}
	low[section] = min;
	high[section] = max;
}

function widenEach(data: Voxels, at: number, width: number, low: Float32Array, high: Float32Array): void {
	for (let x = 0; x < width; x++) {
		const value = data[at + x] ?? 0;
		if (value < (low[x] ?? 0)) low[x] = value;
		if (value > (high[x] ?? 0)) high[x] = value;
	}
}

/** `step` 1: each voxel has a section of its own, from `section` on; 0: all have this one. */
function clipRow(
	data: Float32Array,
	at: number,
	width: number,
	low: Float32Array,
	high: Float32Array,
	section: number,
	step: 0 | 1,
): void {
	for (let x = 0, s = section; x < width; x++, s += step) {
		const value = data[at + x] ?? 0;
		if (value < (low[s] ?? 0)) data[at + x] = low[s] ?? 0;
		else if (value > (high[s] ?? 0)) data[at + x] = high[s] ?? 0;
	}
}
