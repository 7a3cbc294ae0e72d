/**
 * Overlap of a label or region with its prediction: Dice, intersection over union, and the counts they are made of.
 *
 * Dice = 2 TP / (2 TP + FP + FN), IoU = TP / (TP + FP + FN); NaN where neither side has a voxel. As nnU-Net v2 counts.
 *
 * @module
 */
import type { LabelCounts } from "./label-counts.ts";

/** Scores of one label or region: voxels, and two ratios. Names as in nnU-Net's summary.json. */
export type Overlap = {
	readonly Dice: number;
	readonly IoU: number;
	/** Predicted, but not true. */
	readonly FP: number;
	/** Predicted and true. */
	readonly TP: number;
	/** True, but not predicted. */
	readonly FN: number;
	/** Neither. */
	readonly TN: number;
	readonly n_pred: number;
	readonly n_ref: number;
};

/** Names of the scores, in the order in which nnU-Net gives them. */
export const OVERLAP_NAMES = ["Dice", "IoU", "FP", "TP", "FN", "TN", "n_pred", "n_ref"] as const;

/**
 * Scores of the union of `labels`. Voxels whose true label is `ignore` are not counted.
 * `counts` must have been asked for all of these values.
 */
export function overlapOf(counts: LabelCounts, labels: readonly number[], ignore?: number): Overlap {
	const wanted = new Set<number | undefined>(labels);
	let [tp, fp, fn, tn] = [0, 0, 0, 0];
	for (const [reference, prediction, count] of counts.pairs()) {
		if (ignore !== undefined && reference === ignore) continue;
		const [isTrue, isFound] = [wanted.has(reference), wanted.has(prediction)];
		if (isTrue && isFound) tp += count;
		else if (isFound) fp += count;
		else if (isTrue) fn += count;
		else tn += count;
	}
	const union = tp + fp + fn;
	return {
		Dice: union === 0 ? Number.NaN : (2 * tp) / (2 * tp + fp + fn),
		IoU: union === 0 ? Number.NaN : tp / union,
		FP: fp,
		TP: tp,
		FN: fn,
		TN: tn,
		n_pred: fp + tp,
		n_ref: fn + tp,
	};
}
