/**
 * `nnvol predict`: its arguments and options.
 *
 * @module
 */
import type { Command } from "commander";
import { addRunOptions, type SetCode } from "./run-options.ts";

/** Adds `predict`. */
export function addPredict(program: Command, done: SetCode): void {
	const command = program
		.command("predict")
		.description("predict images or volumes with a trained model; writes labels as nnU-Net does")
		.argument("<model>", "a .pth with plans.json and dataset.json, or a model folder")
		.argument("<input>", "a file, a folder, a glob, or a text file of paths")
		.argument("<output>", "a folder; a file where there is one case")
		.option("--folds <list>", "folds to average: 0,1 or all (default: every fold that has the checkpoint)")
		.option("--no-tta", "no mirrored views")
		.option("--step-size <fraction>", "step between tiles as a fraction of the patch", "0.5")
		.option("--save-probabilities", "also write ID.npz and ID.pkl, as nnU-Net does")
		.option("--device <device>", "cpu, cuda:N or auto", "auto")
		.option("--batch-size <n>", "tiles in one run of the network", "1")
		.option("--threads <n>", "threads on the CPU (default: all cores)")
		.option("--format <format>", "png, tiff, h5 or zarr (default: the data set's own)")
		.option("--input-dataset <name>", "HDF5 data set or Zarr array inside the inputs (default: main, or the only one)")
		.option("--plans <file>", "plans.json, where it is not beside the checkpoint")
		.option("--dataset <file>", "dataset.json, where it is not beside the checkpoint")
		.option("--checkpoint-name <name>", "name of the checkpoints in fold folders (default: checkpoint_final.pth)");
	addRunOptions(command).action(async (model: string, input: string, output: string, flags) => {
		const { runPredict } = await import("../commands/predict.ts");
		done(await runPredict(model, input, output, flags));
	});
}
