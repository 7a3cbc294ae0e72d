/**
 * `scores.json`: what was compared with what and as what, the scores of each case, their mean, and the pooled ones.
 *
 * Numbers are written as they are; NaN, where there is nothing to divide by, is null. Ids are text, as they may need 64 bits.
 *
 * @module
 */
import { z } from "zod";
import { THRESHOLDS } from "./case-scores.ts";
import { COMPARISONS } from "./compare.ts";
import { meanScores } from "./mean-scores.ts";
import { poolScores } from "./pooled.ts";
import type { ScoreOptions, ScoringResult, UnscoredCase } from "./score-cases.ts";

const ratio = z.number().nullable();
/** A whole number in a case, maybe none in a mean. */
const amount = z.number().nullable();

const classSchema = z.strictObject({
	dice: ratio,
	iou: ratio,
	precision: ratio,
	recall: ratio,
	tp: amount,
	fp: amount,
	fn: amount,
	tn: amount,
});

const randSchema = z.strictObject({ error: ratio, precision: ratio, recall: ratio });
const informationSchema = z.strictObject({ split: ratio, merge: ratio, total: ratio });
const matchSchema = z.strictObject({
	threshold: z.number(),
	tp: amount,
	fp: amount,
	fn: amount,
	precision: ratio,
	recall: ratio,
	f1: ratio,
	averagePrecision: ratio,
	iouSum: ratio,
	segmentationQuality: ratio,
	recognitionQuality: ratio,
	panopticQuality: ratio,
});

const objectsSchema = z.strictObject({
	truths: amount,
	predictions: amount,
	adaptedRand: randSchema,
	variationOfInformation: informationSchema,
	variationOfInformationWithBackground: informationSchema,
	matching: z.array(matchSchema),
	meanAveragePrecision: ratio,
	panoptic: z.strictObject({ segmentationQuality: ratio, recognitionQuality: ratio, panopticQuality: ratio }),
});

const scoresSchema = z.strictObject({
	voxels: amount,
	accuracy: ratio,
	foreground: classSchema,
	classes: z.record(z.string(), classSchema).optional(),
	meanOfClasses: classSchema.pick({ dice: true, iou: true, precision: true, recall: true }).optional(),
	objects: objectsSchema.optional(),
	pytc: z.record(z.string(), ratio),
});

const pooledSchema = z.strictObject({
	voxels: z.number(),
	foreground: classSchema,
	classes: z.record(z.string(), classSchema).optional(),
	objects: objectsSchema
		.pick({ truths: true, predictions: true, matching: true, meanAveragePrecision: true })
		.optional(),
});

/** The schema of `scores.json`. */
export const scoreReportSchema = z.strictObject({
	version: z.literal(1),
	comparison: z.enum(COMPARISONS),
	components: z.array(z.enum(["label", "prediction"])),
	ignored: z.array(z.string()),
	thresholds: z.array(z.number()),
	notes: z.array(z.string()),
	cases: z.array(
		z.strictObject({
			id: z.string(),
			prediction: z.string(),
			label: z.string(),
			/** z, y, x. */
			shape: z.tuple([z.number(), z.number(), z.number()]),
			scores: scoresSchema,
		}),
	),
	failed: z.array(z.strictObject({ id: z.string(), error: z.string() })),
	unlabelled: z.array(z.string()),
	mean: scoresSchema.optional(),
	pooled: pooledSchema.optional(),
});

/** The content of `scores.json`. */
export type ScoreReport = z.output<typeof scoreReportSchema>;

/** Makes the report; `unlabelled` are predictions that have no labels. */
export function scoreReport(
	{ comparison, notes, cases, failed }: ScoringResult,
	{ components, ignored, thresholds }: ScoreOptions,
	unlabelled: readonly string[],
): ScoreReport {
	const scores = cases.map((one) => one.scores);
	const all = scores.length === 0 ? {} : { mean: meanScores(scores), pooled: poolScores(scores) };
	const report = {
		version: 1,
		comparison,
		components,
		ignored: ignored.map((id) => `${id}`),
		thresholds: thresholds ?? THRESHOLDS,
		notes,
		cases: cases.map(({ id, prediction, label, shape, scores: own }) => ({
			id,
			prediction,
			label,
			shape,
			scores: own,
		})),
		failed: failed satisfies readonly UnscoredCase[],
		unlabelled,
		...all,
	};
	// through JSON, so that the report in memory is what a reader of the file gets
	return scoreReportSchema.parse(JSON.parse(JSON.stringify(report)));
}
