import { describe, expect, it } from "vitest";
import { z } from "zod";
import { CONFIG_KEYS, fieldsOf } from "../../src/config/key-tree.ts";
import { loadConfig } from "../../src/config/load.ts";
import { configEntries } from "../../src/config/render.ts";

const defaults = async () => Object.fromEntries(configEntries((await loadConfig({ env: {} })).config));

const fields = new Map(fieldsOf(CONFIG_KEYS).map((field) => [field.key, field]));

function parsed(key: string, value: unknown): unknown {
	const field = fields.get(key);
	if (field === undefined) throw new Error(`no key ${key}`);
	const result = z.safeParse(field.schema, value);
	return result.success ? result.data : "refused";
}

const TTA = "inference.test_time_augmentation";
const VOLUME = "inference.volume_mode";

/** Key, written, parsed. */
const ACCEPTED: readonly (readonly [string, unknown, unknown])[] = [
	["system.num_gpus", -1, -1],
	["system.num_gpus", 0, 0],
	["system.device", "cuda:1", "cuda:1"],
	["system.device", "cuda", "cuda"],
	["model.architecture", "nnunet_2d_pretrained", "nnunet"],
	["model.folds", null, null],
	["model.folds", "automatic", null],
	["model.folds", "all", "all"],
	["model.folds", ["all"], "all"],
	["model.folds", 0, [0]],
	["model.folds", "0,1", [0, 1]],
	["model.folds", "0 1 4", [0, 1, 4]],
	["model.folds", [3, 0], [3, 0]],
	["data.axes", "yxc", "yxc"],
	["data.spacing", [50, 4.6, 4.6], [50, 4.6, 4.6]],
	["data.test.image", "a/*.png", ["a/*.png"]],
	["data.test.image", ["a", "b"], ["a", "b"]],
	["inference.statistics", "section", "section"],
	["inference.statistics", "model", null],
	["inference.statistics", { mean: 1, std: 2 }, { mean: [1], std: [2] }],
	["inference.statistics", { mean: [1, 2], std: [3, 4] }, { mean: [1, 2], std: [3, 4] }],
	["inference.sliding_window.window_size", [1, 512, 512], [1, 512, 512]],
	["inference.sliding_window.overlap", 0, 0],
	[`${TTA}.flip_axes`, "model", "model"],
	[`${TTA}.flip_axes`, "all", "all"],
	[`${TTA}.flip_axes`, [], "all"],
	[`${TTA}.flip_axes`, "none", "none"],
	[`${TTA}.flip_axes`, null, "none"],
	[`${TTA}.flip_axes`, 2, [[2]]],
	[`${TTA}.flip_axes`, [1, 2], [[1], [2]]],
	[`${TTA}.flip_axes`, [[1], [2], [1, 2]], [[1], [2], [1, 2]]],
	[`${TTA}.flip_axes`, [0, [2, 1]], [[0], [1, 2]]],
	[`${TTA}.flip_axes`, [[], [2, 1], [1, 2], [1, 1]], [[1, 2], [1]]],
	[`${TTA}.act`, ["softmax", "none"], ["softmax", "none"]],
	[`${TTA}.select_channel`, 0, 0],
	[`${TTA}.select_channel`, [2, 1], [2, 1]],
	[`${VOLUME}.output_name`, "{parent}/{stem}-{index}", "{parent}/{stem}-{index}"],
	[
		`${VOLUME}.chunks`,
		[{ start: [0, 0, 0], size: [8, 8, 8], step: [8, 8, 8], count: [2, 1, 1] }],
		[{ start: [0, 0, 0], size: [8, 8, 8], step: [8, 8, 8], count: [2, 1, 1] }],
	],
	["inference.roi", { start: [0, 0, 0], size: [1, 2, 3] }, { start: [0, 0, 0], size: [1, 2, 3] }],
	["inference.skip_below", -0.5, -0.5],
	["system.memory", "4GB", 4e9],
	["system.memory", "2 GiB", 2 ** 31],
	["system.memory", "4000000000", 4e9],
	["system.memory", 4e9, 4e9],
	["system.memory", null, null],
	["inference.data.output_format", "nifti", "nii.gz"],
	["inference.data.output_format", "n5", "n5"],
	["inference.data.output_format", "precomputed", "precomputed"],
	["inference.data.output_format", "nii", "nii"],
	["inference.data.outputs", ["labels", "uncertainty"], [{ kind: "labels" }, { kind: "uncertainty" }]],
	[
		"inference.data.outputs",
		["uncertainty", { kind: "uncertainty", measure: "variance", dtype: "uint8" }],
		[{ kind: "uncertainty" }, { kind: "uncertainty", measure: "variance", dtype: "uint8" }],
	],
	[
		"inference.data.outputs",
		[{ kind: "probabilities", channels: 1, dtype: "uint8" }],
		[{ kind: "probabilities", channels: [1], dtype: "uint8" }],
	],
	["inference.data.shards", [64, 512, 512], [64, 512, 512]],
	[`${VOLUME}.stream`, false, false],
	[
		"inference.postprocessing.decoding",
		[{ name: "decode_binary_cc", kwargs: { threshold: 0.4 } }],
		[{ name: "decode_binary_cc", kwargs: { threshold: 0.4 } }],
	],
	[
		"inference.postprocessing.decoding",
		{ graph: { nodes: [{ name: "a", op: "decode_binary_watershed", inputs: ["raw[0:1]"] }], output: "a" } },
		{ graph: { nodes: [{ name: "a", op: "decode_binary_watershed", inputs: ["raw[0:1]"] }], output: "a" } },
	],
];

