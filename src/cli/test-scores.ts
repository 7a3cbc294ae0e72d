/**
 * The scoring half of `test`: labels are found before anything is predicted, outputs are scored after it.
 *
 * @module
 */
import type { Config } from "../config/schema.ts";
import { NnvolError } from "../core/errors.ts";
import { headsOf } from "../export/labels.ts";
import type { ModelSpec } from "../model/spec.ts";
import { findInputs } from "../nnunet/inputs.ts";
import type { PlannedCase } from "../plan/plan.ts";
import type { Output } from "../plan/settings.ts";
import type { RunReport } from "../run/report.ts";
import type { Predicted } from "../score/compare.ts";
import { type Named, type Paired, pairCases } from "../score/pair-cases.ts";
import type { ScoreOptions } from "../score/score-cases.ts";
import { caseStem } from "../volume/formats.ts";
import { absolutePath, joinPath, parentOf, plainPath } from "../volume/stores/location.ts";
import type { VolumeFlags } from "./flags.ts";
import { scoreAndTell } from "./score-and-tell.ts";

/** What will be scored when all is predicted. */
export type TestScoring = {
	readonly paired: Paired<NamedCase>;
	readonly options: ScoreOptions;
	/** Where the scores go. */
	readonly folder: string;
};

/** A case, or a prediction that was given; `path` is what is scored. */
type NamedCase = Named & { readonly image?: string };

/**
 * The labels of `cases`; undefined where none are given, which is told.
 *
 * @throws INPUT where there are labels and none has the name of a case; CONFIG where the outputs are no labels
 */
export async function scoringOf(
	config: Config,
	cases: readonly PlannedCase[],
	output: Output,
	spec: ModelSpec,
): Promise<TestScoring | undefined> {
	const { label } = config.data.test;
	if (label === null) return undefined;
	requireLabels(output);
	const named = cases.map(({ id, output: path, files }) => ({
		id,
		path,
		...(files[0] === undefined ? {} : { image: files[0] }),
	}));
	const images = config.data.test.label_dataset === null ? cases.flatMap(({ files }) => files) : [];
	return {
		paired: requirePairs(pairCases(named, await labelsIn(label, images)), label),
		options: optionsOf(config, predictedOf(config, output, spec)),
		folder: plainPath(config.inference.data.output_path ?? ""),
	};
}

/** Scores what a run wrote; gives the exit code of the whole: the run's own where it is not 0. */
export async function scoreRun(
	{ paired, options, folder }: TestScoring,
	report: RunReport | undefined,
	code: number,
	flags: VolumeFlags,
): Promise<number> {
	const written = new Set((report?.cases ?? []).filter(({ state }) => state !== "failed").map(({ output }) => output));
	const pairs = paired.pairs.filter(({ prediction }) => written.has(prediction.path));
	if (pairs.length === 0) {
		process.stderr.write("nnvol: nothing was scored: no case with labels was predicted\n");
		return code;
	}
	const scored = await scoreAndTell({
		...paired,
		pairs: pairs.map(scoredPair),
		...places(folder),
		...rest(flags),
		options,
		images: imagesOf(pairs),
	});
	return code === 0 ? scored : code;
}

/** Predictions that are scored instead of made: those of `--predictions`, else of data.test.prediction. */
export function givenPredictions(config: Config, flags: VolumeFlags): readonly string[] | undefined {
	return flags.predictions === undefined ? (config.data.test.prediction ?? undefined) : [flags.predictions];
}

/** Scores predictions that are there; gives the exit code. @throws CONFIG, INPUT */
export async function scorePredictions(
	config: Config,
	predictions: readonly string[],
	flags: VolumeFlags,
): Promise<number> {
	const { label, image } = config.data.test;
	if (label === null) {
		throw new NnvolError("CONFIG", "data.test.label is not set: name the labels to score the predictions against");
	}
	const paired = requirePairs(pairCases(await namedIn(predictions), await labelsIn(label, [])), label);
	const images = image === null ? new Map<string, string>() : await imagesFor(paired, image);
	const folder = config.inference.data.output_path ?? folderOf(predictions[0] ?? "", paired);
	return scoreAndTell({
		...paired,
		pairs: paired.pairs.map(scoredPair),
		...places(plainPath(folder)),
		...rest(flags),
		options: optionsOf(config, undefined),
		images,
	});
}

