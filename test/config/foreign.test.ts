import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { foreignKeyText } from "../../src/config/foreign.ts";
import { CONFIG_KEYS, fieldsOf } from "../../src/config/key-tree.ts";
import { loadConfig } from "../../src/config/load.ts";
import { inFolder } from "./folder.ts";

/** A configuration as users of PyTorch Connectomics have it around an nnU-Net model, cut to its kinds of keys. */
const THEIRS = `
experiment_name: mito
system:
  training: {num_gpus: 1, batch_size: 8}
  inference: {num_gpus: 1, num_workers: 2, batch_size: 1}
  seed: 42
model:
  architecture: nnunet_2d_pretrained
  nnunet_checkpoint: checkpoints/mito_semantic_2d.pth
  nnunet_device: cuda
  in_channels: 1
  loss_functions: [DiceLoss]
data:
  do_2d: true
  train_image: train.h5
  patch_size: [1, 512, 512]
optimization: {max_epochs: 100}
inference:
  sliding_window: {window_size: [1, 512, 512], overlap: 0.25, blending: gaussian, sigma_scale: 0.25, padding_mode: replicate}
  test_time_augmentation: {enabled: true, flip_axes: [[1], [2], [1, 2]], channel_activations: [[0, 1, sigmoid]], select_channel: null}
  save_prediction: {enabled: true, intensity_scale: 255}
  postprocessing: {binary: {opening_iterations: 2}, instance_cc3d: {min_size: 5}}
test:
  data: {test_image: a.h5}
decoding: {steps: [{name: decode_distance_watershed}]}
`;

describe("keys of other programs", () => {
	it("are each answered with what to write in their place", async () => {
		await inFolder({ "a.yaml": THEIRS }, async (folder) => {
			const file = join(folder, "a.yaml");
			const error: unknown = await loadConfig({ file, env: {} }).catch((e: unknown) => e);
			const lines = error instanceof Error ? error.message.replaceAll(`${file}:`, "").split("\n  ").slice(1) : [];
			expect(lines).toHaveLength(19);
			for (const line of lines) expect(line).toMatch(/^\d+: [\w.]+: not a key here; /);
			expect(lines.map((line) => /: ([\w.]+):/.exec(line)?.[1])).toEqual([
				"experiment_name",
				"system.training",
				"system.inference.num_gpus",
				"system.inference.num_workers",
				"model.nnunet_device",
				"model.in_channels",
				"model.loss_functions",
				"data.train_image",
				"data.patch_size",
				"optimization",
				"inference.sliding_window.sigma_scale",
				"inference.sliding_window.padding_mode",
				"inference.test_time_augmentation.enabled",
				"inference.test_time_augmentation.channel_activations",
				"inference.save_prediction",
				"inference.postprocessing.binary.opening_iterations",
				"inference.postprocessing.instance_cc3d",
				"test",
				"decoding",
			]);
		});
	});

	it("are never keys of this program", () => {
		for (const { key } of fieldsOf(CONFIG_KEYS)) expect([key, foreignKeyText(key)]).toEqual([key, undefined]);
	});
});
