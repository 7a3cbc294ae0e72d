/**
 * The scores of one case: of its mask, voxel by voxel, and of its objects.
 *
 * @module
 */
import { ratiosOf } from "../score/classes.ts";
import { Contingency } from "../score/contingency.ts";
import { variationOfInformation } from "../score/information.ts";
import { matchAt, objectOverlaps } from "../score/matching.ts";
import { mean } from "../score/mean.ts";
import { adaptedRand } from "../score/rand.ts";
import { tableOf } from "../score/table.ts";

/** Scores by name; NaN where there is nothing to score. */
export type Scores = Readonly<Record<string, number>>;

/** What a metric is of, and which way it is better. */
export type Metric = { readonly of: "mask" | "objects"; readonly better: "maximize" | "minimize" };

const MASK_UP = { of: "mask", better: "maximize" } as const;
const OBJECTS_UP = { of: "objects", better: "maximize" } as const;
const OBJECTS_DOWN = { of: "objects", better: "minimize" } as const;

/** Every metric by name, in the order in which they are shown. */
export const METRICS: ReadonlyMap<string, Metric> = new Map<string, Metric>([
	["dice", MASK_UP],
	["iou", MASK_UP],
	["precision", MASK_UP],
	["recall", MASK_UP],
	["adapted_rand", OBJECTS_DOWN],
	["voi", OBJECTS_DOWN],
	["voi_split", OBJECTS_DOWN],
	["voi_merge", OBJECTS_DOWN],
	["instance_precision", OBJECTS_UP],
	["instance_recall", OBJECTS_UP],
	["instance_f1", OBJECTS_UP],
	["instance_accuracy", OBJECTS_UP],
	["average_precision", OBJECTS_UP],
	["panoptic_quality", OBJECTS_UP],
]);

/** Value of a mask's voxels that do not count. */
export const IGNORED = 2;

/** True id of voxels that do not count. */
export const IGNORED_ID = 0xffffffff;

/** Overlap from which an object is found, and those that average precision is the mean over. */
const FOUND = 0.5;
const THRESHOLDS = Array.from({ length: 10 }, (_, n) => 0.5 + 0.05 * n);

/** Scores of a mask (not 0 is foreground) against a true one of 0, 1 and IGNORED. */
export function maskScores(mask: Uint8Array | Uint32Array, truth: Uint8Array): Scores {
	// places of truth and mask, two bits: 0 neither, 1 predicted, 2 true, 3 both
	const counts = [0, 0, 0, 0];
	for (let i = 0; i < truth.length; i++) {
		const is = truth[i] ?? 0;
		if (is === IGNORED) continue;
		const at = is * 2 + (mask[i] === 0 ? 0 : 1);
		counts[at] = (counts[at] ?? 0) + 1;
	}
	const [tn = 0, fp = 0, fn = 0, tp = 0] = counts;
	const { dice, iou, precision, recall } = ratiosOf(tp, fp, fn, tn);
	return { dice, iou, precision, recall };
}

/** Scores of objects against true ones; 0 is background, voxels whose true id is IGNORED_ID do not count. */
export function objectScores(found: Uint32Array, truth: Uint32Array): Scores {
	const counts = new Contingency();
	counts.add({ words: truth, stride: 1, low: 0 }, { words: found, stride: 1, low: 0 }, truth.length);
	const table = tableOf(counts, new Set([BigInt(IGNORED_ID)]));
	const rand = adaptedRand(table);
	const information = variationOfInformation(table);
	const overlaps = objectOverlaps(table);
	const at = matchAt(overlaps, FOUND);
	return {
		adapted_rand: rand.error,
		voi: information.total,
		voi_split: information.split,
		voi_merge: information.merge,
		instance_precision: at.precision,
		instance_recall: at.recall,
		instance_f1: at.f1,
		instance_accuracy: at.averagePrecision,
		average_precision: mean(THRESHOLDS.map((threshold) => matchAt(overlaps, threshold).averagePrecision)),
		panoptic_quality: at.panopticQuality,
	};
}
