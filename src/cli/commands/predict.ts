/**
 * `nnvol predict MODEL INPUT OUTPUT`: what nnU-Net's predictor does, with nothing else to know.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { NnvolError } from "../../core/errors.ts";
import { type LoadedModel, loadModel } from "../../model/load.ts";
import { findModel, type ModelFiles } from "../../model/locate.ts";
import type { ModelReference } from "../../model/reference.ts";
import { findInputs } from "../../nnunet/inputs.ts";
import { statisticsNote } from "../../plan/config-settings.ts";
import { modelSettings } from "../../plan/model-settings.ts";
import { makePlan, type PlannedCase, requireClearOutputs } from "../../plan/plan.ts";
import { predictCases } from "../../plan/predict-cases.ts";
import type { Settings } from "../../plan/settings.ts";
import { parseFormat } from "../../plan/volume-cases.ts";
import { requireOneTask } from "../../run/ensemble.ts";
import { stateFolder } from "../../run/ledger.ts";
import type { RunReport } from "../../run/report.ts";
import { parseDevice } from "../../runtime/devices.ts";
import type { FormatName } from "../../volume/volume.ts";
import { requireApart } from "../apart.ts";
import { parseCount, parseFolds, parseFraction, parseShare } from "../arguments.ts";
import { findPrevious, type Segmentations, segmentationsOf, withPrevious } from "../previous-stage.ts";
import { isForEnsembles, labelOutput } from "../probabilities.ts";
import { makeProgress, type Progress } from "../progress.ts";
import { carryOut, identityOf, threadsOf } from "../run-plan.ts";

/** Options of `predict` as the command line gives them. */
export type PredictFlags = {
	readonly folds?: string | undefined;
	readonly tta: boolean;
	readonly stepSize: string;
	readonly saveProbabilities?: boolean;
	/** How they are kept; giving one of these saves them. */
	readonly probabilitiesFormat?: string | undefined;
	readonly probabilitiesDtype?: string | undefined;
	readonly device: string;
	readonly batchSize: string;
	readonly threads?: string | undefined;
	readonly format?: string | undefined;
	readonly inputDataset?: string | undefined;
	readonly plans?: string | undefined;
	readonly dataset?: string | undefined;
	readonly checkpointName?: string | undefined;
	/** Further models: probabilities are averaged. */
	readonly with?: readonly string[];
	/** Folder of segmentations, or a model, of a cascade's previous stage. */
	readonly previousStage?: string | undefined;
	/** Share of the cases that this process takes. */
	readonly numParts?: string | undefined;
	readonly partId?: string | undefined;
	/** Files written among the outputs, by name. */
	readonly beside?: Readonly<Record<string, string>>;
	readonly overwrite?: boolean;
	readonly acceptExisting?: boolean | "complete";
	readonly json?: boolean;
	readonly quiet?: boolean;
};

/** Cases held at a time: one is read or written while another is predicted. */
const CASES_HELD = 2;

/** Small ones held at a time: each waits for the disk several times. */
const SMALL_CASES_HELD = 8;

/** Tries on passing faults of input and output. */
const TRIES = 3;

/** What a run is made of, once arguments are checked. */
type Prepared = {
	readonly flags: PredictFlags;
	readonly step: number;
	readonly batchSize: number;
	readonly threads: number;
	readonly progress: Progress;
	readonly share: { readonly index: number; readonly count: number };
	readonly labels: Settings["output"];
	/** Outputs made otherwise are made anew: those that no user asked for. */
	readonly remakeForeign?: boolean;
	readonly onReport?: (report: RunReport) => void;
};

/** Runs the command; gives the exit code. */
export async function runPredict(
	reference: ModelReference,
	input: string,
	output: string,
	flags: PredictFlags,
): Promise<number> {
	const prepared = await prepare(flags);
	const format = formatOf(flags.format);
	const model = await openModel(reference, flags);
	const further: LoadedModel[] = [];
	for (const path of flags.with ?? [])
		further.push(await openModel(path, { ...flags, plans: undefined, dataset: undefined }));
	requireOneTask([model, ...further].map(({ spec }) => spec));
	const { progress, share } = prepared;
	const found = await findInputs(input, model.spec.fileEnding);
	for (const text of found.notes) progress.onEvent({ kind: "note", text });
	const planned = await predictCases(found.paths, model.spec, {
		output,
		...(format === undefined ? {} : { format }),
		...(flags.inputDataset === undefined ? {} : { dataset: flags.inputDataset }),
	});
	const { folder } = planned;
	if (resolve(folder) === resolve(output)) await requireApart(folder, found.paths);
	requireClearOutputs(planned.cases); // of all shares, not of this one alone
	const cases = planned.cases.filter((_, n) => n % share.count === share.index);
	if (cases.length === 0) {
		const text = `nothing to do: part ${share.index} of ${share.count} has none of the ${planned.cases.length} cases`;
		progress.onEvent({ kind: "note", text });
		return 0;
	}
	return predictWith([model, ...further], folder, cases, prepared);
}

