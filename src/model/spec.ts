/**
 * What a trained model is, once its files were read and checked: plain data, JSON-able but for the weights.
 *
 * Sources: the plans, data set and trainer conventions of nnU-Net v2 (2.8.1).
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";

/** Norm after a convolution; `epsilon` is added to the variance. */
export type Norm =
	| { readonly kind: "instance"; readonly epsilon: number; readonly affine: boolean }
	| { readonly kind: "batch"; readonly epsilon: number; readonly affine: boolean }
	| { readonly kind: "none" };

/** Activation after a norm. */
export type Activation =
	| { readonly kind: "leaky_relu"; readonly slope: number }
	| { readonly kind: "relu" }
	| { readonly kind: "none" };

type UNetBase = {
	/** Spatial dimensions, 2 or 3. */
	readonly dimensions: 2 | 3;
	readonly inputChannels: number;
	/** Output channels (labels, or regions). */
	readonly heads: number;
	/** Per stage, from full resolution down. */
	readonly features: readonly number[];
	readonly kernels: readonly (readonly number[])[];
	/** Stride on entering each stage. */
	readonly strides: readonly (readonly number[])[];
	/** Convolutions per decoder level, from the deepest up. */
	readonly decoderConvs: readonly number[];
	readonly convBias: boolean;
	readonly norm: Norm;
	readonly activation: Activation;
	/** Activation before norm. */
	readonly activationFirst: boolean;
};

/** PlainConvUNet. */
export type PlainConvUNet = UNetBase & {
	readonly kind: "plain_conv_unet";
	readonly encoderConvs: readonly number[];
};

/** ResidualEncoderUNet with BasicBlockD. */
export type ResidualEncoderUNet = UNetBase & {
	readonly kind: "residual_encoder_unet";
	readonly encoderBlocks: readonly number[];
	readonly stemChannels: number;
};

/** The networks that can be emitted. */
export type Architecture = PlainConvUNet | ResidualEncoderUNet;

/** How one channel is normalised. */
export type Normalization =
	| { readonly kind: "zscore"; readonly useMask: boolean }
	| {
			readonly kind: "ct";
			readonly mean: number;
			readonly std: number;
			readonly lower: number;
			readonly upper: number;
	  }
	| { readonly kind: "none" }
	| { readonly kind: "rescale01" }
	| { readonly kind: "rgb01" };

/** A label or region of the data set. */
export type LabelSpec = { readonly name: string; readonly values: readonly number[] };

/** How network outputs become label values. */
export type LabelScheme =
	| { readonly kind: "labels"; readonly labels: readonly LabelSpec[]; readonly ignore?: number }
	| {
			readonly kind: "regions";
			/** Foreground regions in output channel order. */
			readonly regions: readonly LabelSpec[];
			/** Value written for each region, in the order of `regions`; later ones overwrite. */
			readonly classOrder: readonly number[];
			readonly ignore?: number;
	  };

/** How arrays are resampled between spacings; kept as the plans say it, executed where built. */
export type Resampling = {
	readonly name: string;
	readonly order: number;
	readonly orderZ: number;
	readonly forceSeparateZ: boolean | null;
};

/** All of a model but its weights. */
export type ModelSpec = {
	readonly architecture: Architecture;
	/** Name of the configuration: 2d, 3d_fullres, ... */
	readonly configuration: string;
	readonly trainer: string;
	readonly datasetName: string;
	/** Names of the input channels, in order. */
	readonly channels: readonly string[];
	readonly labels: LabelScheme;
	/** As many entries as `architecture.dimensions`. */
	readonly patch: readonly number[];
	/** Target spacing of the configuration: `architecture.dimensions` entries, after transposition. */
	readonly spacing: readonly number[];
	/** Per channel. */
	readonly normalization: readonly Normalization[];
	/** Axis permutation applied before all else, and its inverse. */
	readonly transposeForward: readonly number[];
	readonly transposeBackward: readonly number[];
	/** Spatial axes mirrored at prediction, counted from the first axis of the patch; empty for none. */
	readonly mirrorAxes: readonly number[];
	/** nnU-Net's reader class: NaturalImage2DIO, Tiff3DIO, SimpleITKIO, ... */
	readonly reader: string;
	/** With the dot: ".png". */
	readonly fileEnding: string;
	/** Median shape of the training cases (z, y, x, after transposition); undefined where plans have none. */
	readonly medianShape?: readonly number[];
	readonly resampling: { readonly data: Resampling; readonly probabilities: Resampling };
	/** Name of the configuration whose segmentation is an extra input (a cascade's second stage). */
	readonly previousStage?: string;
};

/** Named parameters of the network, float32, each read once. */
export type Weights = ReadonlyMap<string, NdArray<"float32">>;
