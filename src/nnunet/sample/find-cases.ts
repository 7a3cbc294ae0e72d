/**
 * Which files belong to a case: its images, its predicted labels, and what tells how unsure they are.
 *
 * Predictions are found by name, as `predict` and `infer-volume` write them: `ID.ext` or `ID_prediction.ext`, with
 * `_uncertainty`, `_mutual_information`, `_variance` or `_probabilities` behind.
 *
 * @module
 */
import { readdir, stat } from "node:fs/promises";
import { NnvolError } from "../../core/errors.ts";
import { fileError } from "../../volume/fault.ts";
import { caseStem, formatOfName, isVolumeFolder, pathStem, stripEnding } from "../../volume/formats.ts";
import { baseOf, isRemote, joinPath, parentOf } from "../../volume/stores/location.ts";
import { groupCases, parseCaseName } from "../cases.ts";
import { findInputs } from "../inputs.ts";
import type { Measure, ScoreFile } from "./score-source.ts";

/** A case with everything that is taken of it. */
export type SampledCase = {
	readonly id: string;
	/** Images, in channel order. */
	readonly files: readonly string[];
	/** Predicted labels. */
	readonly labels: string;
	readonly scores: ScoreFile;
};

/** What is looked for, the first that every case has. */
const KINDS: readonly (readonly [kind: ScoreFile["kind"], measure: Measure, ending: string])[] = [
	["entropy", "entropy", "_uncertainty"],
	["probabilities", "entropy", "_probabilities"],
	["mutual_information", "mutual_information", "_mutual_information"],
	["variance", "variance", "_variance"],
];

/** How predictions are looked for. */
export type FindOptions = {
	/** Only what tells this; the first of entropy, mutual information and variance where it is left out. */
	readonly measure?: Measure;
	/** What stands behind the image's name in the names of predictions; none or `prediction` where it is left out. */
	readonly suffix?: string;
};

/** What was found. `measure` is what regions are ranked by. */
export type FoundCases = {
	readonly cases: readonly SampledCase[];
	readonly measure: Measure;
	/** The folder that the predictions are in. */
	readonly folder: string;
	readonly notes: readonly string[];
};

/**
 * The cases that `input` names, with their predictions at `prediction`: a folder, or the labels of the one case.
 *
 * @throws INPUT where a case or a part of it is missing, or is there twice
 */
export async function findSampledCases(input: string, prediction: string, options: FindOptions): Promise<FoundCases> {
	const { paths, notes } = await findInputs(input);
	const groups = groupCases(paths, 1 + Math.max(...paths.map((path) => parseCaseName(path).channel ?? 0)));
	for (const { problem } of groups) if (problem !== undefined) throw new NnvolError("INPUT", problem);
	requireDistinct(groups);
	const isOne = await isVolume(prediction);
	if (isOne && groups.length > 1) {
		throw new NnvolError(
			"INPUT",
			`${prediction} is one prediction and ${input} has ${groups.length} cases; name the folder of predictions`,
		);
	}
	const folder = isOne ? parentOf(prediction) : prediction;
	const names = await stemsIn(folder);
	const found = groups.map((group) => {
		const stems = isOne ? [baseOf(pathStem(prediction))] : stemsOf(group.id, group.files[0] ?? "", options.suffix);
		return { ...group, ...predictionOf(folder, group.id, stems, names) };
	});
	const [kind, measure] = commonKind(found, options.measure);
	const cases = found.map(({ id, files, labels, scores }): SampledCase => {
		const path = scores.get(kind);
		if (path === undefined) throw new RangeError(`${id} has no ${kind}`);
		return { id, files, labels, scores: { path, kind } };
	});
	return { cases, measure, folder, notes };
}

function requireDistinct(groups: readonly { readonly id: string; readonly files: readonly string[] }[]): void {
	const twice = groups.find(({ id }, n) => groups.findIndex((other) => other.id === id) !== n);
	if (twice === undefined) return;
	throw new NnvolError(
		"INPUT",
		`two inputs are case ${twice.id}, one of them ${twice.files[0]}; sample them by themselves`,
	);
}

