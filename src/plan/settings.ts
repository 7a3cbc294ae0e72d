/**
 * All choices that decide what a prediction holds, resolved and JSON-able: what a plan's hash is made of.
 *
 * @module
 */
import type { Decoding } from "../config/decoding/nodes.ts";
import type { Activation } from "../export/activate.ts";
import type { Binary, OutputDType } from "../export/channels.ts";
import type { Statistics } from "../preprocess/scale.ts";
import type { Region } from "./regions.ts";

/** How the mirrored views of a tile become one: averaged before or after the activation, or their extremes after it. */
export type Ensemble = "mean-logits" | "mean-activated" | "min" | "max";

/** How probabilities are kept where they are not nnU-Net's `.npz`. */
export type ProbabilityStore = {
	readonly format: "hdf5" | "zarr";
	/** float16 is rounded to the nearest, uint8 holds 255 steps. */
	readonly dtype: "float32" | "float16" | "uint8";
};

/** Element types of ids. */
export type IdType = "by-count" | "uint16" | "uint32" | "uint64";

/** What is written for a case. */
export type Output =
	| {
			readonly kind: "labels";
			/** True: `ID.npz` and `ID.pkl` beside, as nnU-Net saves them, or what `store` says. */
			readonly probabilities: boolean;
			readonly store?: ProbabilityStore;
			/** nnU-Net's writers choose by the highest label found; chunked formats by the model's highest. */
			readonly dtype: "by-values" | "uint8" | "uint16";
	  }
	| {
			readonly kind: "channels";
			/** Channels written, in order. */
			readonly channels: readonly number[];
			/** True: a leading channel axis even where there is one channel. */
			readonly channelAxis: boolean;
			readonly binary?: Binary;
			/** True: values stay as they are within the mask of `binary`, and are 0 outside; for objects that are made of them. */
			readonly bounds?: true;
			/** Factor applied last. */
			readonly scale?: number;
			readonly dtype: OutputDType;
	  }
	| {
			/** Ids of objects. */
			readonly kind: "objects";
			/** Channels that decoding works on, in order. */
			readonly channels: readonly number[];
			/** Objects stay within this mask of each channel. */
			readonly binary?: Binary;
			readonly decoding: Decoding;
			/** Whether steps that leave it open work section by section: where the model's sections are those of constant z. */
			readonly bySection: boolean;
			/** By the number of objects: uint16 up to 65,535, else uint32; uint32 where they are streamed. */
			readonly dtype: IdType;
	  };

/** One of the volumes that a streamed run writes side by side. uint8 holds 255 steps from 0 to 1. */
export type Product =
	| { readonly kind: "labels" }
	| {
			readonly kind: "probabilities";
			/** Channels written, in order. */
			readonly channels: readonly number[];
			readonly dtype: "float32" | "float16" | "uint8";
	  }
	| {
			readonly kind: "uncertainty";
			/** The entropy of the probabilities where nothing is said. */
			readonly measure?: Disagreement;
			readonly dtype: "float32" | "float16" | "uint8";
	  };

/** How much the predictions of mirrored views and folds differ: the variance of probabilities, or what agreement would tell. */
export type Disagreement = "variance" | "mutual_information";

/** Settings of a prediction. Axes of `patch` and `views` are those of the patch (after transposition). */
export type Settings = {
	readonly patch: readonly number[];
	/** Step between tiles as a fraction of the patch, in (0, 1]. */
	readonly step: number;
	readonly blending: "gaussian" | "constant";
	/** Axes mirrored in each view; the first is the image as it is. */
	readonly views: readonly (readonly number[])[];
	readonly ensemble: Ensemble;
	/** One entry a head. */
	readonly activations: readonly Activation[];
	/** True: every section of a stack is a case of its own, with its own crop and statistics. */
	readonly sectionwise: boolean;
	readonly statistics: Statistics;
	readonly output: Output;
	/** Axes of input arrays, where the user says them. */
	readonly axes?: string;
	/** HDF5 data set or Zarr array of the inputs, where the user says it. */
	readonly dataset?: string;
	/** z, y, x; where the user says it. */
	readonly spacing?: readonly number[];
	/** Volume outside which results are zero. */
	readonly mask?: string;
	/** Boxes of the input, z, y, x, outside which nothing is done; they may reach beyond it. */
	readonly regions?: readonly Region[];
	/** Volume of the input's shape, outside of which (where it is zero) nothing is done. */
	readonly within?: string;
	/** Write chunks whose input voxels are all at or below this are background. */
	readonly skipBelow?: number;
	/** What is written in place of `output`, where several products are asked for. */
	readonly outputs?: readonly Product[];
	/** Coarser scales of what is written: so many, or until the longest axis has 256 voxels at most. */
	readonly pyramid?: number | "auto";
};
