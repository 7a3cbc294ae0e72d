/**
 * Section `inference`: what is run over which inputs, and what is written.
 *
 * @module
 */
import { z } from "zod";
import { augmentationSchema } from "./augmentation.ts";
import { field } from "./field.ts";
import { dataSchema } from "./output.ts";
import { postprocessingSchema } from "./postprocessing.ts";
import { extents, places, text } from "./values.ts";
import { volumeModeSchema } from "./volume-mode.ts";

/** One number for all channels or one a channel; a list once parsed. */
const perChannel = (number: z.ZodNumber) => z.union([number.transform((n) => [n]), z.array(number).min(1)]);

const statistics = z.union([
	z.literal(["section", "volume"]),
	z.null(),
	z.literal("model").transform(() => null),
	z
		.strictObject({ mean: perChannel(z.number()), std: perChannel(z.number().positive()) })
		.refine(({ mean, std }) => mean.length === std.length),
]);

const slidingWindowSchema = z
	.strictObject({
		window_size: field(z.array(z.int().min(1)).min(2).max(3).nullable(), null, {
			text: "Tile of the network in voxels, [z, y, x]; a 2D model takes [y, x] or [1, y, x]. Anything but the plans' patch is obeyed with a warning: it changes the result.",
			expects: "two or three whole numbers of 1 or more: [y, x] or [z, y, x], or null",
			shown: "the plans' patch (384x512 for the mitochondria model)",
			changesResult: true,
		}),
		overlap: field(z.number().min(0).lt(1), 0.5, {
			text: "How much neighbouring tiles share: 1 - nnU-Net's step size.",
			expects: "a number from 0 up to, not including, 1",
			changesResult: true,
		}),
		sw_batch_size: field(z.int().min(1), 4, {
			text: "Tiles in one run of the network.",
			expects: "a whole number of 1 or more",
		}),
		blending: field(z.literal(["gaussian", "constant"]), "gaussian", {
			text: "Weights of a tile's voxels where tiles overlap: nnU-Net's Gaussian, or all alike.",
			expects: "gaussian or constant",
			changesResult: true,
			isText: true,
		}),
	})
	.prefault({})
	.describe("How the network is moved over a volume.");

/** What is run over which inputs, and what is written. */
export const inferenceSchema = z
	.strictObject({
		data: dataSchema,
		volume_mode: volumeModeSchema,
		sliding_window: slidingWindowSchema,
		test_time_augmentation: augmentationSchema,
		postprocessing: postprocessingSchema,
		statistics: field(statistics, null, {
			text: "What the mean and deviation of z-score are taken from: each `section`, the whole `volume`, or `{mean, std}` given as numbers (or one a channel). `model` is the default: sections for a 2D model trained on single images, else the volume.",
			expects: "section, volume, {mean: ..., std: ...} with std above 0, or null",
			shown: "by the model",
			changesResult: true,
			example: "{mean: 128, std: 32}",
		}),
		roi: field(z.strictObject({ start: places, size: extents }).nullable(), null, {
			text: "One box of voxels to be done, `{start, size}` in z, y, x; elsewhere the output is background. What is done is as in a run over the whole. `volume_mode.chunks` are cut to it.",
			expects: "{start: [z, y, x], size: [z, y, x]} with starts of 0 or more and sizes of 1 or more, or null",
			shown: "none",
			changesResult: true,
			example: "{start: [0, 512, 512], size: [64, 1024, 1024]}",
		}),
		mask: field(text.nullable(), null, {
			text: "A volume of the input's shape: only where it is not zero is anything done, elsewhere the output is background and nothing is computed.",
			expects: "the path of a volume, or null",
			shown: "none",
			changesResult: true,
			isText: true,
		}),
		skip_below: field(z.number().nullable(), null, {
			text: "Chunks of the output whose input voxels are all at or below this value are not predicted: they are background.",
			expects: "a number, or null",
			shown: "none",
			changesResult: true,
			example: "0",
		}),
	})
	.prefault({})
	.describe("What is run over which inputs, and what is written.");
