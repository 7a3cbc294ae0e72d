/**
 * Random arrays for tests.
 *
 * @module
 */
import { bytesOf, type NdArray, zeros } from "../../src/core/array.ts";
import type { DType } from "../../src/core/dtype.ts";
import type { Shape } from "../../src/core/shape.ts";

/** Random content: every bit pattern, so floats hold NaN and infinities too. */
export function noise(dtype: DType, shape: Shape, seed: number): NdArray {
	const array = zeros(dtype, shape);
	const bytes = bytesOf(array);
	let state = (seed * 2654435761 + 12345) >>> 0;
	for (let i = 0; i < bytes.length; i++) {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		bytes[i] = state >>> 24;
	}
	return array;
}