/** Where no output folder is named, scores lie beside the first prediction. */
function folderOf(first: string, { pairs }: Paired<NamedCase>): string {
	return parentOf(pairs[0]?.prediction.path ?? first);
}

/** @throws CONFIG where what is written are probabilities */
function requireLabels(output: Output): void {
	if (output.kind !== "channels" || (output.binary !== undefined && output.channels.length === 1)) return;
	throw new NnvolError(
		"CONFIG",
		"data.test.label is set, but the outputs are probabilities, which are not scored; make labels of them: inference.postprocessing.binary.enabled=true with one selected channel, or leave out act and select_channel, or name steps in inference.postprocessing.decoding",
	);
}

/** What the run writes; nothing is known of masks whose components are taken as objects. */
function predictedOf({ score }: Config, output: Output, spec: ModelSpec): Predicted | undefined {
	if (output.kind === "objects" || score.components.includes("prediction")) return "objects";
	const isMask = output.kind === "channels" || headsOf(spec.labels) === (spec.labels.kind === "regions" ? 1 : 2);
	return isMask ? "mask" : undefined;
}

function optionsOf({ score, data }: Config, predicted: Predicted | undefined): ScoreOptions {
	return {
		compare: score.compare,
		components: score.components,
		connectivity: score.connectivity,
		ignored: score.ignore.map(BigInt),
		...(predicted === undefined ? {} : { predicted }),
		...(score.thresholds === null ? {} : { thresholds: [...score.thresholds].sort((a, b) => a - b) }),
		datasets: data.test.label_dataset === null ? {} : { label: data.test.label_dataset },
	};
}

/** Labels by name, without the images themselves, which may lie in the same folder. @throws INPUT */
async function labelsIn(paths: readonly string[], images: readonly string[]): Promise<Named[]> {
	const own = new Set(images.map(absolutePath));
	return (await namedIn(paths)).filter(({ path }) => !own.has(absolutePath(path)));
}

async function namedIn(paths: readonly string[]): Promise<Named[]> {
	const found = new Set<string>();
	for (const path of paths) for (const one of (await findInputs(path)).paths) found.add(one);
	return [...found].map((path) => ({ id: caseStem(path), path }));
}

async function imagesFor({ pairs }: Paired<NamedCase>, image: readonly string[]): Promise<ReadonlyMap<string, string>> {
	const found = pairCases(
		pairs.map(({ prediction }) => prediction),
		await namedIn(image),
	);
	return new Map(found.pairs.map(({ prediction, label }) => [prediction.id, label.path]));
}

/** @throws INPUT where no prediction has labels */
function requirePairs(paired: Paired<NamedCase>, label: readonly string[]): Paired<NamedCase> {
	if (paired.pairs.length > 0) return paired;
	const [one, other] = [paired.unlabelled[0], paired.unused[0]];
	const found = other === undefined ? "there are none besides the images" : `the first is ${other.path}`;
	throw new NnvolError(
		"INPUT",
		`data.test.label: no labels in ${label.join(", ")} have the name of a case (the first is ${one?.id}; of the labels ${found}); name labels as the inputs`,
		{ fields: { cases: paired.unlabelled.map(({ id }) => id) } },
	);
}

function scoredPair({ prediction, label }: Paired<NamedCase>["pairs"][number]) {
	return { id: prediction.id, prediction: prediction.path, label: label.path };
}

function imagesOf(pairs: Paired<NamedCase>["pairs"]): ReadonlyMap<string, string> {
	return new Map(pairs.flatMap(({ prediction: { id, image } }) => (image === undefined ? [] : [[id, image] as const])));
}

function places(folder: string) {
	return { json: joinPath(folder, "scores.json"), html: joinPath(folder, "scores.html") };
}

function rest(flags: VolumeFlags) {
	return { quiet: flags.quiet === true, asJson: flags.json === true };
}
