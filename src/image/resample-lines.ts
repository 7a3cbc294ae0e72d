/**
 * The kernel of resampling: many lines along one axis, filtered and interpolated.
 *
 * Lines are taken in blocks: a block lies in a scratch array of float64 with the lines side by side, so that the filter,
 * which goes along a line, has many lines to work on at each step, and everything stays in the processor's cache. Any axis
 * of a C-ordered array is described by two strides.
 *
 * The filter's start and end are those of a line mirrored at its ends (`d c b a | a b c d | d c b a`), as
 * `scipy.ndimage.spline_filter` has them for `mode="nearest"`.
 *
 * @module
 */
import type { AxisTable } from "./resample-table.ts";

/** Where lines lie in an array: the first voxel of line `n` is at `at + n * across`, its next ones `along` further each. */
export type Lines = { readonly at: number; readonly along: number; readonly across: number };

/** Bytes of a block of lines: what a core's own cache holds beside the rows it reads. */
const BLOCK_BYTES = 384 * 1024;

/** Lines of a block. */
const MIN_WIDTH = 8;
const MAX_WIDTH = 256;

/** Powers of a pole below this change nothing in float64. */
const NEGLIGIBLE = 1e-18;

/** Resamples `count` lines of `source` as `table` says, into those of `target`. Source and target must be different arrays. */
export function resampleLines(
	source: Float32Array,
	from: Lines,
	target: Float32Array,
	to: Lines,
	count: number,
	table: AxisTable,
): void {
	const rows = table.from + 2 * table.pad;
	const fitting = Math.floor(BLOCK_BYTES / 8 / rows);
	const width = Math.min(count, MAX_WIDTH, Math.max(MIN_WIDTH, fitting));
	const block = scratchOf(rows * width);
	const gain = filterGain(table.poles);
	for (let line = 0; line < count; line += width) {
		const some = Math.min(width, count - line);
		const sourceAt = from.at + line * from.across;
		load(source, sourceAt, from.along, from.across, block, some, table, gain);
		filterLines(block, rows, some, table.poles);
		evaluate(block, some, table, target, to.at + line * to.across, to.along, to.across);
	}
}

let kept = new Float64Array(0);

/** The scratch array, kept between calls: nothing of it is read before it is written. */
function scratchOf(length: number): Float64Array {
	if (kept.length < length) kept = new Float64Array(length);
	return kept;
}

/** Copies lines into the block, one voxel of all of them a row, times `gain`, and continues them at both ends. */
function load(
	source: Float32Array,
	at: number,
	along: number,
	across: number,
	block: Float64Array,
	width: number,
	table: AxisTable,
	gain: number,
): void {
	const { from, pad } = table;
	let to = pad * width;
	for (let i = 0; i < from; i++) {
		let s = at + i * along;
		for (let n = 0; n < width; n++, s += across) block[to++] = (source[s] ?? 0) * gain;
	}
	const first = pad * width;
	const last = (pad + from - 1) * width;
	for (let p = 0; p < pad; p++) {
		block.copyWithin(p * width, first, first + width);
		block.copyWithin(last + (p + 1) * width, last, last + width);
	}
}

/** What voxels are multiplied by before the recursions of `poles`. */
export function filterGain(poles: readonly number[]): number {
	let gain = 1;
	for (const pole of poles) gain *= (1 - pole) * (1 - 1 / pole);
	return gain;
}

/**
 * Turns voxels, times the filter's gain, into the coefficients of their splines, in place: `rows` voxels of `width` lines that lie
 * side by side.
 */
export function filterLines(block: Float64Array, rows: number, width: number, poles: readonly number[]): void {
	for (const pole of poles) {
		startCausal(block, rows, width, pole);
		causal(block, rows, width, pole);
		anticausal(block, rows, width, pole);
	}
}

function startCausal(block: Float64Array, rows: number, width: number, pole: number): void {
	const whole = pole ** rows;
	const reach = Math.ceil(Math.log(NEGLIGIBLE) / Math.log(Math.abs(pole)));
	const factor = pole / (1 - whole * whole);
	const sums = new Float64Array(width);
	const end = (rows - 1) * width;
	for (let n = 0; n < width; n++) sums[n] = (block[n] ?? 0) + whole * (block[end + n] ?? 0);
	let power = pole;
	for (let i = 1; i < Math.min(rows, reach); i++) {
		const near = i * width;
		const far = end - near;
		for (let n = 0; n < width; n++) {
			sums[n] = (sums[n] ?? 0) + power * ((block[near + n] ?? 0) + whole * (block[far + n] ?? 0));
		}
		power *= pole;
	}
	for (let n = 0; n < width; n++) block[n] = (sums[n] ?? 0) * factor + (block[n] ?? 0);
}

function causal(block: Float64Array, rows: number, width: number, pole: number): void {
	for (let i = width; i < rows * width; i++) block[i] = (block[i] ?? 0) + pole * (block[i - width] ?? 0);
}

function anticausal(block: Float64Array, rows: number, width: number, pole: number): void {
	const end = (rows - 1) * width;
	const factor = pole / (pole - 1);
	for (let n = 0; n < width; n++) block[end + n] = (block[end + n] ?? 0) * factor;
	for (let i = end - 1; i >= 0; i--) block[i] = pole * ((block[i + width] ?? 0) - (block[i] ?? 0));
}

/** Writes the outputs of a block's lines: sums of `taps` rows each. */
function evaluate(
	block: Float64Array,
	width: number,
	table: AxisTable,
	target: Float32Array,
	at: number,
	along: number,
	across: number,
): void {
	const { taps, start, weights } = table;
	for (let k = 0; k < table.to; k++) {
		const row = (start[k] ?? 0) * width;
		const to = at + k * along;
		if (taps === 4) fourTaps(block, row, width, weights, k * 4, target, to, across);
		else if (taps === 2) twoTaps(block, row, width, weights, k * 2, target, to, across);
		else anyTaps(block, row, width, weights, k * taps, taps, target, to, across);
	}
}

function fourTaps(
	block: Float64Array,
	row: number,
	width: number,
	weights: Float64Array,
	entry: number,
	target: Float32Array,
	at: number,
	across: number,
): void {
	const a = weights[entry] ?? 0;
	const b = weights[entry + 1] ?? 0;
	const c = weights[entry + 2] ?? 0;
	const d = weights[entry + 3] ?? 0;
	let to = at;
	for (let i = row; i < row + width; i++, to += across) {
		const near = b * (block[i + width] ?? 0) + c * (block[i + 2 * width] ?? 0);
		target[to] = near + (a * (block[i] ?? 0) + d * (block[i + 3 * width] ?? 0));
	}
}

function twoTaps(
	block: Float64Array,
	row: number,
	width: number,
	weights: Float64Array,
	entry: number,
	target: Float32Array,
	at: number,
	across: number,
): void {
	const a = weights[entry] ?? 0;
	const b = weights[entry + 1] ?? 0;
	let to = at;
	for (let i = row; i < row + width; i++, to += across) {
		target[to] = a * (block[i] ?? 0) + b * (block[i + width] ?? 0);
	}
}

function anyTaps(
	block: Float64Array,
	row: number,
	width: number,
	weights: Float64Array,
	entry: number,
	taps: number,
	target: Float32Array,
	at: number,
	across: number,
): void {
	let to = at;
	for (let i = row; i < row + width; i++, to += across) {
		let sum = 0;
		for (let t = 0; t < taps; t++) sum += (weights[entry + t] ?? 0) * (block[i + t * width] ?? 0);
		target[to] = sum;
	}
}
