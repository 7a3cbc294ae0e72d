/**
 * A small model's specification for tests of what stands on it.
 *
 * @module
 */
import type { Architecture, ModelSpec } from "../src/model/spec.ts";

/** A 3D model of one channel and two labels, z-score, mirrored along every axis; `over` replaces what a test is about. */
export function modelSpec(over: Partial<ModelSpec> & { readonly dimensions?: 2 | 3 } = {}): ModelSpec {
	const { dimensions = 3, ...rest } = over;
	const resampling = {
		name: "resample_data_or_seg_to_shape",
		order: 1,
		orderZ: 0,
		forceSeparateZ: null,
		separateZThreshold: 3,
	} as const;
	const axes = dimensions === 2 ? [0, 1] : [0, 1, 2];
	return {
		architecture: architecture(dimensions),
		configuration: dimensions === 2 ? "2d" : "3d_fullres",
		trainer: "nnUNetTrainer",
		datasetName: "Dataset001_X",
		channels: ["em"],
		labels: {
			kind: "labels",
			labels: [
				{ name: "background", values: [0] },
				{ name: "mito", values: [1] },
			],
		},
		patch: dimensions === 2 ? [8, 6] : [4, 8, 6],
		spacing: axes.map(() => 1),
		normalization: [{ kind: "zscore", useMask: false }],
		transposeForward: [0, 1, 2],
		transposeBackward: [0, 1, 2],
		mirrorAxes: axes,
		reader: "Tiff3DIO",
		fileEnding: ".tif",
		resampling: { data: resampling, probabilities: resampling, segmentation: resampling },
		...rest,
	};
}

/** Four labels, in as many heads. */
export const FOUR_LABELS: ModelSpec["labels"] = {
	kind: "labels",
	labels: [0, 1, 2, 3].map((value) => ({ name: `label ${value}`, values: [value] })),
};

/** Two overlapping regions. */
export const REGIONS: ModelSpec["labels"] = {
	kind: "regions",
	regions: [
		{ name: "whole", values: [1, 2] },
		{ name: "core", values: [2] },
	],
	classOrder: [1, 2],
};

function architecture(dimensions: 2 | 3): Architecture {
	return {
		kind: "plain_conv_unet",
		dimensions,
		inputChannels: 1,
		heads: 2,
		features: [4],
		kernels: [new Array<number>(dimensions).fill(3)],
		strides: [new Array<number>(dimensions).fill(1)],
		encoderConvs: [1],
		decoderConvs: [],
		convBias: true,
		norm: { kind: "instance", epsilon: 1e-5, affine: true },
		activation: { kind: "leaky_relu", slope: 0.01 },
		activationFirst: false,
	};
}
