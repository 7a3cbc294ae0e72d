/**
 * Dense C-ordered arrays with their element type, and cutting boxes out of them.
 *
 * @module
 */
import type { Box } from "./box.ts";
import { boxShape, contains, wholeBox } from "./box.ts";
import { allocate, type DataOf, DTYPES, type DType } from "./dtype.ts";
import { type Shape, shapeText, sizeOf, stridesOf } from "./shape.ts";

/** A dense C-ordered array: `data.length` is the product of `shape`. */
export type NdArray<D extends DType = DType> = {
	readonly dtype: D;
	readonly shape: Shape;
	readonly data: DataOf<D>;
};

/** An array over `data`. @throws RangeError where the length is not the product of `shape` */
export function ndarray<D extends DType>(dtype: D, shape: Shape, data: DataOf<D>): NdArray<D> {
	if (data.length !== sizeOf(shape)) {
		throw new RangeError(`an array of ${shapeText(shape)} needs ${sizeOf(shape)} elements, found ${data.length}`);
	}
	return { dtype, shape, data };
}

/** A zero-filled array. */
export function zeros<D extends DType>(dtype: D, shape: Shape): NdArray<D> {
	return { dtype, shape, data: allocate(dtype, sizeOf(shape)) };
}

/** True where `array` holds elements of `dtype`; narrows its type. */
export function hasDType<D extends DType>(array: NdArray, dtype: D): array is NdArray<D> {
	return array.dtype === dtype;
}

/** The same elements under another shape of the same size; nothing is copied. */
export function reshape<D extends DType>(array: NdArray<D>, shape: Shape): NdArray<D> {
	return ndarray(array.dtype, shape, array.data);
}

/** The bytes under an array, in the machine's order; nothing is copied. */
export function bytesOf(array: NdArray): Uint8Array {
	return new Uint8Array(array.data.buffer, array.data.byteOffset, array.data.byteLength);
}

/** A copy of the elements in `box`, which must lie inside the array. */
export function cut<D extends DType>(source: NdArray<D>, box: Box): NdArray<D> {
	const target = zeros(source.dtype, boxShape(box));
	copyBox(
		source,
		box,
		target,
		box.start.map(() => 0),
	);
	return target;
}

/**
 * Copies the elements of `box` of `source` to `target`, whose voxel `at` receives the box's first.
 * Same element type and rank; an empty box copies nothing.
 *
 * @throws RangeError where box or destination do not lie inside their arrays
 */
export function copyBox(source: NdArray, box: Box, target: NdArray, at: readonly number[]): void {
	if (source.dtype !== target.dtype) throw new TypeError(`copyBox: ${source.dtype} into ${target.dtype}`);
	const width = DTYPES[source.dtype].bytes;
	const from = bytesOf(source);
	const to = bytesOf(target);
	const shape = boxShape(box);
	if (shape.some((extent) => extent <= 0)) return;
	if (
		!contains(wholeBox(source.shape), box) ||
		!contains(wholeBox(target.shape), { start: at, stop: at.map((v, axis) => v + (shape[axis] ?? 0)) })
	) {
		throw new RangeError(
			`copyBox: [${box.start.join(", ")}] to [${box.stop.join(", ")}] of ${shapeText(source.shape)} into ${shapeText(target.shape)} at [${at.join(", ")}]`,
		);
	}
	const sourceStrides = stridesOf(source.shape);
	const targetStrides = stridesOf(target.shape);
	const run = runAxis(shape, source.shape, target.shape);
	const row = sizeOf(shape.slice(run)) * width;
	// rows along the axis before the run lie evenly apart: one loop for all of them
	const outer = Math.max(0, run - 1);
	const count = run === 0 ? 1 : (shape[outer] ?? 1);
	const sourceStep = (sourceStrides[outer] ?? 0) * width;
	const targetStep = (targetStrides[outer] ?? 0) * width;
	for (const index of rows([...shape.slice(0, outer), 1])) {
		let s = offsetOf(index, box.start, sourceStrides) * width;
		let t = offsetOf(index, at, targetStrides) * width;
		for (let n = 0; n < count; n++, s += sourceStep, t += targetStep) to.set(from.subarray(s, s + row), t);
	}
}

/** Every index of an array of `shape` whose last entry is 0, in C order; the yielded array is reused. */
export function* rows(shape: Shape): Generator<readonly number[]> {
	const index = shape.map(() => 0);
	const count = sizeOf(shape.slice(0, -1));
	for (let n = 0; n < count; n++) {
		yield index;
		for (let axis = shape.length - 2; axis >= 0; axis--) {
			index[axis] = (index[axis] ?? 0) + 1;
			if ((index[axis] ?? 0) < (shape[axis] ?? 0)) break;
			index[axis] = 0;
		}
	}
}

/** The first axis from which on a box lies in one piece in both arrays: those behind it are whole in both. */
function runAxis(box: Shape, source: Shape, target: Shape): number {
	let axis = Math.max(0, box.length - 1);
	while (axis > 0 && box[axis] === source[axis] && box[axis] === target[axis]) axis--;
	return axis;
}

function offsetOf(index: readonly number[], start: readonly number[], strides: readonly number[]): number {
	let offset = 0;
	for (let axis = 0; axis < strides.length; axis++) {
		offset += ((index[axis] ?? 0) + (start[axis] ?? 0)) * (strides[axis] ?? 0);
	}
	return offset;
}
