/**
 * Chosen output channels: clean-up to 0 and 1, scaling, and rounding to the element type that is written.
 *
 * Order: threshold, small objects, holes, scale, type.
 *
 * @module
 */
import { type NdArray, ndarray } from "../core/array.ts";
import type { Shape } from "../core/shape.ts";
import { quantise } from "../image/cast.ts";
import { removeSmall } from "../image/components.ts";
import { fillHoles } from "../image/fill-holes.ts";
import { threshold } from "../image/threshold.ts";

/** Clean-up of a channel: above `threshold`, without objects of fewer voxels than `removeSmall`, holes filled if asked. */
export type Binary = { readonly threshold: number; readonly removeSmall: number; readonly fillHoles: boolean };

/** Element types that channels are written in. */
export type OutputDType = "float32" | "uint8" | "uint16" | "uint32" | "int8" | "int16" | "int32";

/** Cleans one channel of a subject in place: 0 or 1 afterwards. `shape` is z, y, x; one section is treated in 2D. */
export function cleanBinary(values: Float32Array<ArrayBuffer>, shape: Shape, binary: Binary): void {
	const plane = shape[0] === 1 ? shape.slice(1) : shape;
	let mask = threshold(values, binary.threshold);
	if (binary.removeSmall > 1) mask = removeSmall(mask, plane, binary.removeSmall);
	if (binary.fillHoles) mask = fillHoles(mask, plane);
	values.set(mask);
}

/**
 * Keeps one channel of a subject within its cleaned mask, in place: 0 outside. Inside values stay, and those that the mask
 * has won (holes) are just above the threshold, so that nothing grows from them. `shape` as for `cleanBinary`.
 */
export function boundBinary(values: Float32Array<ArrayBuffer>, shape: Shape, binary: Binary): void {
	const mask = values.slice();
	cleanBinary(mask, shape, binary);
	const least = justAbove(binary.threshold);
	for (let i = 0; i < values.length; i++) values[i] = mask[i] === 0 ? 0 : Math.max(values[i] ?? 0, least);
}

/** The smallest float32 above `limit`. */
export function justAbove(limit: number): number {
	const found = Float32Array.of(limit);
	const [near = 0] = found;
	if (near > limit) return near;
	const bits = new Int32Array(found.buffer);
	if (near === 0) bits[0] = 1;
	else bits[0] = (bits[0] ?? 0) + (near > 0 ? 1 : -1);
	return found[0] ?? 0;
}

/** Scales and rounds (half to even, clamped) to `dtype`; float32 is only scaled. */
export function castChannels(
	values: Float32Array<ArrayBuffer>,
	shape: Shape,
	scale: number | undefined,
	dtype: OutputDType,
): NdArray {
	if (dtype === "float32" && scale === undefined) return ndarray("float32", shape, values);
	return { dtype, shape, data: quantise(values, scale ?? 1, dtype) };
}
