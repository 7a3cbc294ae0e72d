/**
 * Commands on what was predicted already: ensembles, post-processing, scores.
 *
 * @module
 */
import type { Command } from "commander";
import { parseLabel, parseLabels } from "../arguments-labels.ts";
import type { PostprocessingFlags } from "../commands/apply-postprocessing.ts";
import type { DetermineFlags } from "../commands/determine-postprocessing.ts";
import type { EnsembleFlags } from "../commands/ensemble.ts";
import type { SetCode } from "./run-options.ts";

/** Adds the commands; `done` takes the exit code. */
export function addScoreCommands(program: Command, done: SetCode): void {
	addEnsemble(program, done);
	addPostprocessing(program, done);
	addEvaluate(program, done);
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
