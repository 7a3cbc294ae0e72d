/**
 * Which models can be run on images that do not fit into memory.
 *
 * @module
 */
import type { ModelSpec, Resampling } from "../model/spec.ts";

/**
 * Why the model cannot be streamed, and what would help; undefined where it can. `isResampled`: whether the image's spacing is
 * another than the model's.
 */
export function isStreamable(spec: ModelSpec, isResampled: boolean): string | undefined {
	if (spec.normalization.some((scheme) => scheme.kind === "zscore" && scheme.useMask)) {
		return "its statistics are taken over the foreground with holes filled (use_mask_for_norm), which needs the whole image";
	}
	if (spec.previousStage !== undefined) return `it is the second stage of a cascade (after ${spec.previousStage})`;
	const isLong = isSpline(spec.resampling.probabilities);
	if (isResampled && isLong) {
		return "its plans resample probabilities by splines of order 2 or above (resampling_fn_probabilities), which need the whole volume; an image of the model's spacing is not resampled";
	}
	return undefined;
}

/** True where an output may be made of more than two voxels along an axis. */
function isSpline(how: Resampling): boolean {
	if (how.name !== "resample_data_or_seg_to_shape") return false;
	return how.order > 1 || (how.forceSeparateZ !== false && how.orderZ > 1);
}
