/**
 * The scores of one case, from its contingency table.
 *
 * @module
 */
import { type ClassScores, classScores, foregroundScores, meanOfClasses, voxelAccuracy } from "./classes.ts";
import type { Comparison } from "./compare.ts";
import { type InformationScores, variationOfInformation, variationWithBackground } from "./information.ts";
import { countAllPairs, type MatchScores, matchAt, objectOverlaps } from "./matching.ts";
import { mean } from "./mean.ts";
import { adaptedRand, type RandScores, snemiRand } from "./rand.ts";
import type { Table } from "./table.ts";

/** Thresholds of COCO and of most papers: 0.5, 0.55, ... 0.95. */
export const THRESHOLDS: readonly number[] = Array.from({ length: 10 }, (_, n) => (50 + 5 * n) / 100);

/** Scores of the voxels: always there. */
export type VoxelScores = {
	/** Voxels that count: all but those of ignored labels. */
	readonly voxels: number;
	/** Part of them whose ids are equal; of foreground, where that is compared. */
	readonly accuracy: number;
	readonly foreground: ClassScores;
	/** By class, where classes are compared; the id as text. */
	readonly classes?: Readonly<Record<string, ClassScores>>;
	/** Means over classes. */
	readonly meanOfClasses?: Pick<ClassScores, "dice" | "iou" | "precision" | "recall">;
};

/** Scores of the objects, where those are compared. */
export type ObjectScores = {
	readonly truths: number;
	readonly predictions: number;
	readonly adaptedRand: RandScores;
	readonly variationOfInformation: InformationScores;
	readonly variationOfInformationWithBackground: InformationScores;
	/** One entry a threshold. */
	readonly matching: readonly MatchScores[];
	/** Mean of the average precision over the thresholds. */
	readonly meanAveragePrecision: number;
	/** At an IoU of 0.5. */
	readonly panoptic: Pick<MatchScores, "segmentationQuality" | "recognitionQuality" | "panopticQuality">;
};

/** The same quantities under the names of PyTorch Connectomics' metrics, by its definitions. */
export type PytcScores = Readonly<Record<string, number>>;

/** Scores of one case. */
export type CaseScore = VoxelScores & { readonly objects?: ObjectScores; readonly pytc: PytcScores };

/** What PyTorch Connectomics' `instance_iou_threshold` is unless told otherwise, and where panoptic quality is defined. */
const HALF = 0.5;

/** The scores of a table. @throws INPUT where classes are asked for and there are too many */
export function scoreTable(
	table: Table,
	comparison: Comparison,
	thresholds: readonly number[] = THRESHOLDS,
): CaseScore {
	const foreground = foregroundScores(table);
	const { tp, tn } = foreground;
	const voxels = { voxels: table.total, accuracy: (tp + tn) / table.total, foreground };
	if (comparison === "foreground") return { ...voxels, pytc: binaryNames(foreground, voxels.accuracy) };
	if (comparison === "classes") {
		const accuracy = voxelAccuracy(table);
		const classes = classScores(table);
		return {
			...voxels,
			accuracy,
			classes: Object.fromEntries([...classes].map(([id, scores]) => [`${id}`, scores])),
			meanOfClasses: meanOfClasses(classes.values()),
			pytc: binaryNames(foreground, voxels.accuracy),
		};
	}
	const { objects, pytc } = scoreObjects(table, thresholds);
	return { ...voxels, objects, pytc };
}

function scoreObjects(table: Table, thresholds: readonly number[]): { objects: ObjectScores; pytc: PytcScores } {
	const overlaps = objectOverlaps(table);
	const matching = thresholds.map((threshold) => matchAt(overlaps, threshold));
	const half = matchAt(overlaps, HALF);
	const detail = countAllPairs(overlaps, HALF);
	const voi = variationOfInformation(table);
	const objects = {
		truths: overlaps.truths.length,
		predictions: overlaps.founds.length,
		adaptedRand: adaptedRand(table),
		variationOfInformation: voi,
		variationOfInformationWithBackground: variationWithBackground(table),
		...summaryOf(matching, half),
	};
	const pytc = {
		adapted_rand_error: snemiRand(table).error,
		voi_split: voi.split,
		voi_merge: voi.merge,
		voi_total: voi.total,
		instance_accuracy: half.averagePrecision,
		instance_accuracy_detail: detail.averagePrecision,
		instance_precision_detail: detail.precision,
		instance_recall_detail: detail.recall,
		instance_f1_detail: detail.f1,
	};
	return { objects, pytc };
}

function summaryOf(
	matching: readonly MatchScores[],
	{ segmentationQuality, recognitionQuality, panopticQuality }: MatchScores,
): Pick<ObjectScores, "matching" | "meanAveragePrecision" | "panoptic"> {
	const precisions = matching.map(({ averagePrecision }) => averagePrecision);
	return {
		matching,
		meanAveragePrecision: mean(precisions),
		panoptic: { segmentationQuality, recognitionQuality, panopticQuality },
	};
}

function binaryNames({ dice, iou }: ClassScores, accuracy: number): PytcScores {
	return { jaccard: iou, dice, accuracy };
}
