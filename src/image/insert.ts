/**
 * A box of voxels put into a larger array: crops and paddings undone.
 *
 * @module
 */
import { copyBox, type NdArray, zeros } from "../core/array.ts";
import { wholeBox } from "../core/box.ts";
import type { DType } from "../core/dtype.ts";
import { toHalf } from "../core/float16.ts";
import { type Shape, shapeText, sizeOf } from "../core/shape.ts";

/**
 * An array of `shape` that holds `array` from voxel `at` on and `fill` elsewhere: one value, or one for each entry of
 * the first axis (channels outside a crop: background 1, the others 0).
 *
 * @throws RangeError where `array` does not lie inside
 */
export function insertBox<D extends DType>(
	array: NdArray<D>,
	at: readonly number[],
	shape: Shape,
	fill: number | readonly number[] = 0,
): NdArray<D> {
	const inside = shape.every((size, axis) => {
		const from = at[axis] ?? -1;
		return from >= 0 && from + (array.shape[axis] ?? 0) <= size;
	});
	if (!inside || array.shape.length !== shape.length || at.length !== shape.length) {
		throw new RangeError(
			`insertBox: ${shapeText(array.shape)} at [${at.join(", ")}] does not lie in ${shapeText(shape)}`,
		);
	}
	const target = zeros(array.dtype, shape);
	fillArray(target, typeof fill === "number" ? [fill] : fill);
	copyBox(array, wholeBox(array.shape), target, at);
	return target;
}

/** Fills equal parts of `target` along its first axis with one value each. */
function fillArray(target: NdArray, values: readonly number[]): void {
	const part = sizeOf(target.shape) / values.length;
	if (!Number.isSafeInteger(part)) {
		throw new RangeError(`insertBox: ${values.length} fill values for ${shapeText(target.shape)}`);
	}
	for (const [i, value] of values.entries()) {
		if (value !== 0) fillRange(target, value, i * part, (i + 1) * part);
	}
}

function fillRange({ data, dtype }: NdArray, value: number, from: number, to: number): void {
	if (data instanceof BigUint64Array || data instanceof BigInt64Array) data.fill(BigInt(value), from, to);
	else data.fill(dtype === "float16" ? toHalf(value) : value, from, to);
}
