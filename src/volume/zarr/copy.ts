/**
 * Copying boxes between arrays fast where their rows are short, as they are in chunks.
 *
 * A row of 64 bytes costs more in the call that copies it than in the copying; here it is copied as words in a loop.
 *
 * @module
 */
import { bytesOf, copyBox, type NdArray, rows } from "../../core/array.ts";
import { type Box, boxShape, contains, isEmpty, wholeBox } from "../../core/box.ts";
import { DTYPES, viewAs } from "../../core/dtype.ts";
import { sizeOf, stridesOf } from "../../core/shape.ts";

/** Longer rows are copied by the engine's own routine. */
const SHORT_ROW_BYTES = 600;

type Words = Uint8Array | Uint16Array | Int32Array;

/**
 * What `copyBox` does: the elements of `box` of `source` to `target`, whose voxel `at` receives the box's first.
 *
 * @throws RangeError where box or destination do not lie inside their arrays
 */
export function copyVoxels(source: NdArray, box: Box, target: NdArray, at: readonly number[]): void {
	const shape = boxShape(box);
	const last = shape.length - 1;
	const row = (shape[last] ?? 1) * DTYPES[source.dtype].bytes;
	if (last < 1 || row > SHORT_ROW_BYTES || isEmpty(box) || !fits(source, box, target, at)) {
		copyBox(source, box, target, at);
		return;
	}
	const word = wordOf(source, target, row, box.start, at);
	const scale = DTYPES[source.dtype].bytes / word;
	const from = placed(source, box.start, word, scale);
	const to = placed(target, at, word, scale);
	const steps = { count: shape[last - 1] ?? 1, from: from.strides[last - 1] ?? 0, to: to.strides[last - 1] ?? 0 };
	for (const index of rows([...shape.slice(0, last - 1), 1])) {
		let f = from.offset;
		let t = to.offset;
		for (let axis = 0; axis < last - 1; axis++) {
			f += (index[axis] ?? 0) * (from.strides[axis] ?? 0);
			t += (index[axis] ?? 0) * (to.strides[axis] ?? 0);
		}
		copyRows(from.words, f, to.words, t, steps, row / word);
	}
}

/** An array as words, its strides in words, and the word at `start`. */
function placed(array: NdArray, start: readonly number[], word: number, scale: number) {
	const strides = stridesOf(array.shape).map((stride) => stride * scale);
	const offset = strides.reduce((sum, stride, axis) => sum + stride * (start[axis] ?? 0), 0);
	return { words: wordsOf(array, word), strides, offset };
}

type Steps = { readonly count: number; readonly from: number; readonly to: number };

/** One loop for each type of word: a loop that has seen several is several times slower. */
function copyRows(from: Words, f: number, to: Words, t: number, steps: Steps, row: number): void {
	if (from instanceof Int32Array && to instanceof Int32Array) copyLongs(from, f, to, t, steps, row);
	else if (from instanceof Uint16Array && to instanceof Uint16Array) copyShorts(from, f, to, t, steps, row);
	else if (from instanceof Uint8Array && to instanceof Uint8Array) copyOctets(from, f, to, t, steps, row);
}

function copyLongs(from: Int32Array, f: number, to: Int32Array, t: number, steps: Steps, row: number): void {
	const whole = row - (row % 4);
	const { count, from: ahead, to: along } = steps;
	for (let n = 0; n < count; n++) {
		let i = f + n * ahead;
		let o = t + n * along;
		for (const end = i + whole; i < end; i += 4, o += 4) {
			to[o] = from[i] ?? 0;
			to[o + 1] = from[i + 1] ?? 0;
			to[o + 2] = from[i + 2] ?? 0;
			to[o + 3] = from[i + 3] ?? 0;
		}
		for (const end = i + row - whole; i < end; i++, o++) to[o] = from[i] ?? 0;
	}
}

