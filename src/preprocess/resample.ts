/**
 * Images to the spacing of the model, as its plans' `resampling_fn_data` does it.
 *
 * @module
 */
import { type NdArray, zeros } from "../core/array.ts";
import { sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { resampleVolume } from "../image/resample-volume.ts";
import type { Resampling } from "../model/spec.ts";
import { type Change, isUnchanged, planAxes } from "./resample-axes.ts";

export { resampleSegmentation } from "./resample-segmentation.ts";

/**
 * `array` (C, Z, Y, X) with the spatial extents `shape`; the same array where no extent changes, or where the model's function
 * is nnU-Net's `no_resampling_hack`. `from` and `to` are spacings (z, y, x) before and after.
 *
 * Splines are clipped to the range of each channel, or of each section where an axis is resampled by itself. Beside both
 * arrays, one channel with some of its axes resampled is held.
 */
export function resampleData(
	array: NdArray<"float32">,
	shape: Zyx,
	from: Zyx,
	to: Zyx,
	how: Resampling,
): NdArray<"float32"> {
	const before = zyx(array.shape.slice(1));
	if (how.name === "no_resampling_hack" || isUnchanged(before, shape, how)) return array;
	const change: Change = { shape: before, toShape: shape, spacing: from, toSpacing: to };
	const { axes, clip } = planAxes(change, how);
	const [channels = 0] = array.shape;
	const target = zeros("float32", [channels, ...shape]);
	const size = sizeOf(before);
	const newSize = sizeOf(shape);
	for (let channel = 0; channel < channels; channel++) {
		const source = array.data.subarray(channel * size, (channel + 1) * size);
		resampleVolume(source, before, axes, clip, target.data.subarray(channel * newSize, (channel + 1) * newSize));
	}
	return target;
}
