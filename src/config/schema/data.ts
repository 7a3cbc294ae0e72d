/**
 * Section `data`: what the input arrays are, and the inputs of `test`.
 *
 * @module
 */
import { z } from "zod";
import { field } from "./field.ts";
import { paths, text } from "./values.ts";

/** Some of c, z, y, x, each once, with y and x. */
const axes = z
	.string()
	.regex(/^[czyx]{2,4}$/)
	.refine((text) => new Set(text).size === text.length && text.includes("y") && text.includes("x"));

/** What the input arrays are, and the inputs of `test`. */
export const dataSchema = z
	.strictObject({
		do_2d: field(z.boolean().nullable(), null, {
			text: "Whether the model is 2D. The model's own value rules; a contradiction is ignored with one warning.",
			expects: "true, false or null",
			shown: "from the model",
		}),
		in_channels: field(z.int().min(1).nullable(), null, {
			text: "Input channels. The model's own value rules; a contradiction is ignored with one warning.",
			expects: "a whole number of 1 or more, or null",
			shown: "from the model",
		}),
		out_channels: field(z.int().min(1).nullable(), null, {
			text: "Output channels (classes). The model's own value rules; a contradiction is ignored with one warning.",
			expects: "a whole number of 1 or more, or null",
			shown: "from the model",
		}),
		axes: field(axes.nullable(), null, {
			text: "Axes of the input arrays, slowest first. An array that cannot fit the model's channels and dimensions is an error that shows both.",
			expects: "some of the letters c, z, y, x, each once, with y and x, such as zyx or yxc",
			shown: "by rank: 2 `yx`, 3 `zyx`, 4 `czyx`",
			changesResult: true,
			isText: true,
			example: "zyx",
		}),
		spacing: field(z.array(z.number().positive()).length(3).nullable(), null, {
			text: "Size of a voxel as [z, y, x], in the unit the model was trained in; for an image any z, such as 1.",
			expects: "three numbers above 0: [z, y, x]",
			shown: "the file's, else the model's; logged",
			changesResult: true,
			example: "[50, 4.6, 4.6]",
		}),
		dataset: field(text.nullable(), null, {
			text: "Name of the HDF5 data set or Zarr array inside each input, such as `volumes/raw`.",
			expects: "the name of a data set, or null",
			shown: "`main` where there is one, else the only one there is",
			changesResult: true,
			isText: true,
			example: "volumes/raw",
		}),
		test: z
			.strictObject({
				image: field(paths, null, {
					text: "Inputs of `test`: a glob, a folder, a file, or a list of these.",
					expects: "a path, a glob, or a list of them",
					shown: "none",
					isText: true,
				}),
				label: field(paths, null, {
					text: "Labels to score against, named as the inputs. Without them `test` predicts, says that nothing was scored, and exits 0.",
					expects: "a path, a glob, or a list of them",
					shown: "none",
					isText: true,
				}),
				label_dataset: field(text.nullable(), null, {
					text: "Name of the HDF5 data set or Zarr array inside each label file.",
					expects: "the name of a data set, or null",
					shown: "`main` where there is one, else the only one there is",
					isText: true,
					example: "volumes/labels",
				}),
				prediction: field(paths, null, {
					text: "Predictions to score, named as the labels: nothing is predicted then, and no model is needed.",
					expects: "a path, a glob, or a list of them",
					shown: "none: `test` predicts",
					isText: true,
				}),
			})
			.prefault({})
			.describe("Inputs of `--mode test`."),
	})
	.prefault({})
	.describe("What the input arrays are, and the inputs of `test`.");
