import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../src/core/errors.ts";
import { configurationJson, datasetJson, FACTS, type Json, plansJson, specOf } from "./plans-of.ts";

const OLD = {
	UNet_class_name: "ResidualEncoderUNet",
	UNet_base_num_features: 32,
	unet_max_num_features: 64,
	n_conv_per_stage_encoder: [1, 3, 4],
	n_conv_per_stage_decoder: [1, 1],
	conv_kernel_sizes: [
		[3, 3],
		[3, 3],
		[3, 3],
	],
	pool_op_kernel_sizes: [
		[1, 1],
		[2, 2],
		[2, 2],
	],
	architecture: undefined,
};

const CUBIC = {
	...{ name: "resample_data_or_seg_to_shape", order: 3, orderZ: 0 },
	...{ forceSeparateZ: false, separateZThreshold: 3 },
};

describe("parseModel", () => {
	it("reads a plain model whole", async () => {
		expect(await specOf(plansJson())).toEqual({
			architecture: {
				kind: "plain_conv_unet",
				dimensions: 2,
				inputChannels: 1,
				heads: 2,
				features: [4, 6, 8],
				kernels: [
					[3, 3],
					[3, 3],
					[3, 3],
				],
				strides: [
					[1, 1],
					[2, 2],
					[2, 1],
				],
				encoderConvs: [2, 2, 2],
				decoderConvs: [2, 1],
				convBias: true,
				norm: { kind: "instance", epsilon: 1e-5, affine: true },
				activation: { kind: "leaky_relu", slope: 0.01 },
				activationFirst: false,
			},
			configuration: "2d",
			trainer: "nnUNetTrainer",
			datasetName: "Dataset001_test",
			channels: ["EM"],
			labels: {
				kind: "labels",
				labels: [
					{ name: "background", values: [0] },
					{ name: "mito", values: [1] },
				],
			},
			patch: [16, 24],
			spacing: [1, 2],
			normalization: [{ kind: "zscore", useMask: false }],
			transposeForward: [2, 0, 1],
			transposeBackward: [1, 2, 0],
			mirrorAxes: [0, 1],
			reader: "SimpleITKIO",
			fileEnding: ".png",
			medianShape: [1, 16, 24],
			resampling: { data: CUBIC, probabilities: CUBIC, segmentation: { ...CUBIC, order: 1, forceSeparateZ: null } },
		});
	});

	it("spreads single numbers over stages and axes", async () => {
		const kwargs = {
			kernel_sizes: 3,
			strides: [1, 2, [2, 1]],
			n_conv_per_stage: 2,
			features_per_stage: 8,
			n_conv_per_stage_decoder: 1,
		};
		const { architecture } = await specOf(plansJson(configurationJson({}, kwargs)));
		expect(architecture).toMatchObject({
			features: [8, 8, 8],
			kernels: [
				[3, 3],
				[3, 3],
				[3, 3],
			],
			strides: [
				[1, 1],
				[2, 2],
				[2, 1],
			],
			encoderConvs: [2, 2, 2],
			decoderConvs: [1, 1],
		});
	});

	it("takes torch's defaults where arguments are missing", async () => {
		const kwargs = { norm_op_kwargs: null, nonlin_kwargs: null, conv_bias: undefined };
		const { architecture } = await specOf(plansJson(configurationJson({}, kwargs)));
		expect(architecture).toMatchObject({
			norm: { kind: "instance", epsilon: 1e-5, affine: false },
			activation: { kind: "leaky_relu", slope: 0.01 },
			convBias: false,
		});
	});

	it("resolves inheritance: own keys win, from the nearest ancestor", async () => {
		const configurations = {
			base: configurationJson({ spacing: [5, 5] }),
			middle: { inherits_from: "base", patch_size: [32, 32] },
			"2d": { inherits_from: "middle", spacing: [7, 7] },
		};
		expect(await specOf(plansJson({}, { configurations }))).toMatchObject({ patch: [32, 32], spacing: [7, 7] });
	});

	it("rebuilds the network of old plans, and finds classes that moved by their last name", async () => {
		const { architecture } = await specOf(plansJson(configurationJson(OLD)));
		expect(architecture).toMatchObject({
			kind: "residual_encoder_unet",
			features: [32, 64, 64],
			encoderBlocks: [1, 3, 4],
			stemChannels: 32,
			convBias: true,
			norm: { kind: "instance", epsilon: 1e-5, affine: true },
		});
		const moved = configurationJson(
			{},
			{ n_conv_per_stage: undefined, n_blocks_per_stage: [1, 1, 1] },
			"gone.ResidualEncoderUNet",
		);
		expect((await specOf(plansJson(moved))).architecture.kind).toBe("residual_encoder_unet");
	});

	it("gives batch norm to the trainer that brings it", async () => {
		const { architecture } = await specOf(plansJson(), datasetJson(), { ...FACTS, trainer: "nnUNetTrainerBN" });
		expect(architecture).toMatchObject({ norm: { kind: "batch", epsilon: 1e-5, affine: true } });
	});

	it("counts a cascade's one-hot labels as inputs", async () => {
		const dataset = datasetJson({ labels: { background: 0, a: 1, b: 2, c: 3, ignore: 4 } });
		const spec = await specOf(plansJson(configurationJson({ previous_stage: "3d_lowres" })), dataset);
		expect(spec.previousStage).toBe("3d_lowres");
		expect((await specOf(plansJson(configurationJson({ previous_stage: ["3d_lowres"] })))).previousStage).toBe(
			"3d_lowres",
		);
		expect(spec.architecture.inputChannels).toBe(4);
		expect(spec.labels).toMatchObject({ kind: "labels", ignore: 4 });
	});

	it("reads regions in their order, without background and ignore", async () => {
		const labels = { background: 0, whole: [1, 2], core: 2, ignore: 3 };
		const spec = await specOf(plansJson(), datasetJson({ labels, regions_class_order: [1, 2] }));
		expect(spec.labels).toEqual({
			kind: "regions",
			regions: [
				{ name: "whole", values: [1, 2] },
				{ name: "core", values: [2] },
			],
			classOrder: [1, 2],
			ignore: 3,
		});
		expect(spec.architecture.heads).toBe(2);
	});

	it("reads every normalisation, CT's under its old name too", async () => {
		const properties = { 4: { mean: 1, std: 2, percentile_00_5: -3, percentile_99_5: 4, min: null } };
		const schemes = [
			"ZScoreNormalization",
			"NoNormalization",
			"RescaleTo01Normalization",
			"RGBTo01Normalization",
			"CTNormalization",
		];
		const configuration = configurationJson({
			normalization_schemes: schemes,
			use_mask_for_norm: [true, false, false, false, true],
		});
		const channels = Object.fromEntries(schemes.map((name, index) => [index, name]));
		const plans = plansJson(configuration, { foreground_intensity_properties_by_modality: properties });
		const spec = await specOf(plans, datasetJson({ channel_names: undefined, modality: channels }));
		expect(spec.channels).toEqual(schemes);
		expect(spec.normalization).toEqual([
			{ kind: "zscore", useMask: true },
			{ kind: "none" },
			{ kind: "rescale01" },
			{ kind: "rgb01" },
			{ kind: "ct", mean: 1, std: 2, lower: -3, upper: 4 },
		]);
	});

	it("keeps another anisotropy threshold", async () => {
		const changes = { resampling_fn_data_kwargs: { separate_z_anisotropy_threshold: 4 } };
		const { resampling } = await specOf(plansJson(configurationJson(changes)));
		expect(resampling.data).toMatchObject({ separateZThreshold: 4 });
		expect(resampling.probabilities).toMatchObject({ separateZThreshold: 3 });
	});

	it("takes the plans' reader, as nnU-Net predicts, whatever the data set says", async () => {
		for (const overwrite_image_reader_writer of ["NaturalImage2DIO", "None"]) {
			expect((await specOf(plansJson(), datasetJson({ overwrite_image_reader_writer }))).reader).toBe("SimpleITKIO");
		}
		const plans = plansJson(configurationJson(), { image_reader_writer: undefined });
		expect((await specOf(plans, datasetJson({ overwrite_image_reader_writer: "Tiff3DIO" }))).reader).toBe("Tiff3DIO");
	});

	it("keeps regions in the file's order, also where their names are numbers", async () => {
		const labels = '{"background": 0, "whole": [1, 2, 3], "7": [2, 3], "3 :": [3], "2": [3, 2], "ignore": 4}';
		const dataset = JSON.stringify(datasetJson({ labels: 0, regions_class_order: [1, 2, 3, 3] })).replace(
			'"labels":0',
			`"labels": ${labels}`,
		);
		const spec = await specOf(plansJson(), dataset);
		expect(spec.labels).toMatchObject({
			regions: [{ name: "whole" }, { name: "7" }, { name: "3 :" }, { name: "2" }],
			classOrder: [1, 2, 3, 3],
		});
	});

	it("reads what Python writes for numbers that JSON lacks, and leaves texts alone", async () => {
		const text = JSON.stringify(plansJson(configurationJson(), { dataset_name: "NaN", extra: 0 })).replace(
			'"extra":0',
			'"extra":[NaN,-Infinity]',
		);
		expect((await specOf(text)).datasetName).toBe("NaN");
	});
});

