/**
 * The command that picks what to label next: `sample`.
 *
 * @module
 */
import { type Command, Option } from "commander";
import type { SampleFlags } from "../commands/sample.ts";
import type { SetCode } from "./run-options.ts";

/** Adds the command. */
export function addSample(program: Command, done: SetCode): void {
	program
		.command("sample")
		.description("the regions that a prediction is least sure of, cut out for labelling")
		.argument("<input>", "the images: a file, a folder, a glob or a list")
		.argument("<prediction>", "the folder of predictions, or the predicted labels of one image")
		.requiredOption("--count <n>", "how many regions")
		.option("--size <z,y,x>", "voxels of a region (default: 32,128,128; of single sections 256,256)")
		.option("--out <folder>", "a new data set of nnU-Net's with the regions (default: they are only listed)")
		.addOption(
			new Option(
				"--measure <measure>",
				"what tells how unsure (default: the first of these that was written of every image)",
			).choices(["entropy", "mutual_information", "variance"]),
		)
		.option("--quantile <q>", "rank by this quantile of a region's voxels, such as 0.95 (default: by their mean)")
		.option("--stride <part>", "step between the places looked at, as a part of the size", "0.5")
		.option("--overlap <part>", "part of a region that another may share", "0")
		.option("--per-case <n>", "so many regions of an image at most")
		.option("--except <files...>", "samples.json of earlier samples, whose regions are left out")
		.option("--spread", "the best region of every image first, then the second of every image")
		.option(
			"--suffix <word>",
			"what stands behind an image's name in those of its predictions (default: none, or prediction)",
		)
		.option("--format <format>", "format of the regions (default: that of the images)")
		.option("--dataset <file>", "the model's dataset.json (default: that among the predictions)")
		.option("--input-dataset <name>", "HDF5 data set or Zarr array inside the images")
		.option("--overwrite", "replace what is there")
		.option("--memory <size>", "memory to stay within", "1GB")
		.option("--json", "the list as JSON")
		.option("--csv", "the list as CSV")
		.option("--quiet", "no progress and no list")
		.action(async (input: string, prediction: string, flags: SampleFlags) => {
			const { runSample } = await import("../commands/sample.ts");
			done(await runSample(input, prediction, flags));
		});
}
