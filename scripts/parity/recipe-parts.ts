/**
 * What several recipes share: formats, spacings, ways of resampling.
 *
 * @module
 */
import type { Json, JsonObject } from "./model.ts";
import type { Recipe, Resampling } from "./recipe.ts";

export const DEFAULT = "resample_data_or_seg_to_shape";
const TORCH = "resample_torch_fornnunet";
export const NONE: Resampling = { fn: "no_resampling_hack", kwargs: {} };

/** The default function. */
export function splines(order: number, orderZ: number, separate: Json, isSeg = false): Resampling {
	return { fn: DEFAULT, kwargs: { is_seg: isSeg, order, order_z: orderZ, force_separate_z: separate } };
}

function torch(more: JsonObject, isSeg = false): Resampling {
	return { fn: TORCH, kwargs: { is_seg: isSeg, memefficient_seg_resampling: false, ...more } };
}

/** The same function of torch for image, segmentation and logits. */
export function allTorch(more: JsonObject): NonNullable<Recipe["resampling"]> {
	return { data: torch(more), seg: torch(more, true), probabilities: torch(more) };
}

export const ITK = { reader: "SimpleITKIO", ending: ".nii.gz" } as const;
export const IMAGE = {
	dims: 2,
	dimensions: 2,
	reader: "NaturalImage2DIO",
	target: [999, 1, 1],
	spacings: [
		[999, 1, 1],
		[999, 1, 1],
	],
	transpose: [0, 1, 2],
} as const;
export const ISO = {
	target: [1, 1, 1],
	spacings: [
		[1, 1, 1],
		[1, 1, 1],
	],
} as const;
export const FINER = {
	target: [1.5, 1.4, 1.6],
	spacings: [
		[1, 1, 1.1],
		[1.9, 1.7, 1.5],
	],
} as const;