/** Predicts `cases` with the average of `models`, previous stages first. */
async function predictWith(
	models: readonly LoadedModel[],
	folder: string,
	planned: readonly PlannedCase[],
	prepared: Prepared,
): Promise<number> {
	const { flags, progress, share } = prepared;
	let cases = planned;
	for (const [index, model] of models.entries()) {
		cases = await addPrevious(model, folder, cases, { index, count: models.length }, prepared);
	}
	const [model, ...further] = models;
	if (model === undefined) throw new RangeError("predict without a model");
	const settings = settingsOf(model, prepared);
	const note = statisticsNote(settings, model.spec);
	if (settings.sectionwise && note !== "") progress.onEvent({ kind: "note", text: note });
	return carryOut({
		model,
		settings,
		further: further.map((other) => ({ model: other, settings: settingsOf(other, prepared) })),
		folder,
		cases,
		device: flags.device,
		threads: prepared.threads,
		progress,
		...(prepared.onReport === undefined ? {} : { onReport: prepared.onReport }),
		beside: { ...(isForEnsembles(prepared.labels) ? await filesForEnsemble(model.files) : {}), ...flags.beside },
		options: {
			overwrite: flags.overwrite === true,
			acceptExisting: flags.acceptExisting ?? false,
			remakeForeign: prepared.remakeForeign === true,
			stopOnError: false,
			casesHeld: CASES_HELD,
			smallCasesHeld: SMALL_CASES_HELD,
			batchSize: prepared.batchSize,
			tries: TRIES,
			reportEvery: 10,
			share: share.count === 1 ? "" : `-${share.index}-of-${share.count}`,
		},
	});
}

/** `cases` with the segmentations of the previous stage of `model`, which is run first where it is a model. */
async function addPrevious(
	model: LoadedModel,
	folder: string,
	cases: readonly PlannedCase[],
	place: { readonly index: number; readonly count: number },
	prepared: Prepared,
): Promise<readonly PlannedCase[]> {
	const named = model.spec.previousStage === undefined && place.count > 1 ? undefined : prepared.flags.previousStage;
	const previous = await findPrevious(model, named);
	if (previous === undefined) return cases;
	const found =
		previous.kind === "model"
			? await runPrevious(previous.path, folder, cases, prepared)
			: { folder: previous.path, failures: new Map<string, string>() };
	const ending = model.spec.fileEnding;
	return withPrevious(cases, await segmentationsOf(found.folder, cases, ending), found, place);
}

/** Runs the model of a previous stage; its segmentations are kept under `.nnvol/`, in a folder for this model and its settings. */
async function runPrevious(
	path: string,
	folder: string,
	cases: readonly PlannedCase[],
	prepared: Prepared,
): Promise<Segmentations> {
	const first = await openPrevious(path, prepared.flags);
	const flags = { ...prepared.flags, previousStage: undefined, beside: {}, acceptExisting: false };
	const own = { ...prepared, flags, labels: await labelOutput({}), remakeForeign: true };
	const { hash } = makePlan(await identityOf(first), settingsOf(first, own), folder, []);
	const output = join(stateFolder(folder), `previous-${first.spec.configuration}-${hash.slice(0, 8)}`);
	prepared.progress.onEvent({ kind: "note", text: `previous stage ${first.spec.configuration}, kept in ${output}` });
	const outputs = await predictCases(
		cases.flatMap(({ files }) => files),
		first.spec,
		{ output },
	);
	const failures = new Map(outputs.cases.map(({ id }) => [id, "it was not begun"]));
	const onReport = (report: RunReport) => {
		for (const { id, state, error } of report.cases) {
			if (state === "failed") failures.set(id, error ?? "it failed");
			else failures.delete(id);
		}
	};
	await predictWith([first], outputs.folder, outputs.cases, { ...own, onReport });
	return { folder: outputs.folder, failures };
}

async function prepare(flags: PredictFlags): Promise<Prepared> {
	parseDevice(flags.device);
	parseFolds(flags.folds);
	return {
		flags,
		step: parseFraction("--step-size", flags.stepSize),
		batchSize: parseCount("--batch-size", flags.batchSize),
		threads: threadsOf(flags.threads === undefined ? -1 : parseCount("--threads", flags.threads)),
		progress: makeProgress({ json: flags.json === true, quiet: flags.quiet === true }),
		share: parseShare(flags.numParts, flags.partId),
		labels: await labelOutput(flags),
	};
}

async function openModel(reference: ModelReference, flags: PredictFlags): Promise<LoadedModel> {
	const { plans, dataset, checkpointName } = flags;
	const folds = parseFolds(flags.folds);
	return loadModel(await findModel(reference, { folds, plans, dataset, checkpointName }));
}

/** The model of a previous stage: the same folds where it has them, else those it has. */
async function openPrevious(path: string, flags: PredictFlags): Promise<LoadedModel> {
	const own = { ...flags, plans: undefined, dataset: undefined };
	return openModel(path, own).catch((error) => {
		if (flags.folds === undefined) throw error;
		return openModel(path, { ...own, folds: undefined });
	});
}

/** nnU-Net's ensemble command reads the model's own files from the folder of probabilities. */
async function filesForEnsemble({ plans, dataset }: ModelFiles): Promise<Readonly<Record<string, string>>> {
	return { "plans.json": await readFile(plans, "utf8"), "dataset.json": await readFile(dataset, "utf8") };
}

function settingsOf({ spec }: LoadedModel, { flags, step, labels }: Prepared): Settings {
	const base = modelSettings(spec);
	return {
		...base,
		step,
		...(flags.inputDataset === undefined ? {} : { dataset: flags.inputDataset }),
		views: flags.tta ? base.views : [[]],
		output: labels,
	};
}

function formatOf(name: string | undefined): FormatName | undefined {
	if (name === undefined) return undefined;
	const format = parseFormat(name);
	if (format !== undefined) return format;
	throw new NnvolError("CONFIG", `--format ${name}: expected png, bmp, tiff, nii.gz, nii, nrrd, mha, gipl, h5 or zarr`);
}
