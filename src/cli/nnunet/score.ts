/**
 * nnU-Net's commands on what was predicted already, translated to nnvol's.
 *
 * Source of names and defaults: nnU-Net 2.8.1, ensembling/, evaluation/ and postprocessing/.
 *
 * @module
 */
import { parseLabel, parseLabels } from "../arguments-labels.ts";
import type { Argument } from "./arguments.ts";
import { type NnunetCommand, unneededText } from "./command.ts";

const PROCESSES: Argument = { names: ["-np"], kind: "value", help: "accepted, not needed" };
const PLANS: Argument = {
	names: ["-plans_json"],
	kind: "value",
	help: "plans.json (default: that of the input folder)",
};
const DATASET: Argument = {
	names: ["-dataset_json"],
	kind: "value",
	help: "dataset.json (default: that of the input folder)",
};
const OUTPUT: Argument = {
	names: ["-o"],
	kind: "value",
	help: "the file to write (default: summary.json among the predictions)",
};
const CHILL: Argument = {
	names: ["--chill"],
	kind: "flag",
	help: "score what is there, though predictions are missing",
};
const FOLDERS: readonly Argument[] = [
	{ names: ["gt_folder"], kind: "value", required: true, help: "folder of true labels" },
	{ names: ["pred_folder"], kind: "value", required: true, help: "folder of predicted labels" },
];

/** `nnUNetv2_ensemble`. */
export const ENSEMBLE: NnunetCommand = {
	what: "Averages the probabilities of several folders and writes the labels.",
	arguments: [
		{ names: ["-i"], kind: "values", required: true, help: "folders with ID.npz files" },
		{ names: ["-o"], kind: "value", required: true, help: "folder for the labels" },
		PROCESSES,
		{ names: ["--save_npz"], kind: "flag", help: "also write the mean as ID.npz and ID.pkl" },
	],
	run: async (given, note) => {
		tell(unneededText(given, ["-np"]), note);
		const { runEnsemble } = await import("../commands/ensemble.ts");
		return runEnsemble(given.many("-i") ?? [], given.need("-o"), { saveProbabilities: given.has("--save_npz") });
	},
};

/** `nnUNetv2_apply_postprocessing`. */
export const APPLY_POSTPROCESSING: NnunetCommand = {
	what: "Applies post-processing to a folder of labels.",
	arguments: [
		{ names: ["-i"], kind: "value", required: true, help: "folder of labels" },
		{ names: ["-o"], kind: "value", required: true, help: "folder for the changed labels" },
		{ names: ["-pp_pkl_file"], kind: "value", required: true, help: "postprocessing.pkl or postprocessing.json" },
		PROCESSES,
		PLANS,
		DATASET,
	],
	run: async (given, note) => {
		tell(unneededText(given, ["-np"]), note);
		const { runApplyPostprocessing } = await import("../commands/apply-postprocessing.ts");
		return runApplyPostprocessing(given.need("-i"), given.need("-o"), {
			postprocessing: given.need("-pp_pkl_file"),
			...optional("plans", given.one("-plans_json")),
			...optional("dataset", given.one("-dataset_json")),
		});
	},
};

/** `nnUNetv2_determine_postprocessing`. */
export const DETERMINE_POSTPROCESSING: NnunetCommand = {
	what: "Finds out whether keeping only largest components improves labels.",
	arguments: [
		{ names: ["-i"], kind: "value", required: true, help: "folder of predicted labels" },
		{ names: ["-ref"], kind: "value", required: true, help: "folder of true labels" },
		PLANS,
		DATASET,
		PROCESSES,
		{ names: ["--remove_postprocessed"], kind: "flag", help: "do not keep the improved labels" },
	],
	run: async (given, note) => {
		tell(unneededText(given, ["-np"]), note);
		const { runDeterminePostprocessing } = await import("../commands/determine-postprocessing.ts");
		return runDeterminePostprocessing(given.need("-i"), given.need("-ref"), {
			...optional("plans", given.one("-plans_json")),
			...optional("dataset", given.one("-dataset_json")),
			removePostprocessed: given.has("--remove_postprocessed"),
		});
	},
};

/** `nnUNetv2_evaluate_folder`. */
export const EVALUATE_FOLDER: NnunetCommand = {
	what: "Scores predicted labels against true ones.",
	arguments: [
		...FOLDERS,
		{ names: ["-djfile"], kind: "value", required: true, help: "dataset.json" },
		{ names: ["-pfile"], kind: "value", required: true, help: "plans.json" },
		OUTPUT,
		PROCESSES,
		CHILL,
	],
	run: async (given, note) => {
		tell(unneededText(given, ["-np"]), note);
		const { runEvaluate } = await import("../commands/evaluate.ts");
		return runEvaluate(given.need("gt_folder"), given.need("pred_folder"), {
			dataset: given.need("-djfile"),
			plans: given.need("-pfile"),
			...optional("output", given.one("-o")),
			chill: given.has("--chill"),
		});
	},
};

/** `nnUNetv2_evaluate_simple`. */
export const EVALUATE_SIMPLE: NnunetCommand = {
	what: "Scores the labels that are named, without a data set's files.",
	arguments: [
		...FOLDERS,
		{ names: ["-l"], kind: "values", required: true, help: "labels to score" },
		{ names: ["-il"], kind: "value", help: "voxels of this true label are not counted" },
		OUTPUT,
		PROCESSES,
		CHILL,
	],
	run: async (given, note) => {
		tell(unneededText(given, ["-np"]), note);
		const ignored = given.one("-il");
		const { runEvaluate } = await import("../commands/evaluate.ts");
		return runEvaluate(given.need("gt_folder"), given.need("pred_folder"), {
			labels: parseLabels("-l", given.many("-l") ?? []),
			...(ignored === undefined ? {} : { ignore: parseLabel("-il", ignored) }),
			...optional("output", given.one("-o")),
			chill: given.has("--chill"),
		});
	},
};

function tell(text: string, note: (text: string) => void): void {
	if (text !== "") note(text);
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [k in K]?: string } {
	const record: { [k in K]?: string } = {};
	if (value !== undefined) record[key] = value;
	return record;
}
