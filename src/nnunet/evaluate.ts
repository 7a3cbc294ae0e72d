/**
 * Scores a folder of predictions against true labels, case by case, as `nnUNetv2_evaluate_folder` does.
 *
 * @module
 */
import { sep } from "node:path";
import { NnvolError, throwIfAborted } from "../core/errors.ts";
import { LabelCounts } from "../score/label-counts.ts";
import { type Overlap, overlapOf } from "../score/overlap.ts";
import { countPair } from "./count-pair.ts";
import { filesIn } from "./prediction-folder.ts";
import { type ScoredLabels, valuesOf } from "./scored-labels.ts";

/** Scores of one case; `scores` are in the order of what was scored. Paths as nnU-Net joins them. */
export type CaseScores = {
	readonly reference: string;
	readonly prediction: string;
	readonly scores: readonly Overlap[];
};

/** What is compared. */
export type EvaluationJob = {
	readonly reference: string;
	readonly predictions: string;
	readonly fileEnding: string;
	readonly scored: ScoredLabels;
	/** nnU-Net's reader and writer class, where dataset.json names one: some turn images before they are compared. */
	readonly reader?: string;
	/** True: references without a prediction are passed over. */
	readonly chill: boolean;
};

/** Names of files shown in a message. */
const SHOWN = 5;

/**
 * The scores of every prediction, in the order of file names.
 *
 * @throws INPUT where files lack their partner or there are none; VOLUME for files that cannot be read or compared
 */
export async function evaluateFolder(
	job: EvaluationJob,
	onCase: (done: number, total: number) => void,
	signal?: AbortSignal,
): Promise<CaseScores[]> {
	const names = await pairedNames(job);
	const cases: CaseScores[] = [];
	for (const name of names) {
		throwIfAborted(signal);
		const [reference, prediction] = [joinAsGiven(job.reference, name), joinAsGiven(job.predictions, name)];
		const counts = countsFor(job.scored);
		await countPair(counts, reference, prediction, job.reader, signal);
		cases.push({ reference, prediction, scores: scoresOf(counts, job.scored) });
		onCase(cases.length, names.length);
	}
	return cases;
}

/** The scores of each label or region, in order. */
export function scoresOf(counts: LabelCounts, { labels, ignore }: ScoredLabels): Overlap[] {
	return labels.map((label) => overlapOf(counts, valuesOf(label), ignore));
}

/** An empty count that tells apart what `scored` names. */
export function countsFor({ labels, ignore }: ScoredLabels): LabelCounts {
	return new LabelCounts([...new Set([...labels.flatMap(valuesOf), ...(ignore === undefined ? [] : [ignore])])]);
}

/** Names of the predictions, each of which has a reference. @throws INPUT as `evaluateFolder` */
export async function pairedNames({
	reference,
	predictions,
	fileEnding,
	chill,
}: Omit<EvaluationJob, "scored">): Promise<string[]> {
	const names = await filesIn(predictions, fileEnding);
	const references = await filesIn(reference, fileEnding);
	const unfound = references.filter((name) => !names.includes(name));
	if (unfound.length > 0 && !chill) {
		throw new NnvolError(
			"INPUT",
			`${predictions} lacks predictions of ${listed(unfound)}; predict them too, or score what is there by --chill`,
			{ fields: { path: predictions, missing: unfound } },
		);
	}
	const untold = names.filter((name) => !references.includes(name));
	if (untold.length > 0) {
		throw new NnvolError(
			"INPUT",
			`${reference} lacks the true labels of ${listed(untold)}; remove the predictions or add the labels`,
			{
				fields: { path: reference, missing: untold },
			},
		);
	}
	if (names.length > 0) return names;
	throw new NnvolError("INPUT", `${predictions} has no files ending in ${fileEnding}; name the folder of predictions`, {
		fields: { path: predictions },
	});
}

function listed(names: readonly string[]): string {
	const more = names.length - SHOWN;
	return `${names.slice(0, SHOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** As Python's `os.path.join`: the folder stays as the user wrote it. */
export function joinAsGiven(folder: string, name: string): string {
	return folder === "" || folder.endsWith("/") || folder.endsWith(sep) ? `${folder}${name}` : `${folder}${sep}${name}`;
}
