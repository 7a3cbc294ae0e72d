/**
 * nnU-Net's summary.json: scores of each case, their means, and the mean over the foreground.
 *
 * @module
 */
import { mean, nanMean } from "../score/mean.ts";
import { OVERLAP_NAMES, type Overlap } from "../score/overlap.ts";
import type { CaseScores } from "./evaluate.ts";
import type { PythonValue } from "./python-json.ts";
import { type LabelOrRegion, labelKey } from "./scored-labels.ts";

/** Scores of a label or region averaged over cases; NaN where no case has any. */
export type MeanScores = { readonly [Name in keyof Overlap]: number };

/** What summary.json tells. */
export type Summary = {
	readonly cases: readonly CaseScores[];
	readonly labels: readonly LabelOrRegion[];
	/** In the order of `labels`. */
	readonly means: readonly MeanScores[];
	readonly foreground: MeanScores;
};

/** Names of the scores that are ratios; the others are counts of voxels. */
const RATIOS: readonly string[] = ["Dice", "IoU"];

/** The means of `cases`, whose scores are in the order of `labels`. Undefined scores are left out; label 0 is no foreground. */
export function summarise(cases: readonly CaseScores[], labels: readonly LabelOrRegion[]): Summary {
	const means = labels.map((_, n) =>
		scoresBy((name) => nanMean(cases.map(({ scores }) => scores[n]?.[name] ?? Number.NaN))),
	);
	const foreground = means.filter((_, n) => labels[n] !== 0);
	return { cases, labels, means, foreground: scoresBy((name) => mean(foreground.map((scores) => scores[name]))) };
}

/** The content of summary.json. */
export function summaryValue({ cases, labels, means, foreground }: Summary): PythonValue {
	return new Map<string, PythonValue>([
		["foreground_mean", scoresValue(foreground)],
		["mean", meansValue(labels, means)],
		["metric_per_case", cases.map((each) => caseValue(each, labels))],
	]);
}

/** Means by label, as summary.json and postprocessing.json have them. */
export function meansValue(labels: readonly LabelOrRegion[], means: readonly MeanScores[]): PythonValue {
	return byLabel(labels, means.map(scoresValue));
}

/** Averaged scores: all of them fractions. */
export function scoresValue(scores: MeanScores): PythonValue {
	return new Map(OVERLAP_NAMES.map((name) => [name, scores[name]]));
}

function caseValue({ reference, prediction, scores }: CaseScores, labels: readonly LabelOrRegion[]): PythonValue {
	const metrics = scores.map((each): PythonValue => {
		return new Map(OVERLAP_NAMES.map((name) => [name, RATIOS.includes(name) ? each[name] : BigInt(each[name])]));
	});
	return new Map<string, PythonValue>([
		["metrics", byLabel(labels, metrics)],
		["prediction_file", prediction],
		["reference_file", reference],
	]);
}

function byLabel(labels: readonly LabelOrRegion[], values: readonly PythonValue[]): PythonValue {
	return new Map(labels.map((label, n) => [labelKey(label), values[n] ?? null]));
}

function scoresBy(score: (name: (typeof OVERLAP_NAMES)[number]) => number): MeanScores {
	return {
		Dice: score("Dice"),
		IoU: score("IoU"),
		FP: score("FP"),
		TP: score("TP"),
		FN: score("FN"),
		TN: score("TN"),
		n_pred: score("n_pred"),
		n_ref: score("n_ref"),
	};
}
