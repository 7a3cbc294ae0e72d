/**
 * The models of the comparison: what each must have, so that together they show every behaviour. The rest of each model
 * is drawn at random from a seed.
 *
 * @module
 */
import type { JsonObject, ParityInput, Triple } from "./model.ts";

/** Architectures that plans, or a trainer's name, can ask for. */
export type Network =
	| "plain"
	| "residual"
	| "bottleneck"
	| "residual-decoder"
	| "old-plain"
	| "old-residual"
	| "primus";

/** How plans resample one of image, segmentation and logits. */
export type Resampling = { readonly fn: string; readonly kwargs: JsonObject };

/** What one model must have. */
export type Recipe = {
	readonly name: string;
	readonly shows: string;
	readonly dims: 2 | 3;
	readonly network: Network;
	/** Arguments of the network that replace drawn ones. */
	readonly kwargs?: JsonObject;
	readonly trainer?: string;
	/** A patch, where the network cannot take any. */
	readonly patch?: readonly number[];
	readonly reader: string;
	readonly ending: string;
	/** Spacing of the model, in the file's axes. */
	readonly target: Triple;
	/** Spacings of the inputs, one a case. */
	readonly spacings: readonly Triple[];
	readonly transpose?: Triple;
	/** Names of normalisation schemes, one a channel, `+mask` where the mask is used. */
	readonly channels: readonly string[];
	/** Number of labels with the background; drawn where not given. */
	readonly classes?: number;
	readonly labels?: { readonly dict: JsonObject; readonly order?: readonly number[] };
	readonly resampling?: { readonly data: Resampling; readonly seg: Resampling; readonly probabilities: Resampling };
	readonly folds?: readonly (number | "all")[];
	readonly mirrorAxes?: readonly number[] | null;
	readonly mirror?: boolean;
	readonly step?: number;
	readonly dtype?: ParityInput["dtype"];
	readonly direction?: "identity" | "oblique" | "permuted";
	readonly border?: boolean;
	readonly holes?: boolean;
	readonly dimensions?: 2 | 3;
	/** Voxels of an input along each axis, in the model's spacing. */
	readonly size?: { readonly least: number; readonly most: number };
	/** Makes two models of one plan, low and full resolution; the spacing of the first. */
	readonly cascade?: Triple;
	/** Configurations that inherit one from another. */
	readonly inherits?: boolean;
	/** Names that only old plans and data sets have. */
	readonly oldNames?: boolean;
};
