/**
 * How far a volume smaller than the patch is padded, as nnU-Net pads it: centred, the odd voxel behind.
 *
 * @module
 */
import { type Shape, shapeText } from "../core/shape.ts";

/** A padded volume: `shape[i] = before[i] + size + after[i]`, in voxels. */
export type Padding = { readonly shape: number[]; readonly before: number[]; readonly after: number[] };

/**
 * Padding that makes every axis of `shape` at least as long as that of `patch` (same rank); longer axes stay.
 *
 * Mathematics: acvl_utils `pad_nd_image`, `below = d // 2`, `above = d // 2 + d % 2`.
 *
 * @throws RangeError where the ranks differ
 */
export function padToPatch(shape: Shape, patch: Shape): Padding {
	if (shape.length !== patch.length) {
		throw new RangeError(`padToPatch: a patch of ${shapeText(patch)} does not fit a volume of ${shapeText(shape)}`);
	}
	const missing = shape.map((size, axis) => Math.max(0, (patch[axis] ?? 0) - size));
	return {
		shape: shape.map((size, axis) => size + (missing[axis] ?? 0)),
		before: missing.map((d) => Math.floor(d / 2)),
		after: missing.map((d) => Math.ceil(d / 2)),
	};
}
