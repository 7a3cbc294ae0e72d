/**
 * A small correct model, as parsed JSON, for tests to break in one place at a time.
 *
 * @module
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readDataset } from "../../src/model/dataset.ts";
import type { CheckpointFacts } from "../../src/model/facts.ts";
import { parseModel } from "../../src/model/parse.ts";
import { readPlans } from "../../src/model/plans.ts";
import type { ModelSpec } from "../../src/model/spec.ts";

/** A JSON object. */
export type Json = Record<string, unknown>;

/** Arguments of a 2D network of three stages; `changes` win. */
export function kwargsOf(changes: Json = {}): Json {
	return {
		n_stages: 3,
		features_per_stage: [4, 6, 8],
		conv_op: "torch.nn.modules.conv.Conv2d",
		kernel_sizes: [
			[3, 3],
			[3, 3],
			[3, 3],
		],
		strides: [
			[1, 1],
			[2, 2],
			[2, 1],
		],
		n_conv_per_stage: [2, 2, 2],
		n_conv_per_stage_decoder: [2, 1],
		conv_bias: true,
		norm_op: "torch.nn.modules.instancenorm.InstanceNorm2d",
		norm_op_kwargs: { eps: 1e-5, affine: true },
		dropout_op: null,
		dropout_op_kwargs: null,
		nonlin: "torch.nn.LeakyReLU",
		nonlin_kwargs: { inplace: true },
		...changes,
	};
}

/** A configuration; `changes` win. */
export function configurationJson(changes: Json = {}, kwargs: Json = {}, network = "PlainConvUNet"): Json {
	return {
		preprocessor_name: "DefaultPreprocessor",
		patch_size: [16, 24],
		spacing: [1, 2],
		normalization_schemes: ["ZScoreNormalization"],
		use_mask_for_norm: [false],
		architecture: {
			network_class_name: `dynamic_network_architectures.architectures.unet.${network}`,
			arch_kwargs: kwargsOf(kwargs),
		},
		...changes,
	};
}

/** plans.json with the configuration `2d`. */
export function plansJson(configuration: Json = configurationJson(), changes: Json = {}): Json {
	return {
		dataset_name: "Dataset001_test",
		image_reader_writer: "SimpleITKIO",
		transpose_forward: [2, 0, 1],
		transpose_backward: [1, 2, 0],
		original_median_shape_after_transp: [1, 16, 24],
		configurations: { "2d": configuration },
		...changes,
	};
}

/** dataset.json; `changes` win. */
export function datasetJson(changes: Json = {}): Json {
	return { channel_names: { 0: "EM" }, labels: { background: 0, mito: 1 }, file_ending: ".png", ...changes };
}

/** What a checkpoint of configuration `2d` says. */
export const FACTS: CheckpointFacts = { trainer: "nnUNetTrainer", configuration: "2d", mirrorAxes: [0, 1] };

/** Writes both files to a new folder and parses them. */
export async function specOf(plans: unknown, dataset: unknown = datasetJson(), facts = FACTS): Promise<ModelSpec> {
	const folder = await mkdtemp(join(tmpdir(), "nnvol-model-"));
	try {
		await writeFile(join(folder, "plans.json"), typeof plans === "string" ? plans : JSON.stringify(plans));
		await writeFile(join(folder, "dataset.json"), typeof dataset === "string" ? dataset : JSON.stringify(dataset));
		return parseModel(
			await readPlans(join(folder, "plans.json")),
			await readDataset(join(folder, "dataset.json")),
			facts,
		);
	} finally {
		await rm(folder, { recursive: true });
	}
}