type Broken = readonly [
	string,
	{ plans?: unknown; dataset?: unknown; facts?: Partial<typeof FACTS> },
	ErrorCode,
	RegExp,
];
const withKwargs = (kwargs: Json, network?: string) => ({ plans: plansJson(configurationJson({}, kwargs, network)) });
const withConfiguration = (changes: Json) => ({ plans: plansJson(configurationJson(changes)) });
const residual = { n_conv_per_stage: undefined, n_blocks_per_stage: [1, 1, 1] };

const BROKEN: readonly Broken[] = [
	["plans that are no JSON", { plans: "{" }, "MODEL", /plans\.json is not valid JSON/],
	["empty plans", { plans: "" }, "MODEL", /an empty file/],
	["plans of version 1", { plans: { plans_per_stage: {} } }, "MODEL", /nnU-Net v1/],
	[
		"plans without configurations",
		{ plans: { transpose_forward: [0, 1, 2] } },
		"MODEL",
		/plans\.json: .*configurations/,
	],
	["a list as plans", { plans: [] }, "MODEL", /the whole: /],
	["an unknown configuration", { facts: { configuration: "3d" } }, "MODEL", /no configuration "3d"; it has: 2d/],
	[
		"a configuration named like a method",
		{ facts: { configuration: "toString" } },
		"MODEL",
		/no configuration "toString"/,
	],
	[
		"circular inheritance",
		{ plans: plansJson({}, { configurations: { "2d": { inherits_from: "b" }, b: { inherits_from: "2d" } } }) },
		"MODEL",
		/circle: 2d from b from 2d/,
	],
	["inheritance from itself", { plans: plansJson({ inherits_from: "2d" }) }, "MODEL", /circle: 2d from 2d/],
	["inheritance from a number", { plans: plansJson({ inherits_from: 3 }) }, "MODEL", /inherits_from must be a name/],
	[
		"neither old nor new architecture",
		withConfiguration({ architecture: undefined }),
		"MODEL",
		/neither "architecture" nor "UNet_class_name"/,
	],
	[
		"an unknown architecture",
		withKwargs({}, "SwinUNETR"),
		"MODEL",
		/unknown architecture ".*SwinUNETR"; supported are PlainConvUNet/,
	],
	[
		"an unknown old architecture",
		withConfiguration({ ...OLD, UNet_class_name: "Other" }),
		"MODEL",
		/unknown architecture "Other"/,
	],
	["an unknown argument", withKwargs({ magic: 1 }), "MODEL", /unknown argument "magic"/],
	[
		"an unknown norm",
		withKwargs({ norm_op: "torch.nn.GroupNorm" }),
		"MODEL",
		/unknown norm "torch.nn.GroupNorm"; supported are InstanceNorm2d and BatchNorm2d/,
	],
	["a norm of other dimensions", withKwargs({ norm_op: "torch.nn.InstanceNorm3d" }), "MODEL", /unknown norm/],
	["an unknown activation", withKwargs({ nonlin: "torch.nn.Mine" }), "MODEL", /unknown activation "torch.nn.Mine"/],
	["an unknown convolution", withKwargs({ conv_op: "torch.nn.Conv1d" }), "MODEL", /unknown convolution/],
	[
		"a patch of other dimensions",
		withConfiguration({ patch_size: [8, 8, 8] }),
		"MODEL",
		/patch_size \[8, 8, 8\] does not fit Conv2d/,
	],
	["two previous stages", withConfiguration({ previous_stage: ["a", "b"] }), "MODEL", /previous_stage/],
	["no previous stage in a list", withConfiguration({ previous_stage: [] }), "MODEL", /previous_stage/],
	[
		"an old architecture that came later",
		withConfiguration({ ...OLD, UNet_class_name: "ResidualUNet" }),
		"MODEL",
		/unknown architecture "ResidualUNet"; plans of this age/,
	],
	["a patch of nothing", withConfiguration({ patch_size: [0, 8] }), "MODEL", /patch_size/],
	["a spacing of other dimensions", withConfiguration({ spacing: [1] }), "MODEL", /spacing \[1\] must have 2 entries/],
	[
		"too few strides",
		withKwargs({
			strides: [
				[1, 1],
				[2, 2],
			],
		}),
		"MODEL",
		/strides: expected 3 entries, found 2/,
	],
	[
		"a kernel of three axes",
		withKwargs({
			kernel_sizes: [
				[3, 3, 3],
				[3, 3],
				[3, 3],
			],
		}),
		"MODEL",
		/kernel_sizes: expected 2 entries, found 3/,
	],
	["a stage without convolutions", withKwargs({ n_conv_per_stage: [0, 2, 2] }), "MODEL", /n_conv_per_stage/],
	[
		"missing counts of convolutions",
		withKwargs({ n_conv_per_stage: undefined }),
		"MODEL",
		/n_conv_per_stage is missing/,
	],
	["one stage", withKwargs({ n_stages: 1 }), "MODEL", /n_stages/],
	[
		"unknown blocks",
		withKwargs({ ...residual, block: "a.Block" }, "ResidualEncoderUNet"),
		"MODEL",
		/unknown residual block "a.Block"/,
	],
	["a transformer on sections", { facts: { trainer: "nnUNet_Primus_S_Trainer" } }, "MODEL", /Primus_S.* 3D patch/],
	[
		"an unknown normalisation",
		withConfiguration({ normalization_schemes: ["Magic"] }),
		"MODEL",
		/unknown normalisation "Magic"/,
	],
	["too few normalisations", withConfiguration({ normalization_schemes: [] }), "MODEL", /0 entries for 1 channels/],
	[
		"CT without intensities",
		withConfiguration({ normalization_schemes: ["CTNormalization"] }),
		"MODEL",
		/CTNormalization needs it/,
	],
	["an unknown preprocessor", withConfiguration({ preprocessor_name: "Mine" }), "MODEL", /unknown preprocessor "Mine"/],
	["an unknown resampling", withConfiguration({ resampling_fn_data: "mine" }), "MODEL", /unknown resampling "mine"/],
	[
		"transposes that do not undo each other",
		{ plans: plansJson(configurationJson(), { transpose_backward: [2, 0, 1] }) },
		"MODEL",
		/undo each other/,
	],
	[
		"a transpose that is no permutation",
		{ plans: plansJson(configurationJson(), { transpose_forward: [0, 0, 1], transpose_backward: [0, 0, 1] }) },
		"MODEL",
		/permutations/,
	],
	[
		"no reader",
		{ plans: plansJson(configurationJson(), { image_reader_writer: null }) },
		"MODEL",
		/image_reader_writer" is missing/,
	],
	[
		"a reader of one's own",
		{ plans: plansJson(configurationJson(), { image_reader_writer: "MyIO" }) },
		"MODEL",
		/unknown class "MyIO" as image_reader_writer/,
	],
	[
		"a label manager of one's own",
		{ plans: plansJson(configurationJson(), { label_manager: "MyManager" }) },
		"MODEL",
		/unknown label_manager "MyManager"/,
	],
	["a mirror axis that is not there", { facts: { mirrorAxes: [0, 2] } }, "MODEL", /mirroring axis 2/],
	[
		"a data set without channels",
		{ dataset: datasetJson({ channel_names: {} }) },
		"MODEL",
		/channel_names" is missing or empty/,
	],
	[
		"channels with a gap",
		{ dataset: datasetJson({ channel_names: { 0: "a", 2: "b" } }) },
		"MODEL",
		/numbered 0 to 1, found 0, 2/,
	],
	["no background", { dataset: datasetJson({ labels: { mito: 1 } }) }, "MODEL", /"background": 0/],
	[
		"labels with a gap",
		{ dataset: datasetJson({ labels: { background: 0, mito: 255 } }) },
		"MODEL",
		/"mito" is 255, expected 1/,
	],
	["labels that are texts", { dataset: datasetJson({ labels: { background: "0" } }) }, "MODEL", /labels/],
	[
		"an ignore label in between",
		{ dataset: datasetJson({ labels: { background: 0, a: 1, ignore: 1 } }) },
		"MODEL",
		/"ignore" must be the highest, 2; found 1/,
	],
	[
		"regions without an order",
		{ dataset: datasetJson({ labels: { background: 0, a: [1, 2] } }) },
		"MODEL",
		/regions_class_order" is missing/,
	],
	[
		"regions with a short order",
		{ dataset: datasetJson({ labels: { background: 0, a: [1, 2], b: 2 }, regions_class_order: [1] }) },
		"MODEL",
		/1 entries for 2/,
	],
	["a file ending without its dot", { dataset: datasetJson({ file_ending: "png" }) }, "MODEL", /file_ending/],
];

describe("parseModel refuses", () => {
	it.each(BROKEN)("%s", async (_, { plans, dataset, facts }, code, message) => {
		const found = specOf(plans ?? plansJson(), dataset ?? datasetJson(), { ...FACTS, ...facts });
		await expect(found).rejects.toMatchObject({ name: "NnvolError", code, message });
	});
});
