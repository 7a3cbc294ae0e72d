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

/** Activation after a norm; those without entries have none in torch either, or their defaults. */
export type Activation =
	| { readonly kind: "leaky_relu"; readonly slope: number }
	| { readonly kind: "elu"; readonly alpha: number }
	| { readonly kind: "celu"; readonly alpha: number }
	| { readonly kind: "gelu"; readonly approximate: boolean }
	| {
			readonly kind: "relu" | "prelu" | "relu6" | "selu" | "silu" | "mish" | "hard_swish" | "sigmoid" | "tanh" | "none";
	  };

/** How an encoder's stage takes its stride: in its first convolution, or by pooling before. */
export type Pooling = "conv" | "max" | "avg";

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
	/** Default `conv`. */
	readonly pooling?: Pooling;
	/** Convolutions (residual decoder: blocks) per decoder level, from the deepest up. */
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

type ResidualEncoder = UNetBase & {
	readonly encoderBlocks: readonly number[];
	/** 0 for no stem. */
	readonly stemChannels: number;
	/** BottleneckD: the narrow channels of each block of each stage. Absent for BasicBlockD. */
	readonly bottlenecks?: readonly (readonly number[])[];
	/** Squeeze and excitation after each block of the encoder: the narrow channels of each stage. */
	readonly squeezed?: readonly number[];
};

/** ResidualEncoderUNet: residual encoder, plain decoder. */
export type ResidualEncoderUNet = ResidualEncoder & { readonly kind: "residual_encoder_unet" };

/** ResidualUNet: the decoder is made of residual blocks (BasicBlockD) too. */
export type ResidualUNet = ResidualEncoder & { readonly kind: "residual_unet" };

/** The convolutional networks. */
export type UNet = PlainConvUNet | ResidualEncoderUNet | ResidualUNet;

/** Primus: a patch cut into boxes of 8 voxels along each axis (tokens), a transformer over them, and a decoder. */
export type Primus = {
	readonly kind: "primus";
	readonly dimensions: 3;
	readonly inputChannels: number;
	/** Output channels (labels, or regions). */
	readonly heads: number;
	/** Extents of the patch (z, y, x), multiples of 8: the network takes no other, since each token's place was learnt. */
	readonly patch: readonly number[];
	/** Features of a token. */
	readonly width: number;
	/** Transformer blocks. */
	readonly depth: number;
	/** Heads of the attention. */
	readonly attentionHeads: number;
	readonly embedding: PrimusEmbedding;
};

/** How a box of voxels becomes a token: by one linear map, or by residual convolutions. */
export type PrimusEmbedding =
	| { readonly kind: "linear" }
	| {
			readonly kind: "residual";
			/** Of the stem at full resolution, then after each of three halvings. */
			readonly features: readonly number[];
			readonly activation: Activation;
			/** Whether each level but the last is mapped to tokens as well. */
			readonly skips: boolean;
	  };

/** The networks that can be emitted. */
export type Architecture = UNet | Primus;

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

/** Order of a spline. */
export type SplineOrder = 0 | 1 | 2 | 3 | 4 | 5;

/** How torch interpolates along an axis. */
export type TorchMode = "linear" | "nearest" | "nearest-exact";

/** When the coarsest axis is resampled by itself: always, never, or (null) where spacings differ by more than a factor. */
type SeparateZ = { readonly forceSeparateZ: boolean | null; readonly separateZThreshold: number };

/** Splines, as nnU-Net has them from scikit-image and scipy; `orderZ` is that of an axis resampled by itself. */
export type SplineResampling = SeparateZ & {
	readonly name: "resample_data_or_seg_to_shape";
	readonly order: SplineOrder;
	readonly orderZ: SplineOrder;
};

/** torch's interpolation in float32; `modeZ` is that of an axis resampled by itself. */
export type TorchResampling = SeparateZ & {
	readonly name: "resample_torch_fornnunet" | "resample_torch_simple";
	readonly mode: TorchMode;
	readonly modeZ: TorchMode;
	/** Labels: where no label has more than half, there is 0; else the most probable one is taken. */
	readonly memoryEfficient: boolean;
};

/** How arrays are resampled between spacings: nnU-Net's function by its name, with what its arguments say. */
export type Resampling = SplineResampling | TorchResampling | { readonly name: "no_resampling_hack" };

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
	readonly resampling: {
		readonly data: Resampling;
		readonly probabilities: Resampling;
		/** Of the previous stage's labels; nnU-Net's default where there is no previous stage. */
		readonly segmentation: Resampling;
	};
	/** Name of the configuration whose segmentation is an extra input (a cascade's second stage). */
	readonly previousStage?: string;
	/** Labels of that segmentation, in the order of their input channels; with `previousStage` only. */
	readonly previousLabels?: readonly number[];
};

/** Named parameters of the network, float32, each read once. */
export type Weights = ReadonlyMap<string, NdArray<"float32">>;
