/**
 * Commands on what was predicted already: ensembles, post-processing, scores.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { COMPARISONS, type Compare } from "../../score/compare.ts";
import { parseLabel, parseLabels } from "../arguments-labels.ts";
import type { PostprocessingFlags } from "../commands/apply-postprocessing.ts";
import type { DetermineFlags } from "../commands/determine-postprocessing.ts";
import type { EnsembleFlags } from "../commands/ensemble.ts";
import { parseFractions, parseIds } from "../score-arguments.ts";
import type { SetCode } from "./run-options.ts";

/** Adds the commands; `done` takes the exit code. */
export function addScoreCommands(program: Command, done: SetCode): void {
	addEnsemble(program, done);
	addPostprocessing(program, done);
	addEvaluate(program, done);
	addScore(program, done);
}

function addEnsemble(program: Command, done: SetCode): void {
	program
		.command("ensemble")
		.description("average the probabilities (ID.npz) of several folders and write the labels")
		.argument("<folders...>", "folders that predict --save-probabilities, or nnU-Net, wrote")
		.requiredOption("-o, --output <folder>", "where the labels go")
		.option("--save-probabilities", "also write the mean as ID.npz and ID.pkl")
		.option("--dataset <file>", "dataset.json (default: that of the first folder)")
		.option("--plans <file>", "plans.json (default: that of the first folder)")
		.option("--quiet", "no progress")
		.action(async (folders: string[], flags: EnsembleFlags & { readonly output: string }) => {
			const { runEnsemble } = await import("../commands/ensemble.ts");
			done(await runEnsemble(folders, flags.output, flags));
		});
}

function addPostprocessing(program: Command, done: SetCode): void {
	program
		.command("apply-postprocessing")
		.description("apply nnU-Net's post-processing to a folder of labels")
		.argument("<input>", "folder of labels")
		.argument("<output>", "where the changed labels go")
		.requiredOption("--postprocessing <file>", "postprocessing.json or postprocessing.pkl")
		.option("--dataset <file>", "dataset.json (default: that of the input folder)")
		.option("--plans <file>", "plans.json (default: that of the input folder)")
		.option("--quiet", "no progress")
		.action(async (input: string, output: string, flags: PostprocessingFlags) => {
			const { runApplyPostprocessing } = await import("../commands/apply-postprocessing.ts");
			done(await runApplyPostprocessing(input, output, flags));
		});
	program
		.command("determine-postprocessing")
		.description("find out whether keeping only largest components improves labels")
		.argument("<predictions>", "folder of predicted labels")
		.argument("<reference>", "folder of true labels")
		.option("--dataset <file>", "dataset.json (default: that of the predictions)")
		.option("--plans <file>", "plans.json (default: that of the predictions)")
		.option("--remove-postprocessed", "do not keep the improved labels")
		.option("--quiet", "no progress")
		.action(async (predictions: string, reference: string, flags: DetermineFlags) => {
			const { runDeterminePostprocessing } = await import("../commands/determine-postprocessing.ts");
			done(await runDeterminePostprocessing(predictions, reference, flags));
		});
}

/** Options of `evaluate` as the parser gives them. */
type EvaluateOptions = {
	readonly output?: string;
	readonly dataset?: string;
	readonly plans?: string;
	readonly labels?: readonly string[];
	readonly ignore?: string;
	readonly chill?: boolean;
	readonly quiet?: boolean;
};

function addEvaluate(program: Command, done: SetCode): void {
	program
		.command("evaluate")
		.description("score predicted labels against true ones; writes nnU-Net's summary.json")
		.argument("<reference>", "folder of true labels")
		.argument("<predictions>", "folder of predicted labels")
		.option("-o, --output <file>", "the file to write (default: summary.json among the predictions)")
		.option("--dataset <file>", "dataset.json (default: that of the predictions)")
		.option("--plans <file>", "plans.json (default: that of the predictions)")
		.option("--labels <values...>", "score these labels, without a dataset.json: 1 2 or 1,2")
		.option("--ignore <label>", "with --labels: do not count voxels of this true label")
		.option("--chill", "score what is there, though predictions are missing")
		.option("--quiet", "print nothing")
		.action(async (reference: string, predictions: string, options: EvaluateOptions) => {
			const { runEvaluate } = await import("../commands/evaluate.ts");
			const { labels, ignore, ...flags } = options;
			done(
				await runEvaluate(reference, predictions, {
					...flags,
					...(labels === undefined ? {} : { labels: parseLabels("--labels", labels) }),
					...(ignore === undefined ? {} : { ignore: parseLabel("--ignore", ignore) }),
				}),
			);
		});
}

/** Options of `score` as the parser gives them. */
type ScoreChoices = {
	readonly compare?: Compare;
	readonly instances?: boolean;
	readonly components?: "label" | "prediction" | "both";
	readonly connectivity?: "1" | "2" | "3";
	readonly ignore?: readonly string[];
	readonly thresholds?: readonly string[];
	readonly dataset?: string;
	readonly labelDataset?: string;
	readonly image?: string;
	readonly json?: string;
	readonly html?: string;
	readonly quiet?: boolean;
};

function addScore(program: Command, done: SetCode): void {
	program
		.command("score")
		.description("score predicted classes or objects against true ones: two volumes, or two folders of them")
		.argument("<prediction>", "volume, folder or glob of predictions")
		.argument("<label>", "volume, folder or glob of true labels, named as the predictions")
		.option("--instances", "ids are objects: the same as --compare instances")
		.addOption(new Option("--compare <what>", "what ids are (default: auto)").choices(["auto", ...COMPARISONS]))
		.addOption(
			new Option("--components <side>", "take connected components of masks as objects").choices([
				"label",
				"prediction",
				"both",
			]),
		)
		.addOption(new Option("--connectivity <n>", "of --components: by faces, edges, corners").choices(["1", "2", "3"]))
		.option("--ignore <labels...>", "voxels with these true labels do not count")
		.option("--thresholds <ious...>", "overlaps from which on an object is found (default: 0.5 0.55 ... 0.95)")
		.option("--dataset <name>", "data set inside each prediction (HDF5, Zarr)")
		.option("--label-dataset <name>", "data set inside each label file")
		.option("--image <path>", "images to show in the report: volume, folder or glob, named as the predictions")
		.option("--json <file>", "write the scores")
		.option("--html <file>", "write a report with pictures of the worst cases")
		.option("--quiet", "print nothing")
		.action(async (prediction: string, label: string, choices: ScoreChoices) => {
			const { runScore } = await import("../commands/score.ts");
			const { instances, components, connectivity, ignore, thresholds, ...flags } = choices;
			done(
				await runScore(prediction, label, {
					...flags,
					...(instances === true ? { compare: "instances" as const } : {}),
					...(components === undefined ? {} : { components: SIDES[components] }),
					...(connectivity === undefined ? {} : { connectivity: CONNECTIVITIES[connectivity] }),
					...(ignore === undefined ? {} : { ignore: parseIds("--ignore", ignore) }),
					...(thresholds === undefined ? {} : { thresholds: parseFractions("--thresholds", thresholds) }),
				}),
			);
		});
}

const SIDES = { label: ["label"], prediction: ["prediction"], both: ["label", "prediction"] } as const;
const CONNECTIVITIES = { "1": 1, "2": 2, "3": 3 } as const;