const REFUSED: readonly (readonly [string, unknown])[] = [
	["system.num_gpus", -2],
	["system.num_cpus", 0],
	["system.num_cpus", 1.5],
	["system.seed", -1],
	["system.device", "gpu"],
	["system.device", "cuda:"],
	["system.device", "cud:0"],
	["system.inference.batch_size", 0],
	["model.architecture", "unet"],
	["model.nnunet_checkpoint", ""],
	["model.folds", []],
	["model.folds", [-1]],
	["model.folds", "0;1"],
	["data.axes", "zy"],
	["data.axes", "yyx"],
	["data.axes", "tzyx"],
	["data.spacing", [1, 1]],
	["data.spacing", [1, 1, 0]],
	["data.test.image", []],
	["inference.statistics", { mean: 1, std: 0 }],
	["inference.statistics", { mean: 1 }],
	["inference.statistics", { mean: [1, 2], std: [1] }],
	["inference.statistics", "slice"],
	["inference.data.output_format", "jpg"],
	["system.memory", "much"],
	["system.memory", "4"],
	["system.memory", 4],
	["system.memory", -1],
	["system.memory", "-4GB"],
	["inference.roi", { start: [-1, 0, 0], size: [1, 1, 1] }],
	["inference.roi", { start: [0, 0], size: [1, 1] }],
	["inference.skip_below", "0"],
	["inference.data.outputs", []],
	["inference.data.outputs", "labels"],
	["inference.data.outputs", ["logits"]],
	["inference.data.outputs", ["labels", "labels"]],
	["inference.data.outputs", [{ kind: "labels", dtype: "uint8" }]],
	["inference.data.outputs", [{ kind: "probabilities", channels: [1, 1] }]],
	["inference.data.outputs", [{ kind: "probabilities", dtype: "int8" }]],
	["inference.data.chunks", [64, 64]],
	["inference.data.chunks", [0, 64, 64]],
	["inference.data.compression", "lzma"],
	["inference.data.zarr_format", 1],
	[`${VOLUME}.stream`, "yes"],
	["inference.sliding_window.window_size", [512]],
	["inference.sliding_window.overlap", 1],
	["inference.sliding_window.overlap", -0.1],
	["inference.sliding_window.overlap", [0.5, 0.5, 0.5]],
	["inference.sliding_window.sw_batch_size", 0],
	["inference.sliding_window.blending", "bump"],
	[`${TTA}.flip_axes`, [3]],
	[`${TTA}.flip_axes`, [-1]],
	[`${TTA}.flip_axes`, "yx"],
	[`${TTA}.flip_axes`, [[[1]]]],
	[`${TTA}.act`, "tanh"],
	[`${TTA}.act`, []],
	[`${TTA}.select_channel`, -1],
	[`${TTA}.select_channel`, [1, 1]],
	[`${TTA}.select_channel`, []],
	[`${VOLUME}.step`, 0],
	[`${VOLUME}.start_index`, -1],
	[`${VOLUME}.output_suffix`, "a/b"],
	[`${VOLUME}.output_name`, "{stem"],
	[`${VOLUME}.output_name`, "{}"],
	[`${VOLUME}.output_name`, "/abs/{stem}"],
	[`${VOLUME}.output_name`, "a/../../{stem}"],
	[`${VOLUME}.output_name`, "{stem}/"],
	["inference.roi", { start: [0, 0, 0], size: [0, 1, 1] }],
	["inference.postprocessing.binary.threshold", "0.5"],
	["inference.postprocessing.decoding", [{ nam: "x" }]],
	["inference.postprocessing.decoding", [{ name: "decode_binary_watershd" }]],
	["inference.postprocessing.decoding", [{ name: "decode_binary_watershed", kwargs: { min_sed_size: 50 } }]],
	["inference.postprocessing.decoding", [{ name: "section_stitch" }]],
	["inference.postprocessing.decoding", 3],
	["inference.postprocessing.intensity_scale", 0],
	["inference.postprocessing.intensity_dtype", "int"],
	["tune.n_trials", 0],
	["tune.timeout", 0],
	["tune.direction", "up"],
	["tune.sampler", "Sobol"],
	["tune.sampler", { name: "TPE", kwarg: {} }],
	["tune.optimization", { single_objective: { direction: "maximize" } }],
];

