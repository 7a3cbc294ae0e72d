/**
 * `nnvol predict MODEL INPUT OUTPUT`: what nnU-Net's predictor does, with nothing else to know.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { NnvolError } from "../../core/errors.ts";
import { loadModel } from "../../model/load.ts";
import { findModel, type ModelFiles } from "../../model/locate.ts";
import { findInputs } from "../../nnunet/inputs.ts";
import { statisticsNote } from "../../plan/config-settings.ts";
import { modelSettings } from "../../plan/model-settings.ts";
import { predictCases } from "../../plan/predict-cases.ts";
import type { Settings } from "../../plan/settings.ts";
import { parseFormat } from "../../plan/volume-cases.ts";
import { parseDevice } from "../../runtime/devices.ts";
import type { FormatName } from "../../volume/volume.ts";
import { requireApart } from "../apart.ts";
import { parseCount, parseFolds, parseFraction } from "../arguments.ts";
import { makeProgress } from "../progress.ts";
import { carryOut, threadsOf } from "../run-plan.ts";

/** Options of `predict` as the command line gives them. */
export type PredictFlags = {
	readonly folds?: string;
	readonly tta: boolean;
	readonly stepSize: string;
	readonly saveProbabilities?: boolean;
	readonly device: string;
	readonly batchSize: string;
	readonly threads?: string;
	readonly format?: string;
	readonly inputDataset?: string;
	readonly plans?: string;
	readonly dataset?: string;
	readonly checkpointName?: string;
	readonly overwrite?: boolean;
	readonly acceptExisting?: boolean;
	readonly json?: boolean;
	readonly quiet?: boolean;
};

/** Cases held at a time: one is read or written while another is predicted. */
const CASES_HELD = 2;

/** Tries on passing faults of input and output. */
const TRIES = 3;

/** Runs the command; gives the exit code. */
export async function runPredict(
	modelPath: string,
	input: string,
	output: string,
	flags: PredictFlags,
): Promise<number> {
	const step = parseFraction("--step-size", flags.stepSize);
	const batchSize = parseCount("--batch-size", flags.batchSize);
	const threads = threadsOf(flags.threads === undefined ? -1 : parseCount("--threads", flags.threads));
	const format = formatOf(flags.format);
	parseDevice(flags.device);
	const folds = parseFolds(flags.folds);
	const model = await loadModel(
		await findModel(modelPath, {
			folds,
			plans: flags.plans,
			dataset: flags.dataset,
			checkpointName: flags.checkpointName,
		}),
	);
	const progress = makeProgress({ json: flags.json === true, quiet: flags.quiet === true });
	const found = await findInputs(input, model.spec.fileEnding);
	for (const text of found.notes) progress.onEvent({ kind: "note", text });
	const { folder, cases } = await predictCases(found.paths, model.spec, {
		output,
		...(format === undefined ? {} : { format }),
		...(flags.inputDataset === undefined ? {} : { dataset: flags.inputDataset }),
	});
	if (resolve(folder) === resolve(output)) await requireApart(folder, found.paths);
	const settings = settingsOf(modelSettings(model.spec), flags, step);
	const note = statisticsNote(settings, model.spec);
	if (settings.sectionwise && note !== "") progress.onEvent({ kind: "note", text: note });
	return carryOut({
		model,
		settings,
		folder,
		cases,
		device: flags.device,
		threads,
		progress,
		beside: flags.saveProbabilities === true ? await filesForEnsemble(model.files) : {},
		options: {
			overwrite: flags.overwrite === true,
			acceptExisting: flags.acceptExisting === true,
			stopOnError: false,
			casesHeld: CASES_HELD,
			batchSize,
			tries: TRIES,
			reportEvery: 10,
			share: "",
		},
	});
}

/** nnU-Net's ensemble command reads the model's own files from the folder of probabilities. */
async function filesForEnsemble({ plans, dataset }: ModelFiles): Promise<Readonly<Record<string, string>>> {
	return { "plans.json": await readFile(plans, "utf8"), "dataset.json": await readFile(dataset, "utf8") };
}

function settingsOf(base: Settings, flags: PredictFlags, step: number): Settings {
	return {
		...base,
		step,
		...(flags.inputDataset === undefined ? {} : { dataset: flags.inputDataset }),
		views: flags.tta ? base.views : [[]],
		output: { kind: "labels", probabilities: flags.saveProbabilities === true, dtype: "by-values" },
	};
}

function formatOf(name: string | undefined): FormatName | undefined {
	if (name === undefined) return undefined;
	const format = parseFormat(name);
	if (format !== undefined) return format;
	throw new NnvolError("CONFIG", `--format ${name}: expected png, tiff, h5 or zarr`);
}
