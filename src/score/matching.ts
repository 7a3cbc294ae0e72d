/**
 * How many objects are found: true and predicted objects are paired one to one, pairs of enough overlap are hits.
 *
 * Overlap is the intersection over union (IoU). From 0.5 up a pair that overlaps that much is the only one of both, so that
 * no search is needed; where two halves tie at exactly 0.5, either counts once. Below 0.5 the pairing is the one with the
 * most hits and, among those, the largest sum of IoU: as in stardist's `matching` and PyTorch Connectomics'
 * `instance_matching`, which solve an assignment with the weights [IoU >= threshold] + IoU / (2 min(objects)).
 *
 * @module
 */
import { bestPairs } from "./assignment.ts";
import type { Table } from "./table.ts";

/** Two objects that overlap; numbers count the objects of each side from 0. */
export type ObjectPair = { readonly truth: number; readonly found: number; readonly iou: number };

/** The objects of a table (every id but 0) and how they overlap. */
export type ObjectOverlaps = {
	readonly truths: readonly bigint[];
	readonly founds: readonly bigint[];
	readonly pairs: readonly ObjectPair[];
};

/** Hits and misses at one threshold. Ratios are 0 where nothing was hit, NaN where there are no objects at all. */
export type MatchScores = {
	readonly threshold: number;
	readonly tp: number;
	readonly fp: number;
	readonly fn: number;
	readonly precision: number;
	readonly recall: number;
	readonly f1: number;
	/** TP / (TP + FP + FN): average precision as stardist has it, accuracy as PyTorch Connectomics calls it. */
	readonly averagePrecision: number;
	/** Sum of the IoU of hits: what means and the panoptic quality of several cases are made of. */
	readonly iouSum: number;
	/** Mean IoU of hits (segmentation quality, SQ). */
	readonly segmentationQuality: number;
	/** TP / (TP + FP / 2 + FN / 2), equal to F1 (recognition quality, RQ). */
	readonly recognitionQuality: number;
	/** SQ times RQ. Kirillov et al. 2019. */
	readonly panopticQuality: number;
};

/** Numbers of both sides' objects and what they make of a threshold. */
type Counted = { readonly truths: number; readonly founds: number; readonly tp: number; readonly iouSum: number };

/** The objects of `table` and the IoU of all that overlap. */
export function objectOverlaps({ truth, found, rows, columns, voxels }: Table): ObjectOverlaps {
	const [truthNumbers, foundNumbers] = [objectNumbers(truth.ids), objectNumbers(found.ids)];
	const pairs: ObjectPair[] = [];
	for (let n = 0; n < voxels.length; n++) {
		const [row, column, shared] = [rows[n] ?? 0, columns[n] ?? 0, voxels[n] ?? 0];
		const [t, f] = [truthNumbers[row] ?? -1, foundNumbers[column] ?? -1];
		if (t < 0 || f < 0) continue;
		pairs.push({ truth: t, found: f, iou: shared / ((truth.sizes[row] ?? 0) + (found.sizes[column] ?? 0) - shared) });
	}
	return {
		truths: truth.ids.filter((id) => id !== 0n),
		founds: found.ids.filter((id) => id !== 0n),
		pairs,
	};
}

/** Scores at `threshold`, above 0 and up to 1. */
export function matchAt(overlaps: ObjectOverlaps, threshold: number): MatchScores {
	const hits = hitsAt(overlaps, threshold);
	return matchScores(threshold, {
		truths: overlaps.truths.length,
		founds: overlaps.founds.length,
		tp: hits.length,
		iouSum: hits.reduce((sum, { iou }) => sum + iou, 0),
	});
}

/** Ratios of counted objects, of one case or of several together. */
export function matchScores(threshold: number, { truths, founds, tp, iouSum }: Counted): MatchScores {
	const [fp, fn] = [founds - tp, truths - tp];
	const none = truths + founds === 0 ? Number.NaN : 0;
	const part = (of: number, all: number) => (tp > 0 ? of / all : none);
	const f1 = part(2 * tp, 2 * tp + fp + fn);
	return {
		threshold,
		tp,
		fp,
		fn,
		precision: part(tp, tp + fp),
		recall: part(tp, tp + fn),
		f1,
		averagePrecision: part(tp, tp + fp + fn),
		iouSum,
		segmentationQuality: part(iouSum, tp),
		recognitionQuality: f1,
		panopticQuality: part(iouSum, tp + fp / 2 + fn / 2),
	};
}

/** The pairs that are hits. */
export function hitsAt(overlaps: ObjectOverlaps, threshold: number): readonly ObjectPair[] {
	return threshold >= 0.5 ? uniqueHits(overlaps.pairs, threshold) : assignedHits(overlaps, threshold);
}

/** Every pair from `threshold` on, whether or not its objects are paired already (PyTorch Connectomics' `instance_matching_simple`). */
export function countAllPairs({ truths, founds, pairs }: ObjectOverlaps, threshold: number): MatchScores {
	const tp = pairs.filter(({ iou }) => iou >= threshold).length;
	return matchScores(threshold, { truths: truths.length, founds: founds.length, tp, iouSum: Number.NaN });
}

function uniqueHits(pairs: readonly ObjectPair[], threshold: number): ObjectPair[] {
	const truths = new Set<number>();
	const founds = new Set<number>();
	return pairs.filter(({ truth, found, iou }) => {
		if (iou < threshold || truths.has(truth) || founds.has(found)) return false;
		truths.add(truth);
		founds.add(found);
		return true;
	});
}

function assignedHits({ truths, founds, pairs }: ObjectOverlaps, threshold: number): ObjectPair[] {
	const most = Math.min(truths.length, founds.length);
	const edges = pairs.map((pair) => ({
		row: pair.truth,
		column: pair.found,
		weight: (pair.iou >= threshold ? 1 : 0) + pair.iou / (2 * most),
		pair,
	}));
	return bestPairs(truths.length, founds.length, edges).flatMap((edge) =>
		edge !== undefined && edge.pair.iou >= threshold ? [edge.pair] : [],
	);
}

/** The number of each id among those that are not 0; -1 for 0. */
function objectNumbers(ids: readonly bigint[]): Int32Array {
	let next = 0;
	return Int32Array.from(ids, (id) => (id === 0n ? -1 : next++));
}
