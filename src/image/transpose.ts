/**
 * Axes of dense arrays in another order.
 *
 * @module
 */
import { bytesOf, type NdArray, ndarray } from "../core/array.ts";
import { allocate, DTYPES, type DType } from "../core/dtype.ts";
import { type Shape, stridesOf } from "../core/shape.ts";

/** Elements as unsigned words: eight bytes are two words of an axis of their own, so that no value is changed. */
type Words = Uint8Array | Uint16Array | Uint32Array;

/**
 * `array` with axis `axes[i]` of the source as axis `i` of the result (numpy's `transpose`), C-ordered.
 * The same array where nothing moves.
 *
 * @throws RangeError where `axes` is not a permutation of the array's axes
 */
export function transpose<D extends DType>(array: NdArray<D>, axes: readonly number[]): NdArray<D> {
	const sorted = [...axes].sort((a, b) => a - b);
	if (axes.length !== array.shape.length || sorted.some((axis, i) => axis !== i)) {
		throw new RangeError(`transpose: [${axes.join(", ")}] is no order of ${array.shape.length} axes`);
	}
	if (axes.every((axis, i) => axis === i)) return array;
	const shape = permuted(array.shape, axes);
	const target = ndarray(array.dtype, shape, allocate(array.dtype, array.data.length));
	const pair = DTYPES[array.dtype].bytes === 8 ? [2] : [];
	const strides = permuted(stridesOf([...array.shape, ...pair]), [...axes, ...pair.map(() => axes.length)]);
	gather(wordsOf(array), wordsOf(target), [...shape, ...pair], strides);
	return target;
}

/** The order that undoes `axes`. */
export function inverseAxes(axes: readonly number[]): number[] {
	return axes.map((_, axis) => axes.indexOf(axis));
}

function permuted(values: readonly number[], axes: readonly number[]): number[] {
	return axes.map((axis) => values[axis] ?? 1);
}

function wordsOf(array: NdArray): Words {
	const bytes = bytesOf(array);
	const width = Math.min(4, DTYPES[array.dtype].bytes);
	if (width === 1) return bytes;
	const { buffer, byteOffset, byteLength } = bytes;
	return width === 2
		? new Uint16Array(buffer, byteOffset, byteLength / 2)
		: new Uint32Array(buffer, byteOffset, byteLength / 4);
}

/** Fills C-ordered `target` of `shape` with the words of `source` that lie `strides` apart; the two last axes are loops. */
function gather(source: Words, target: Words, shape: Shape, strides: readonly number[]): void {
	const rank = shape.length;
	const rows = shape[rank - 2] ?? 1;
	const columns = shape[rank - 1] ?? 1;
	const rowStride = strides[rank - 2] ?? 0;
	const columnStride = strides[rank - 1] ?? 0;
	const index = new Array<number>(Math.max(0, rank - 2)).fill(0);
	let from = 0;
	for (let to = 0; to < target.length; to += rows * columns) {
		for (let row = 0; row < rows; row++) {
			const s = from + row * rowStride;
			const t = to + row * columns;
			for (let column = 0; column < columns; column++) target[t + column] = source[s + column * columnStride] ?? 0;
		}
		from += advance(index, shape, strides);
	}
}

/** Moves `index` to the next one in C order; gives how far that is in the source. */
function advance(index: number[], shape: Shape, strides: readonly number[]): number {
	let moved = 0;
	for (let axis = index.length - 1; axis >= 0; axis--) {
		const next = (index[axis] ?? 0) + 1;
		if (next < (shape[axis] ?? 0)) {
			index[axis] = next;
			return moved + (strides[axis] ?? 0);
		}
		moved -= (next - 1) * (strides[axis] ?? 0);
		index[axis] = 0;
	}
	return moved;
}
