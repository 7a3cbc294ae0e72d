import { describe, expect, it } from "vitest";
import type { UNet } from "../../src/model/spec.ts";
import { configurationJson, datasetJson, FACTS, type Json, plansJson, specOf } from "./plans-of.ts";

const RESIDUAL = { n_conv_per_stage: undefined, n_blocks_per_stage: [1, 2, 1] };

const BATCH = { kind: "batch", epsilon: 1e-5, affine: true };

type Changes = { readonly network?: string; readonly trainer?: string; readonly tracksNorms?: boolean };

async function networkOf(kwargs: Json, { network = "PlainConvUNet", ...facts }: Changes = {}): Promise<UNet> {
	const plans = plansJson(configurationJson({}, kwargs, network));
	const { architecture } = await specOf(plans, datasetJson(), { ...FACTS, ...facts });
	if (architecture.kind === "primus") throw new Error("a convolutional network was described");
	return architecture;
}

describe("parseArchitecture", () => {
	it("reads bottlenecks: one number for all, one a stage, one a block", async () => {
		const block = "dynamic_network_architectures.building_blocks.residual.BottleneckD";
		const of = async (bottleneck_channels: unknown) =>
			networkOf({ ...RESIDUAL, block, bottleneck_channels }, { network: "ResidualEncoderUNet" });
		expect(await of(4)).toMatchObject({ bottlenecks: [[4], [4, 4], [4]] });
		expect(await of([2, 3, 4])).toMatchObject({ bottlenecks: [[2], [3, 3], [4]] });
		expect(await of([2, [3, 5], 4])).toMatchObject({ bottlenecks: [[2], [3, 5], [4]] });
	});

	it("ignores bottleneck channels of basic blocks, as the library does", async () => {
		expect(
			await networkOf({ ...RESIDUAL, bottleneck_channels: 4 }, { network: "ResidualEncoderUNet" }),
		).not.toHaveProperty("bottlenecks");
	});

	it("tells the residual decoder from the plain one", async () => {
		expect((await networkOf(RESIDUAL, { network: "ResidualUNet" })).kind).toBe("residual_unet");
		expect((await networkOf(RESIDUAL, { network: "ResidualEncoderUNet" })).kind).toBe("residual_encoder_unet");
	});

	it("reads pooling, the stem, and squeeze and excitation", async () => {
		expect(await networkOf({ pool: "max" })).toMatchObject({ pooling: "max" });
		expect(await networkOf({ pool: "conv" })).not.toHaveProperty("pooling");
		expect(await networkOf({ ...RESIDUAL, pool_type: "avg" }, { network: "ResidualUNet" })).toMatchObject({
			pooling: "avg",
		});
		expect(await networkOf(RESIDUAL, { network: "ResidualUNet" })).toMatchObject({ stemChannels: 4 });
		expect(await networkOf({ ...RESIDUAL, stem_channels: 7 }, { network: "ResidualUNet" })).toMatchObject({
			stemChannels: 7,
		});
		const bare = { ...RESIDUAL, stem_channels: 7, disable_default_stem: true };
		expect(await networkOf(bare, { network: "ResidualUNet" })).toMatchObject({ stemChannels: 0 });
	});

	it("rounds squeezed channels to multiples of eight, eight at least", async () => {
		const kwargs = { ...RESIDUAL, features_per_stage: [4, 192, 200], squeeze_excitation: true };
		expect(await networkOf(kwargs, { network: "ResidualEncoderUNet" })).toMatchObject({ squeezed: [8, 16, 16] });
		const half = { ...kwargs, squeeze_excitation_reduction_ratio: 0.5 };
		expect(await networkOf(half, { network: "ResidualEncoderUNet" })).toMatchObject({ squeezed: [8, 96, 104] });
	});

	it("leaves out dropout and stochastic depth", async () => {
		const dropout = { dropout_op: "torch.nn.modules.dropout.Dropout2d", dropout_op_kwargs: { p: 0.5 } };
		expect(await networkOf(dropout)).toEqual(await networkOf({}));
		expect(await networkOf({ ...RESIDUAL, ...dropout, stochastic_depth_p: 0.3 }, { network: "ResidualUNet" })).toEqual(
			await networkOf(RESIDUAL, { network: "ResidualUNet" }),
		);
	});

	it.each([
		["torch.nn.InstanceNorm2d", {}, { kind: "instance", epsilon: 1e-5, affine: false }],
		["torch.nn.InstanceNorm2d", { track_running_stats: true }, { kind: "batch", epsilon: 1e-5, affine: false }],
		["torch.nn.BatchNorm2d", { eps: 0.1, momentum: 0.2 }, { kind: "batch", epsilon: 0.1, affine: true }],
		["torch.nn.BatchNorm2d", { track_running_stats: false }, { kind: "instance", epsilon: 1e-5, affine: true }],
		["torch.nn.SyncBatchNorm", null, { kind: "batch", epsilon: 1e-5, affine: true }],
		["torch.nn.Identity", null, { kind: "none" }],
		[null, null, { kind: "none" }],
	])("reads the norm %s with %j", async (norm_op, norm_op_kwargs, expected) => {
		expect((await networkOf({ norm_op, norm_op_kwargs })).norm).toEqual(expected);
	});

	it("gives batch norm to the trainer that brings it, whatever the plans say", async () => {
		const norm = { norm_op: "torch.nn.BatchNorm2d", norm_op_kwargs: { eps: 0.1, affine: false } };
		for (const kwargs of [{}, norm, { norm_op: null }]) {
			expect((await networkOf(kwargs, { trainer: "nnUNetTrainerBN" })).norm).toEqual(BATCH);
		}
	});

	it("believes the weights where a trainer of one's own may have brought batch norm", async () => {
		const own = { trainer: "nnUNetTrainerBN_250epochs", tracksNorms: true };
		expect((await networkOf({}, own)).norm).toEqual(BATCH);
		const norm = { norm_op: "torch.nn.BatchNorm2d", norm_op_kwargs: { eps: 0.1 } };
		expect((await networkOf(norm, own)).norm).toEqual({ ...BATCH, epsilon: 0.1 });
		expect(await networkOf({}, { ...own, tracksNorms: false })).toEqual(await networkOf({}));
		expect(await networkOf({}, { trainer: "nnUNetTrainer", tracksNorms: true })).toEqual(await networkOf({}));
	});

	it.each([
		...["nnUNetTrainerNoDeepSupervision", "nnUNetTrainerNoMirroring", "nnUNetTrainer_onlyMirror01", "nnUNetTrainerDA5"],
		...["nnUNetTrainerAdam", "nnUNetTrainer_5epochs", "nnUNet_Trainer_BS8", "nnUNetTrainerBNetwork", "MyTrainer"],
	])("leaves the plans' network to %s", async (trainer) => {
		expect(await networkOf({}, { trainer })).toEqual(await networkOf({}));
	});
});

