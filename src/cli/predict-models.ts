/**
 * Predicts planned cases with one model or the average of several; previous stages of cascades are run first.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { type LoadedModel, loadModel } from "../model/load.ts";
import { findModel, type ModelFiles } from "../model/locate.ts";
import type { ModelReference } from "../model/reference.ts";
import { statisticsNote } from "../plan/config-settings.ts";
import { modelSettings } from "../plan/model-settings.ts";
import { makePlan, type PlannedCase } from "../plan/plan.ts";
import { predictCases } from "../plan/predict-cases.ts";
import { requireLocalFor } from "../plan/remote-outputs.ts";
import type { Settings } from "../plan/settings.ts";
import { stateFolder } from "../run/ledger.ts";
import type { MonitorSettings } from "../run/monitor-settings.ts";
import type { RunReport } from "../run/report.ts";
import { joinPath } from "../volume/stores/location.ts";
import { parseFolds } from "./arguments.ts";
import { carryOutByAll } from "./carry-out.ts";
import type { PredictFlags } from "./predict-flags.ts";
import { findPrevious, type Segmentations, segmentationsOf, withPrevious } from "./previous-stage.ts";
import { isForEnsembles, labelOutput } from "./probabilities.ts";
import type { Progress } from "./progress.ts";
import { type CarryOut, identityOf } from "./run-plan.ts";
import { workersOf } from "./workers.ts";

/** Cases held at a time: one is read or written while another is predicted. */
const CASES_HELD = 2;

/** Small ones held at a time: each waits for the disk several times. */
const SMALL_CASES_HELD = 8;

/** Tries on passing faults of input and output. */
const TRIES = 3;

/** What a run is made of, once arguments are checked. */
export type Prepared = {
	readonly flags: PredictFlags;
	readonly step: number;
	readonly batchSize: number;
	readonly threads: number;
	/** Most bytes that the run may hold. */
	readonly memory?: number;
	readonly progress: Progress;
	readonly monitor?: MonitorSettings;
	readonly share: { readonly index: number; readonly count: number };
	readonly labels: Settings["output"];
	/** Outputs made otherwise are made anew: those that no user asked for. */
	readonly remakeForeign?: boolean;
	readonly onReport?: (report: RunReport) => void;
	/** What is done in place of carrying the run out: previous stages are not run then. */
	readonly instead?: CarryOut;
};

/** Predicts `cases` with the average of `models`, previous stages first. */
export async function predictWith(
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
	return (prepared.instead ?? carryOutByAll)({
		model,
		settings,
		further: further.map((other) => ({ model: other, settings: settingsOf(other, prepared) })),
		folder,
		isTemporary: flags.isTemporary === true,
		cases,
		device: flags.device,
		threads: prepared.threads,
		...workersOf(flags),
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
			...(prepared.memory === undefined ? {} : { memory: prepared.memory }),
			...(flags.stream === undefined ? {} : { stream: flags.stream }),
			...(prepared.monitor === undefined ? {} : { monitor: prepared.monitor }),
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
	requireLocalFor("the second stage of a cascade", folder);
	if (prepared.instead !== undefined && previous.kind === "model") {
		const text = `the previous stage is run first, and is not foreseen here: ${previous.path}`;
		prepared.progress.onEvent({ kind: "note", text });
		return cases;
	}
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
	const output = joinPath(stateFolder(folder), `previous-${first.spec.configuration}-${hash.slice(0, 8)}`);
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

/** Finds, reads and checks a model. @throws MODEL, CHECKPOINT, CONFIG, UNBUILT */
export async function openModel(reference: ModelReference, flags: PredictFlags): Promise<LoadedModel> {
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
