/**
 * `nnUNetv2_predict` and `nnUNetv2_predict_from_modelfolder`, translated to `nnvol predict` with nnU-Net's defaults.
 *
 * Source of names and defaults: nnU-Net 2.8.1, inference/predict_from_raw_data.py.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NnvolError } from "../../core/errors.ts";
import { canonicalJson } from "../../core/hash.ts";
import { findModel } from "../../model/locate.ts";
import { type ModelReference, modelPath } from "../../model/reference.ts";
import { parseFolds } from "../arguments.ts";
import type { PredictFlags } from "../predict-flags.ts";
import type { Argument, Arguments } from "./arguments.ts";
import { type NnunetCommand, unneededText } from "./command.ts";

const ALL_FOLDS = ["0", "1", "2", "3", "4"];
const CHECKPOINT = "checkpoint_final.pth";
const UNNEEDED = ["-npp", "-nps", "--verbose", "--not_on_device"];

const FILES: readonly Argument[] = [
	{ names: ["-i"], kind: "value", required: true, help: "folder of images, named ID_0000 and so on" },
	{ names: ["-o"], kind: "value", required: true, help: "folder for the predictions" },
];
const WHICH: readonly Argument[] = [
	{ names: ["-d"], kind: "value", required: true, help: "data set: its id or its name" },
	{ names: ["-p"], kind: "value", help: "plans (default: nnUNetPlans)" },
	{ names: ["-tr"], kind: "value", help: "trainer (default: nnUNetTrainer)" },
	{ names: ["-c"], kind: "value", required: true, help: "configuration: 2d, 3d_fullres, ..." },
];
const HOW: readonly Argument[] = [
	{ names: ["-f"], kind: "values", help: "folds, or all (default: 0 1 2 3 4)" },
	{ names: ["-step_size"], kind: "value", help: "step between tiles as a fraction of the patch (default: 0.5)" },
	{ names: ["--disable_tta"], kind: "flag", help: "no mirrored views" },
	{ names: ["--verbose"], kind: "flag", help: "accepted, not needed" },
	{ names: ["--save_probabilities"], kind: "flag", help: "also write ID.npz and ID.pkl" },
	{
		names: ["--continue_prediction", "--c"],
		kind: "flag",
		help: "leave predictions that exist already, whatever made them",
	},
	{ names: ["-chk"], kind: "value", help: `name of the checkpoints (default: ${CHECKPOINT})` },
	{ names: ["-npp"], kind: "value", help: "accepted, not needed" },
	{ names: ["-nps"], kind: "value", help: "accepted, not needed" },
	{
		names: ["-prev_stage_predictions"],
		kind: "value",
		help: "folder of the previous stage's predictions, for cascades",
	},
	{ names: ["-device"], kind: "value", help: "cuda, cpu or mps (default: cuda, or the CPU where there is none)" },
	{ names: ["--disable_progress_bar"], kind: "flag", help: "no progress" },
	{ names: ["--not_on_device"], kind: "flag", help: "accepted, not needed" },
];
const SHARE: readonly Argument[] = [
	{ names: ["-num_parts"], kind: "value", help: "number of processes that share the cases (default: 1)" },
	{ names: ["-part_id"], kind: "value", help: "which of them this one is, from 0 (default: 0)" },
];

/** `nnUNetv2_predict`. */
export const PREDICT: NnunetCommand = {
	what: "Predicts a folder of images with a model of nnUNet_results.",
	arguments: [...FILES, ...WHICH, ...HOW, ...SHARE],
	run: (given, note) => {
		const lookup = {
			dataset: given.need("-d"),
			configuration: given.need("-c"),
			trainer: given.one("-tr"),
			plansName: given.one("-p"),
		};
		return predict(lookup, given, note);
	},
};

/** `nnUNetv2_predict_from_modelfolder`. */
export const PREDICT_FROM_MODELFOLDER: NnunetCommand = {
	what: "Predicts a folder of images with the model in a folder.",
	arguments: [
		...FILES,
		{ names: ["-m"], kind: "value", required: true, help: "the model's folder, with fold_0 and so on" },
		...HOW,
	],
	run: (given, note) => predict(given.need("-m"), given, note),
};

