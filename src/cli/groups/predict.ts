/**
 * `nnvol predict`: its arguments and options.
 *
 * @module
 */
import type { Command } from "commander";
import { addModelOptions, MODEL_TEXT, type ModelFlags, modelAndWords } from "../model-options.ts";
import type { PredictFlags } from "../predict-flags.ts";
import { addRunOptions, addWorkersOption, type SetCode } from "./run-options.ts";

/** Adds `predict`. */
export function addPredict(program: Command, done: SetCode): void {
	const command = program
		.command("predict")
		.description("predict images or volumes with a trained model; writes labels as nnU-Net does")
		.usage("[options] <model> <input> <output>")
		.argument("[model]", MODEL_TEXT)
		.argument("[input]", "a file, a folder, a glob, or a text file of paths")
		.argument("[output]", "a folder; a file where there is one case");
	addWorkersOption(addRunOptions(addPredictOptions(command))).action(async () => {
		const flags = command.opts<PredictFlags & ModelFlags>();
		const named = modelAndWords(command, ["model", "input", "output"], command.args, flags);
		const [input = "", output = ""] = named.words;
		const { runPredict } = await import("../commands/predict.ts");
		done(await runPredict(named.model, input, output, flags));
	});
}

/** Adds the options of `predict`, but for those of every command that runs. */
export function addPredictOptions(command: Command): Command {
	command
		.option("--folds <list>", "folds to average: 0,1 or all (default: every fold that has the checkpoint)")
		.option("--no-tta", "no mirrored views")
		.option("--step-size <fraction>", "step between tiles as a fraction of the patch", "0.5")
		.option("--save-probabilities", "also write ID.npz and ID.pkl, as nnU-Net does")
		.option("--probabilities-format <format>", "npz (nnU-Net's), zarr or h5: ID_probabilities.zarr in their place")
		.option("--probabilities-dtype <type>", "float32, float16 or uint8 (255 steps), for zarr and h5")
		.option(
			"--with <model>",
			"another model to average probabilities with, as nnU-Net's ensembles; may be given again",
			(model: string, models: readonly string[]) => [...models, model],
			[],
		)
		.option(
			"--previous-stage <path>",
			"for a cascade: a folder of segmentations, or a model that is run first (default: the sibling model folder)",
		)
		.option("--num-parts <n>", "share the cases among so many processes", "1")
		.option("--part-id <k>", "the share of this process, from 0", "0")
		.option("--device <device>", "cpu, cuda:N or auto", "auto")
		.option("--batch-size <n>", "tiles in one run of the network", "1")
		.option("--threads <n>", "threads on the CPU (default: all cores)")
		.option("--format <format>", "png, tiff, nii.gz, nrrd, mha, h5, zarr, ... (default: the data set's own)")
		.option("--input-dataset <name>", "HDF5 data set or Zarr array inside the inputs (default: main, or the only one)")
		.option("--plans <file>", "plans.json, where it is not beside the checkpoint")
		.option("--dataset <file>", "dataset.json, where it is not beside the checkpoint")
		.option("--checkpoint-name <name>", "name of the checkpoints in fold folders (default: checkpoint_final.pth)");
	return addModelOptions(command);
}
