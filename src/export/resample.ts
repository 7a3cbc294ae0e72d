/**
 * Logits back to the image's spacing, as the plans' `resampling_fn_probabilities` does it, without ever holding the volume where
 * that can be: planes come in, bands of rows go out.
 *
 * nnU-Net's logits are float16 here; ours are float32, and so are results.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { sameShape, shapeText, type Zyx } from "../core/shape.ts";
import { type AxisTables, type Clip, resampledExtents, resampleVolume } from "../image/resample-volume.ts";
import type { Resampling } from "../model/spec.ts";
import { type AxisPlan, planAxes } from "../preprocess/resample-axes.ts";
import type { Band, PlaneResampler } from "./resample-band.ts";
import { gatherPlanes } from "./resample-gather.ts";
import { type Receivers, streamPlanes } from "./resample-stream.ts";

export type { Band, PlaneResampler } from "./resample-band.ts";

/** What is resampled, how, and where it goes. Shapes and spacings are z, y, x. */
export type PlaneResamplerOptions = {
	readonly heads: number;
	readonly fromShape: Zyx;
	readonly toShape: Zyx;
	readonly fromSpacing: Zyx;
	readonly toSpacing: Zyx;
	readonly how: Resampling;
	readonly onBand: (band: Band) => void;
	/** Gets back every plane that was pushed, once. */
	readonly onFree: (plane: Float32Array<ArrayBuffer>) => void;
	/** Bytes of a band, 8 MiB by default. A plane that stays as it is is given out whole, without being copied. */
	readonly bandBytes?: number;
};

/** Bytes of a band where nothing is said. */
export const BAND_BYTES = 8 * 2 ** 20;

/**
 * The resampler of a case's logits. Linear and nearest interpolation hold two planes at most; splines of order 2 and above within
 * planes hold those after resampling. Splines along z, or of all three axes together, gather all planes: they hold the logits of
 * all heads, before or after resampling, whichever are more, and of one head more.
 *
 * @throws MODEL where the plans resample nothing but the shapes differ
 */
export function makePlaneResampler(options: PlaneResamplerOptions): PlaneResampler {
	const { heads, fromShape } = options;
	const receivers: Receivers = { ...options, bandBytes: options.bandBytes ?? BAND_BYTES };
	const plan = logitPlan(options);
	const { axes } = plan;
	const clip = plan.clip === "volume" && fromShape[0] === 1 ? 0 : plan.clip;
	if (isLong(axes, 0) || (clip !== "none" && clip !== 0)) return gatherPlanes(heads, fromShape, axes, clip, receivers);
	if (isLong(axes, 1) || isLong(axes, 2)) return splinePlanes(heads, fromShape, { axes, clip }, receivers);
	return streamPlanes(heads, fromShape, axes, receivers);
}

/** How each axis of the logits is resampled. @throws MODEL where the plans resample nothing but the shapes differ */
export function logitPlan({
	fromShape,
	toShape,
	fromSpacing,
	toSpacing,
	how,
}: Omit<PlaneResamplerOptions, "heads" | "onBand" | "onFree">): AxisPlan {
	if (how.name !== "no_resampling_hack") {
		return planAxes({ shape: fromShape, toShape, spacing: fromSpacing, toSpacing }, how);
	}
	if (sameShape(fromShape, toShape)) return { axes: [undefined, undefined, undefined], clip: "none" };
	throw new NnvolError(
		"MODEL",
		`the model's plans resample nothing (no_resampling_hack), but its output of ${shapeText(fromShape)} stands for an image of ${shapeText(toShape)}; resampling_fn_data and resampling_fn_probabilities in plans.json must fit each other`,
	);
}

/** True where an output of this axis is made of more than two voxels. */
export function isLong(axes: AxisTables, axis: 0 | 1 | 2): boolean {
	return (axes[axis]?.taps ?? 1) > 2;
}

/** Resamples each plane by splines as it comes, then along z. */
function splinePlanes(heads: number, shape: Zyx, { axes, clip }: AxisPlan, receivers: Receivers): PlaneResampler {
	const [z, ...plane] = axes;
	const inPlane: AxisTables = [undefined, ...plane];
	const before: Zyx = [1, shape[1], shape[2]];
	const after = resampledExtents(before, inPlane);
	const planeClip: Clip = clip === "none" ? "none" : "volume";
	const spare: Float32Array<ArrayBuffer>[] = [];
	const along = streamPlanes(heads, [shape[0], after[1], after[2]], [z, undefined, undefined], {
		...receivers,
		onFree: (done) => spare.push(done),
	});
	const area = before[1] * before[2];
	const newArea = after[1] * after[2];
	return {
		push(logits) {
			const target = spare.pop() ?? new Float32Array(heads * newArea);
			for (let head = 0; head < heads; head++) {
				const source = logits.subarray(head * area, (head + 1) * area);
				const part = target.subarray(head * newArea, (head + 1) * newArea);
				resampleVolume(source, before, inPlane, planeClip, part);
			}
			receivers.onFree(logits);
			along.push(target);
		},
		finish: () => along.finish(),
	};
}