async function predict(reference: ModelReference, given: Arguments, note: (text: string) => void): Promise<number> {
	const unneeded = unneededText(given, UNNEEDED);
	if (unneeded !== "") note(unneeded);
	const path = await modelPath(reference);
	const [input, output] = [given.need("-i"), given.need("-o")];
	const flags = flagsOf(given, note);
	const { runPredict } = await import("../commands/predict.ts");
	return runPredict(path, input, output, { ...flags, beside: await filesBeside(path, output, given, flags) });
}

function flagsOf(given: Arguments, note: (text: string) => void): PredictFlags {
	const goesOn = given.has("--continue_prediction");
	return {
		folds: (given.many("-f") ?? ALL_FOLDS).join(","),
		tta: !given.has("--disable_tta"),
		stepSize: given.one("-step_size") ?? "0.5",
		saveProbabilities: given.has("--save_probabilities"),
		device: deviceOf(given.one("-device"), note),
		batchSize: "1",
		checkpointName: given.one("-chk") ?? CHECKPOINT,
		previousStage: given.one("-prev_stage_predictions"),
		numParts: given.one("-num_parts"),
		partId: given.one("-part_id"),
		overwrite: !goesOn,
		acceptExisting: goesOn ? "complete" : false,
		quiet: given.has("--disable_progress_bar"),
	};
}

/** nnU-Net's default is `cuda`; what was not asked for may be the CPU. */
function deviceOf(name: string | undefined, note: (text: string) => void): string {
	if (name !== "mps") return name ?? "auto";
	note("-device mps: Apple's GPU is not used; running on the CPU, which gives the same labels");
	return "cpu";
}

/** What nnU-Net writes among the predictions. A run that goes on leaves what is there, where it is of the same model. */
async function filesBeside(
	path: string,
	output: string,
	given: Arguments,
	flags: PredictFlags,
): Promise<Readonly<Record<string, string>>> {
	const { plans, dataset } = await findModel(path, {
		folds: parseFolds(flags.folds),
		checkpointName: flags.checkpointName,
	});
	const wanted = {
		"dataset.json": await readFile(dataset, "utf8"),
		"plans.json": await readFile(plans, "utf8"),
		[ARGUMENTS]: `${JSON.stringify(argumentsOf(given, flags), null, 4)}\n`,
	};
	if (flags.overwrite === true) return wanted;
	const files: Record<string, string> = {};
	for (const [name, text] of Object.entries(wanted)) {
		const found = await readFile(join(output, name), "utf8").catch(() => undefined);
		if (found === undefined || (name !== ARGUMENTS && !sameJson(found, text))) files[name] = text;
	}
	return files;
}

const ARGUMENTS = "predict_from_raw_data_args.json";

/** The arguments under the names of nnU-Net's function, sorted. */
function argumentsOf(given: Arguments, flags: PredictFlags): Readonly<Record<string, unknown>> {
	return {
		folder_with_segs_from_prev_stage: flags.previousStage ?? null,
		list_of_lists_or_source_folder: given.need("-i"),
		num_parts: Number(flags.numParts ?? 1),
		num_processes_preprocessing: Number(given.one("-npp") ?? 3),
		num_processes_segmentation_export: Number(given.one("-nps") ?? 3),
		output_folder_or_list_of_truncated_output_files: given.need("-o"),
		overwrite: flags.overwrite === true,
		part_id: Number(flags.partId ?? 0),
		save_probabilities: flags.saveProbabilities === true,
	};
}

function sameJson(a: string, b: string): boolean {
	try {
		return canonicalJson(JSON.parse(a)) === canonicalJson(JSON.parse(b));
	} catch (cause) {
		if (cause instanceof SyntaxError) return false;
		throw new NnvolError("RUN", "JSON files cannot be compared", { cause });
	}
}