describe("the schema", () => {
	it("has the promised names and defaults", async () => {
		expect(await defaults()).toEqual({
			"system.num_gpus": 1,
			"system.num_cpus": 4,
			"system.seed": 42,
			"system.device": "auto",
			"system.memory": null,
			"system.inference.batch_size": 1,
			"model.architecture": "nnunet",
			"model.nnunet_checkpoint": null,
			"model.folds": null,
			"model.nnunet_plans": null,
			"model.nnunet_dataset": null,
			"model.previous_stage": null,
			"model.use_deep_supervision": false,
			"data.do_2d": null,
			"data.in_channels": null,
			"data.out_channels": null,
			"data.axes": null,
			"data.spacing": null,
			"data.dataset": null,
			"data.test.image": null,
			"data.test.label": null,
			"inference.data.input_path": null,
			"inference.data.output_format": "h5",
			"inference.data.output_path": null,
			"inference.data.outputs": null,
			"inference.data.chunks": null,
			"inference.data.shards": null,
			"inference.data.compression": null,
			"inference.data.zarr_format": null,
			"inference.volume_mode.enabled": false,
			"inference.volume_mode.file_list": null,
			"inference.volume_mode.file_pattern": null,
			"inference.volume_mode.start_index": 0,
			"inference.volume_mode.step": 1,
			"inference.volume_mode.stop_on_error": false,
			"inference.volume_mode.output_suffix": "prediction",
			"inference.volume_mode.output_name": "{stem}_{suffix}",
			"inference.volume_mode.checkpoint_every": 10,
			"inference.volume_mode.accept_existing": false,
			"inference.volume_mode.retries": 3,
			"inference.volume_mode.chunks": null,
			"inference.volume_mode.stream": "auto",
			"inference.sliding_window.window_size": null,
			"inference.sliding_window.overlap": 0.5,
			"inference.sliding_window.sw_batch_size": 4,
			"inference.sliding_window.blending": "gaussian",
			"inference.test_time_augmentation.flip_axes": "model",
			"inference.test_time_augmentation.average": "logits",
			"inference.test_time_augmentation.mask": null,
			"inference.test_time_augmentation.ensemble_mode": "mean",
			"inference.test_time_augmentation.act": null,
			"inference.test_time_augmentation.select_channel": null,
			"inference.postprocessing.binary.enabled": false,
			"inference.postprocessing.binary.threshold": 0.5,
			"inference.postprocessing.binary.remove_small_objects": 0,
			"inference.postprocessing.binary.fill_holes": false,
			"inference.postprocessing.decoding": [],
			"inference.postprocessing.intensity_scale": null,
			"inference.postprocessing.intensity_dtype": null,
			"inference.statistics": null,
			"inference.roi": null,
			"inference.mask": null,
			"inference.skip_below": null,
			"tune.data.val.image": null,
			"tune.data.val.label": null,
			"tune.space": {},
			"tune.parameter_space": null,
			"tune.n_trials": null,
			"tune.timeout": null,
			"tune.metric": null,
			"tune.direction": null,
			"tune.optimization": null,
			"tune.sampler": { name: "TPE", kwargs: {} },
			"tune.load_if_exists": true,
			"tune.pruner": null,
			vars: {},
		});
	});

	it.each(ACCEPTED)("%s takes %j as %j", (key, written, value) => {
		expect(parsed(key, written)).toEqual(value);
	});

	it.each(ACCEPTED)("%s: what %j is parsed to is parsed to itself", (key, _, value) => {
		expect(parsed(key, value)).toEqual(value);
	});

	it.each(REFUSED)("%s refuses %j", (key, written) => {
		expect(parsed(key, written)).toBe("refused");
	});

	it("parses every default to itself, and gives every key a text", () => {
		for (const { key, fallback, meta } of fields.values()) {
			expect([key, parsed(key, fallback)]).toEqual([key, fallback]);
			expect(meta.text.length).toBeGreaterThan(10);
		}
	});
});