function copyShorts(from: Uint16Array, f: number, to: Uint16Array, t: number, steps: Steps, row: number): void {
	for (let n = 0; n < steps.count; n++, f += steps.from, t += steps.to) {
		for (let i = 0; i < row; i++) to[t + i] = from[f + i] ?? 0;
	}
}

function copyOctets(from: Uint8Array, f: number, to: Uint8Array, t: number, steps: Steps, row: number): void {
	for (let n = 0; n < steps.count; n++, f += steps.from, t += steps.to) {
		for (let i = 0; i < row; i++) to[t + i] = from[f + i] ?? 0;
	}
}

function fits(source: NdArray, box: Box, target: NdArray, at: readonly number[]): boolean {
	const stop = boxShape(box).map((extent, axis) => extent + (at[axis] ?? 0));
	return (
		source.dtype === target.dtype &&
		contains(wholeBox(source.shape), box) &&
		contains(wholeBox(target.shape), { start: at, stop })
	);
}

/** The widest word in which every row of both arrays begins and ends, in bytes. */
function wordOf(
	source: NdArray,
	target: NdArray,
	row: number,
	start: readonly number[],
	at: readonly number[],
): number {
	const width = DTYPES[source.dtype].bytes;
	const edges = [source.shape.at(-1) ?? 1, target.shape.at(-1) ?? 1, start.at(-1) ?? 0, at.at(-1) ?? 0];
	const offsets = [row, source.data.byteOffset, target.data.byteOffset, ...edges.map((edge) => edge * width)];
	return [4, 2].find((word) => offsets.every((offset) => offset % word === 0)) ?? 1;
}

function wordsOf(array: NdArray, word: number): Words {
	const { buffer, byteOffset, byteLength } = array.data;
	if (word === 4) return new Int32Array(buffer, byteOffset, byteLength / 4);
	return word === 2 ? new Uint16Array(buffer, byteOffset, byteLength / 2) : bytesOf(array);
}

/**
 * The elements of `box`, which may reach out of the array at its end: there they are 0. Not copied where they lie in one
 * piece already.
 */
export function cutPadded(source: NdArray, box: Box): NdArray {
	const shape = boxShape(box);
	const whole = wholeBox(source.shape);
	if (contains(whole, box) && isOnePiece(shape, source.shape)) {
		const offset = stridesOf(source.shape).reduce((sum, stride, axis) => sum + stride * (box.start[axis] ?? 0), 0);
		return { ...source, shape, data: source.data.subarray(offset, offset + sizeOf(shape)) };
	}
	const bytes = sizeOf(shape) * DTYPES[source.dtype].bytes;
	// what will be overwritten whole is not set to zeros first
	const memory = contains(whole, box) ? Buffer.allocUnsafeSlow(bytes) : new Uint8Array(bytes);
	const target = { dtype: source.dtype, shape, data: viewAs(source.dtype, memory) };
	const stop = box.stop.map((end, axis) => Math.min(end, source.shape[axis] ?? 0));
	copyVoxels(
		source,
		{ start: box.start, stop },
		target,
		shape.map(() => 0),
	);
	return target;
}

/** Axes behind the first of more than one voxel are whole. */
function isOnePiece(box: readonly number[], array: readonly number[]): boolean {
	const first = box.findIndex((extent) => extent > 1);
	return first < 0 || box.every((extent, axis) => axis <= first || extent === array[axis]);
}

/** True where every byte of `array` is 0. */
export function isZero(array: NdArray): boolean {
	const bytes = bytesOf(array);
	const lead = (4 - (bytes.byteOffset % 4)) % 4;
	const words = Math.max(0, (bytes.length - lead) >> 2);
	const middle = words === 0 ? new Int32Array() : new Int32Array(bytes.buffer, bytes.byteOffset + lead, words);
	for (let i = 0; i < middle.length; i++) if (middle[i] !== 0) return false;
	return bytes.subarray(0, lead).every((b) => b === 0) && bytes.subarray(lead + words * 4).every((b) => b === 0);
}
