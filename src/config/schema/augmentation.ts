/**
 * Section `inference.test_time_augmentation`: mirrored views, how they are averaged, what becomes of the average.
 *
 * Axes are counted z = 0, y = 1, x = 2 whatever the model's dimensions.
 *
 * @module
 */
import { z } from "zod";
import { field } from "./field.ts";
import { count, text } from "./values.ts";

const axis = z.literal([0, 1, 2]);
const view = z.union([axis.transform((a) => [a]), z.array(axis)]);

/**
 * `model`, `all`, `none`, or the views as sorted lists of axes, each once.
 * An empty list is every combination, as in PyTorch Connectomics; the view that is not mirrored always counts.
 */
const flipAxes = z.union([
	z.literal(["model", "all", "none"]),
	z.null().transform(() => "none" as const),
	axis.transform((a) => [[a]]),
	z.array(view).transform((views) => (views.length === 0 ? ("all" as const) : distinctViews(views))),
]);

function distinctViews<A extends number>(views: readonly (readonly A[])[]): A[][] {
	const seen = new Map<string, A[]>();
	for (const entry of views) {
		const axes = [...new Set(entry)].sort((a, b) => a - b);
		if (axes.length > 0) seen.set(axes.join(), axes);
	}
	return [...seen.values()];
}

const activation = z.literal(["softmax", "sigmoid", "none"]);

const selectChannel = z
	.union([count, z.array(count).min(1)])
	.refine((value) => !Array.isArray(value) || new Set(value).size === value.length);

/** Mirrored views, how they are averaged, what becomes of the average. */
export const augmentationSchema = z
	.strictObject({
		flip_axes: field(flipAxes, "model", {
			text: "Views that are mirrored besides the plain one. Axes are z = 0, y = 1, x = 2, always: a 2D model has y = 1 and x = 2. Entries are axes or lists of axes, each list one view: `[[1], [2], [1, 2]]`. `all` or `[]` is every combination, `none` or null no flips, `model` the checkpoint's mirroring axes in every combination.",
			expects: "model, all, none, or a list of views such as [[1], [2], [1, 2]] with axes z = 0, y = 1, x = 2",
			shown: "`model`: the checkpoint's mirroring axes",
			changesResult: true,
			example: "[[1], [2], [1, 2]]",
		}),
		average: field(z.literal(["logits", "activated"]), "logits", {
			text: "What is averaged over the views: `logits` as nnU-Net does, `activated` after `act`. `min` and `max` always act after it.",
			expects: "logits or activated",
			changesResult: true,
			isText: true,
		}),
		mask: field(text.nullable(), null, {
			text: "A volume; outside it (where it is zero) the averaged result is zero.",
			expects: "the path of a volume, or null",
			shown: "none",
			changesResult: true,
			isText: true,
		}),
		ensemble_mode: field(z.literal(["mean", "min", "max"]), "mean", {
			text: "How the views are joined.",
			expects: "mean, min or max",
			changesResult: true,
			isText: true,
		}),
		act: field(z.union([activation, z.array(activation).min(1)]).nullable(), null, {
			text: "What turns logits into values: `softmax`, `sigmoid`, `none`, or a list with one a channel. Where it is not set, `softmax` is used as soon as a channel or post-processing asks for values; with neither of these the labels are written.",
			expects: "softmax, sigmoid, none, or a list with one of these a channel",
			shown: "`softmax`, where values are asked for",
			changesResult: true,
		}),
		select_channel: field(selectChannel.nullable(), null, {
			text: "The channel that is kept: 1 is the foreground of a two-class model; a list keeps several. Channels count from 0, the background.",
			expects: "a channel from 0 up, a list of different channels, or null for all",
			shown: "none",
			changesResult: true,
			example: "1",
		}),
	})
	.prefault({})
	.describe("Mirrored views, how they are averaged, what becomes of the average.");
