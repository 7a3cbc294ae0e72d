/**
 * `nnvol score PREDICTION LABEL`: how well two volumes, or two folders of them, agree.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import type { Connectivity } from "../../image/components.ts";
import { findInputs } from "../../nnunet/inputs.ts";
import type { Compare } from "../../score/compare.ts";
import { type Named, pairCases } from "../../score/pair-cases.ts";
import type { MaskSide, ScoreOptions } from "../../score/score-cases.ts";
import { caseStem } from "../../volume/formats.ts";
import { scoreAndTell } from "../score-and-tell.ts";

/** Options of `score`. */
export type ScoreFlags = {
	readonly compare?: Compare;
	readonly components?: readonly MaskSide[];
	readonly connectivity?: Connectivity;
	readonly ignore?: readonly bigint[];
	readonly thresholds?: readonly number[];
	readonly dataset?: string;
	readonly labelDataset?: string;
	/** Images of the cases, for pictures: a volume, folder or glob, named as the predictions. */
	readonly image?: string;
	/** The file to write, `scores.json`. */
	readonly json?: string;
	/** The report with pictures to write. */
	readonly html?: string;
	readonly quiet?: boolean;
};

/** Scores what lies at `prediction` against what lies at `label`; gives the exit code. */
export async function runScore(prediction: string, label: string, flags: ScoreFlags): Promise<number> {
	requireEnding(flags.json, ".json");
	requireEnding(flags.html, ".html");
	const predictions = await namedIn(prediction);
	const { pairs, unlabelled, unused } = pairCases(predictions, await namedIn(label));
	if (pairs.length === 0) {
		throw new NnvolError(
			"INPUT",
			`no prediction in ${prediction} has the name of labels in ${label}: ${predictions[0]?.path} and ${unused[0]?.path} are the first of each; name them alike`,
		);
	}
	return scoreAndTell({
		pairs: pairs.map((pair) => ({ id: pair.prediction.id, prediction: pair.prediction.path, label: pair.label.path })),
		unlabelled,
		unused,
		options: optionsOf(flags),
		...(flags.image === undefined
			? {}
			: {
					images: await imagesOf(
						flags.image,
						pairs.map((pair) => pair.prediction),
					),
				}),
		...(flags.json === undefined ? {} : { json: flags.json }),
		...(flags.html === undefined ? {} : { html: flags.html }),
		quiet: flags.quiet === true,
	});
}

function optionsOf({
	compare,
	components,
	connectivity,
	ignore,
	thresholds,
	dataset,
	labelDataset,
}: ScoreFlags): ScoreOptions {
	return {
		compare: compare ?? "auto",
		components: components ?? [],
		connectivity: connectivity ?? 1,
		ignored: ignore ?? [],
		...(thresholds === undefined ? {} : { thresholds }),
		datasets: {
			...(dataset === undefined ? {} : { prediction: dataset }),
			...(labelDataset === undefined ? {} : { label: labelDataset }),
		},
	};
}

/** The image of each prediction that has one. @throws INPUT */
async function imagesOf(path: string, predictions: readonly Named[]): Promise<ReadonlyMap<string, string>> {
	const { pairs } = pairCases(predictions, await namedIn(path));
	return new Map(pairs.map(({ prediction, label }) => [prediction.id, label.path]));
}

/** What lies at `path`, by name. @throws INPUT where nothing does */
async function namedIn(path: string): Promise<Named[]> {
	return (await findInputs(path)).paths.map((found) => ({ id: caseStem(found), path: found }));
}

/** @throws CONFIG */
function requireEnding(path: string | undefined, ending: string): void {
	if (path === undefined || path.toLowerCase().endsWith(ending)) return;
	throw new NnvolError("CONFIG", `${path}: expected a file name ending in ${ending}`);
}