async function isVolume(path: string): Promise<boolean> {
	if (isRemote(path)) {
		throw new NnvolError(
			"UNBUILT",
			`${path}: predictions behind URLs are not searched for what belongs together; copy labels and uncertainty into a folder (nnvol convert)`,
		);
	}
	const found = await stat(path).catch((cause) => {
		throw fileError(path, "read", cause);
	});
	return found.isFile() || (await isVolumeFolder(path));
}

/** Paths in the folder by their names without ending; `.npz` is nnU-Net's probabilities. */
async function stemsIn(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
	const names = await readdir(folder).catch((cause) => {
		throw fileError(folder, "list", cause);
	});
	const stems = new Map<string, string[]>();
	for (const name of names.sort()) {
		const isNpz = name.toLowerCase().endsWith(".npz");
		if (name.startsWith(".") || (!isNpz && formatOfName(name) === undefined)) continue;
		const stem = `${stripEnding(name)}${isNpz ? "_probabilities" : ""}`;
		stems.set(stem, [...(stems.get(stem) ?? []), joinPath(folder, name)]);
	}
	return stems;
}

/** What the labels of a case may be called. */
function stemsOf(id: string, file: string, suffix: string | undefined): string[] {
	const bases = [...new Set([id, caseStem(file)])];
	return bases.flatMap((base) => (suffix === undefined ? [base, `${base}_prediction`] : [`${base}_${suffix}`]));
}

type Prediction = { readonly labels: string; readonly scores: ReadonlyMap<ScoreFile["kind"], string> };

function predictionOf(
	folder: string,
	id: string,
	stems: readonly string[],
	names: ReadonlyMap<string, readonly string[]>,
): Prediction {
	const labels = stems.flatMap((stem) => (names.get(stem) ?? []).map((path) => ({ stem, path })));
	const [first, second] = labels;
	if (first === undefined) {
		throw new NnvolError(
			"INPUT",
			`${folder} has no predicted labels of case ${id}: expected ${stems.join(" or ")} with an image's ending; predict it first, or say what is behind its name by --suffix`,
			{ fields: { case: id, folder } },
		);
	}
	if (second !== undefined) throw ambiguous(id, first.path, second.path);
	const scores = new Map<ScoreFile["kind"], string>();
	for (const [kind, , ending] of KINDS) {
		const [path, other] = names.get(`${first.stem}${ending}`) ?? [];
		if (path !== undefined && other !== undefined) throw ambiguous(id, path, other);
		if (path !== undefined) scores.set(kind, path);
	}
	return { labels: first.path, scores };
}

function ambiguous(id: string, first: string, second: string): NnvolError {
	return new NnvolError(
		"INPUT",
		`case ${id} has both ${first} and ${second}; keep one of them, or tell them apart by --suffix`,
	);
}

/** What every case has. @throws INPUT where there is none, telling who lacks it */
function commonKind(
	cases: readonly (Prediction & { readonly id: string })[],
	measure: Measure | undefined,
): readonly [ScoreFile["kind"], Measure] {
	const wanted = KINDS.filter(([, own]) => measure === undefined || own === measure);
	for (const [kind, own] of wanted) if (cases.every(({ scores }) => scores.has(kind))) return [kind, own];
	const lacking = cases.find(({ scores }) => wanted.every(([kind]) => !scores.has(kind)));
	const endings = wanted.map(([, , ending]) => ending).join(", ");
	const what =
		lacking === undefined
			? `no one of ${endings} is there of every case: they cannot be compared`
			: `case ${lacking.id} has nothing that tells how unsure it is: expected ${baseOf(pathStem(lacking.labels))} with ${endings} behind`;
	throw new NnvolError(
		"INPUT",
		`${what}; write it by inference.data.outputs: [labels, {kind: uncertainty, measure: ${measure ?? "entropy"}}], or by predict --save-probabilities`,
	);
}
