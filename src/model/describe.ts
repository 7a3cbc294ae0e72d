/**
 * What `nnvol inspect` tells of a model: plain data, JSON-able.
 *
 * @module
 */
import type { LoadedModel } from "./load.ts";
import { parameterCount } from "./parameters.ts";
import { primusClass } from "./primus.ts";
import type { Architecture, ModelSpec } from "./spec.ts";

/** A model in words and numbers. */
export type ModelDescription = Omit<ModelSpec, "architecture"> & {
	/** Class name: PlainConvUNet, ResidualEncoderUNet, ... */
	readonly network: string;
	readonly architecture: ModelSpec["architecture"];
	/** Entries of all parameters, heads of deep supervision included, running statistics not. */
	readonly parameters: { readonly total: number; readonly trainable: number };
	readonly plansFile: string;
	readonly datasetFile: string;
	readonly folds: readonly { readonly name: string; readonly path: string; readonly sha256: string }[];
};

const CLASS_NAMES = {
	plain_conv_unet: "PlainConvUNet",
	residual_encoder_unet: "ResidualEncoderUNet",
	residual_unet: "ResidualUNet",
} as const;

function className(net: Architecture): string {
	return net.kind === "primus" ? primusClass(net) : CLASS_NAMES[net.kind];
}

/** Describes `model`. Reads every checkpoint once, to hash it and to check its weights. @throws as `ModelFold.weights` */
export async function describeModel(model: LoadedModel): Promise<ModelDescription> {
	const folds: { name: string; path: string; sha256: string }[] = [];
	for (const fold of model.folds) {
		await fold.weights(); // a description of a model that cannot be used would mislead
		folds.push({ name: fold.name, path: fold.path, sha256: await fold.sha256() });
	}
	// nnU-Net's networks have no frozen parameters: all of them are trained.
	const total = parameterCount(model.spec.architecture);
	return {
		...model.spec,
		network: className(model.spec.architecture),
		parameters: { total, trainable: total },
		plansFile: model.files.plans,
		datasetFile: model.files.dataset,
		folds,
	};
}
