/**
 * Section `model`: the trained model and which of its parts are used.
 *
 * @module
 */
import { z } from "zod";
import { field } from "./field.ts";
import { count, text } from "./values.ts";

const fold = count;

/** `all`, folds as text (`0,1`), one fold or a list; null once parsed where the model's folds decide. */
const folds = z
	.union([
		z.null(),
		z.literal("all"),
		z.literal(["auto", "automatic"]).transform(() => null),
		fold.transform((n) => [n]),
		z
			.string()
			.regex(/^\s*\d+([\s,]+\d+)*\s*$/)
			.transform((list) =>
				list
					.trim()
					.split(/[\s,]+/)
					.map(Number),
			),
		z.tuple([z.literal("all")]).transform(() => "all" as const),
		z.array(fold).min(1),
	])
	.superRefine((value, context) => {
		if (!Array.isArray(value) || new Set(value).size === value.length) return;
		context.addIssue({
			code: "custom",
			message: "a fold is named twice and would count twice; keep one",
			params: { own: true },
		});
	});

const architecture = z.union([
	z.literal("nnunet"),
	z.literal(["nnunet_pretrained", "nnunet_2d_pretrained", "nnunet_3d_pretrained"]).transform(() => "nnunet" as const),
]);

/** The trained model and which of its parts are used. */
export const modelSchema = z
	.strictObject({
		architecture: field(architecture, "nnunet", {
			text: "The loader. PyTorch Connectomics' names (`nnunet_pretrained`, `nnunet_2d_pretrained`, `nnunet_3d_pretrained`) mean the same: the model's own files say the rest.",
			expects: "nnunet",
			isText: true,
		}),
		nnunet_checkpoint: field(text.nullable(), null, {
			text: "The `.pth`, or any folder that `predict` takes as MODEL. Required, here or as `--checkpoint`.",
			expects: "the path of a .pth file or of a model folder",
			shown: "required, or `--checkpoint`",
			isText: true,
			example: "checkpoints/mito_semantic_2d.pth",
		}),
		folds: field(folds, null, {
			text: "Folds whose outputs are averaged: a list, one number, `0,1`, or `all` for `fold_all`. By default every `fold_N` that has the checkpoint, `fold_all` only where it is alone.",
			expects: "a list of fold numbers such as [0, 1], or all, or null",
			shown: "automatic",
			changesResult: true,
			example: "[0, 1]",
		}),
		nnunet_plans: field(text.nullable(), null, {
			text: "Path of `plans.json`; an explicit path wins.",
			expects: "the path of a plans.json",
			shown: "beside the checkpoint, or one folder up",
			isText: true,
		}),
		nnunet_dataset: field(text.nullable(), null, {
			text: "Path of `dataset.json`; an explicit path wins.",
			expects: "the path of a dataset.json",
			shown: "beside the checkpoint, or one folder up",
			isText: true,
		}),
		previous_stage: field(text.nullable(), null, {
			text: "For the second stage of a cascade: the folder with the first stage's segmentations, one for each input's stem.",
			expects: "the path of a folder of segmentations",
			isText: true,
			changesResult: true,
		}),
		use_deep_supervision: field(z.boolean(), false, {
			text: "Also return the network's auxiliary outputs.",
			expects: "true or false",
			changesResult: true,
		}),
	})
	.prefault({})
	.describe("The trained model and which of its parts are used.");
