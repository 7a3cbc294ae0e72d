/**
 * Finds out whether keeping only largest components improves predictions, as `nnUNetv2_determine_postprocessing` does.
 *
 * First all foreground together: kept where the mean Dice rises and no label gets worse. Then, where there are several,
 * each label or region in order, on top of what was kept: kept where its own mean Dice rises.
 *
 * @module
 */

import { NnvolError, throwIfAborted } from "../core/errors.ts";
import { sameShape, shapeText } from "../core/shape.ts";
import { labelArray } from "../image/labels.ts";
import { volumeError } from "../volume/fault.ts";
import { type CaseScores, countsFor, joinAsGiven, pairedNames, scoresOf } from "./evaluate.ts";
import { readLabels } from "./label-file.ts";
import { applySteps } from "./postprocessing.ts";
import type { PostprocessingStep } from "./postprocessing-steps.ts";
import { type LabelOrRegion, type ScoredLabels, valuesOf } from "./scored-labels.ts";
import { type Summary, summarise } from "./summary.ts";

/** What is searched. */
export type DetermineJob = {
	readonly reference: string;
	readonly predictions: string;
	/** Where the improved labels will lie, for the paths in the scores. */
	readonly improved: string;
	readonly fileEnding: string;
	readonly scored: ScoredLabels;
	/** Every foreground label. */
	readonly foreground: readonly number[];
};

/** A step that was kept, and what it was tried on. */
export type KeptStep = PostprocessingStep & { readonly target: LabelOrRegion };

/** What was found. */
export type Determined = {
	readonly names: readonly string[];
	readonly steps: readonly KeptStep[];
	readonly before: Summary;
	readonly after: Summary;
};

/** Told of each trial: what was tried, the mean Dice it is judged by, before and after. */
export type OnTrial = (target: LabelOrRegion, before: number, after: number, kept: boolean) => void;

/** Searches. @throws INPUT, VOLUME as `evaluateFolder` */
export async function determine(job: DetermineJob, onTrial: OnTrial, signal?: AbortSignal): Promise<Determined> {
	const names = await pairedNames({ ...job, chill: true });
	const before = await summaryWith(job, names, [], job.predictions, signal);
	let after = await summaryWith(job, names, [], job.improved, signal);
	let steps: KeptStep[] = [];
	const attempt = async (target: LabelOrRegion, judge: (old: Summary, found: Summary) => [number, number, boolean]) => {
		const tried = [...steps, { target, labels: valuesOf(target), background: 0 }];
		const found = await summaryWith(job, names, tried, job.improved, signal);
		const [old, now, better] = judge(after, found);
		onTrial(target, old, now, better);
		if (better) [steps, after] = [tried, found];
	};
	await attempt(job.foreground, judgeWhole);
	if (job.scored.labels.length > 1) {
		for (const [n, label] of job.scored.labels.entries())
			await attempt(label, (old, found) => judgeLabel(n, old, found));
	}
	return { names, steps, before, after };
}

function judgeWhole(old: Summary, found: Summary): [number, number, boolean] {
	const worse = found.means.some(({ Dice }, n) => Dice < (old.means[n]?.Dice ?? Number.NaN));
	const [was, is] = [old.foreground.Dice, found.foreground.Dice];
	return [was, is, is > was && !worse];
}

function judgeLabel(n: number, old: Summary, found: Summary): [number, number, boolean] {
	const [was, is] = [old.means[n]?.Dice ?? Number.NaN, found.means[n]?.Dice ?? Number.NaN];
	return [was, is, is > was];
}

/** Scores of the predictions with `steps` applied. `folder` is where they are said to lie. */
async function summaryWith(
	{ reference, predictions, scored }: DetermineJob,
	names: readonly string[],
	steps: readonly PostprocessingStep[],
	folder: string,
	signal: AbortSignal | undefined,
): Promise<Summary> {
	const options = signal === undefined ? {} : { signal };
	const cases: CaseScores[] = [];
	for (const name of names) {
		throwIfAborted(signal);
		const truth = await readLabels(joinAsGiven(reference, name), undefined, options);
		const found = applySteps(await readLabels(joinAsGiven(predictions, name), undefined, options), steps);
		if (!sameShape(truth.shape, found.shape)) {
			throw volumeError(
				joinAsGiven(predictions, name),
				`expected the shape of its reference, ${shapeText(truth.shape)}, found ${shapeText(found.shape)}; do they belong together?`,
			);
		}
		const counts = countsFor(scored);
		counts.add(labelArray(truth.labels, truth.shape), labelArray(found.labels, found.shape));
		cases.push({
			reference: joinAsGiven(reference, name),
			prediction: joinAsGiven(folder, name),
			scores: scoresOf(counts, scored),
		});
	}
	if (scored.labels.length === 0) throw new NnvolError("MODEL", "dataset.json has no foreground label to score");
	return summarise(cases, scored.labels);
}