const bottleneck = { ...RESIDUAL, block: "BottleneckD" };

describe("parseArchitecture refuses", () => {
	it.each<readonly [string, Json, string, RegExp]>([
		["bottlenecks without channels", bottleneck, "ResidualEncoderUNet", /bottleneck_channels.* is missing/],
		[
			"too few bottlenecks for the stages",
			{ ...bottleneck, bottleneck_channels: [2, 2] },
			"ResidualUNet",
			/bottleneck_channels.*: expected 3 entries, found 2/,
		],
		[
			"too few bottlenecks for the blocks",
			{ ...bottleneck, bottleneck_channels: [2, [2], 2] },
			"ResidualUNet",
			/bottleneck_channels: expected 2 entries, found 1/,
		],
		["another pooling", { pool: "median" }, "PlainConvUNet", /pool: .*"max"/],
		["an argument of the other encoder", { pool_type: "max" }, "PlainConvUNet", /unknown argument "pool_type"/],
		["nonlin_first of residual networks", { ...RESIDUAL, nonlin_first: true }, "ResidualUNet", /"nonlin_first"/],
		["a classifier", {}, "ResNet18", /unknown architecture ".*ResNet18"; supported are PlainConvUNet, Res/],
		["a class named like a method", {}, "toString", /unknown architecture ".*toString"/],
		[
			"an activation without a formula here",
			{ nonlin: "torch.nn.GLU" },
			"PlainConvUNet",
			/activation "torch\.nn\.GLU"/,
		],
		[
			"an argument of another activation",
			{ nonlin: "torch.nn.GELU", nonlin_kwargs: { inplace: true } },
			"PlainConvUNet",
			/nonlin_kwargs of GELU: .*inplace/,
		],
		[
			"slopes for each channel",
			{ nonlin: "torch.nn.PReLU", nonlin_kwargs: { num_parameters: 4 } },
			"PlainConvUNet",
			/nonlin_kwargs of PReLU: num_parameters/,
		],
		[
			"an argument of another norm",
			{ norm_op_kwargs: { num_groups: 2 } },
			"PlainConvUNet",
			/InstanceNorm2d: .*num_groups/,
		],
		["noise for dropout", { dropout_op: "mine.Noise" }, "PlainConvUNet", /unknown dropout "mine\.Noise"/],
		["a billion stages", { n_stages: 1e9, strides: 1, kernel_sizes: 3 }, "PlainConvUNet", /n_stages/],
		["a billion convolutions", { n_conv_per_stage: 1e9 }, "PlainConvUNet", /n_conv_per_stage/],
	])("%s", async (_, kwargs, network, message) => {
		await expect(networkOf(kwargs, { network })).rejects.toMatchObject({ name: "NnvolError", code: "MODEL", message });
	});
});
