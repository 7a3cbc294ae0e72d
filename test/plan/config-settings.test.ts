import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { parsePrimus } from "../../src/model/primus.ts";
import { type ConfiguredSettings, configSettings } from "../../src/plan/config-settings.ts";
import { modelSettings } from "../../src/plan/model-settings.ts";
import { FOUR_LABELS, modelSpec, REGIONS } from "../model-spec.ts";

const flat = modelSpec({ dimensions: 2, reader: "NaturalImage2DIO" });
const volume = modelSpec();
/** Sections are cut along the image's y axis; the patch is z, x. */
const turned2D = modelSpec({ dimensions: 2, transposeForward: [1, 0, 2], transposeBackward: [1, 0, 2] });
/** The patch is x, z, y. */
const turned3D = modelSpec({ transposeForward: [2, 0, 1], transposeBackward: [1, 2, 0] });

async function configured(spec = volume, ...overrides: readonly string[]): Promise<ConfiguredSettings> {
	const { config } = await loadConfig({ overrides, env: {} });
	return configSettings(config, spec);
}

const TTA = "inference.test_time_augmentation";
const POST = "inference.postprocessing";
const WINDOW = "inference.sliding_window";

describe("a configuration that says nothing", () => {
	it("is the model's own settings, but for labels in the element type that holds them all", async () => {
		for (const spec of [flat, volume, turned2D, turned3D]) {
			const { settings, warnings } = await configured(spec);
			expect(settings).toEqual({
				...modelSettings(spec),
				output: { kind: "labels", probabilities: false, dtype: "uint8" },
			});
			expect(warnings).toEqual([]);
		}
	});

	it("tells what z-score is taken over", async () => {
		expect((await configured(flat)).notes).toEqual([expect.stringMatching(/each section by itself/)]);
		expect((await configured(volume)).notes).toEqual([expect.stringMatching(/each whole image or volume/)]);
		const ct = { kind: "ct", mean: 0, std: 1, lower: 0, upper: 1 } as const;
		expect((await configured(modelSpec({ normalization: [ct] }))).notes).toEqual([]);
	});
});

describe("flip_axes", () => {
	const views = async (spec: typeof flat, value: string) =>
		(await configured(spec, `${TTA}.flip_axes=${value}`)).settings.views;

	it("counts z = 0, y = 1, x = 2, so that a 2D patch has y = 1 and x = 2", async () => {
		expect(await views(flat, "[[1],[2],[1,2]]")).toEqual([[], [0], [1], [0, 1]]);
		expect(await views(flat, "[2]")).toEqual([[], [1]]);
		expect(await views(volume, "[[0],[1,2]]")).toEqual([[], [0], [1, 2]]);
	});

	it("follows the model's transposition", async () => {
		expect(await views(turned3D, "[[0],[1],[2]]")).toEqual([[], [1], [2], [0]]);
		expect(await views(turned3D, "[[0,2]]")).toEqual([[], [0, 1]]);
		expect(await views(turned2D, "[[0],[2]]")).toEqual([[], [0], [1]]);
	});

	it("of an axis that the model does not see is an error that explains the counting", async () => {
		await expect(views(flat, "[0]")).rejects.toThrow(
			/names axis 0, which this 2D model does not see: .* so this model has y = 1, x = 2/,
		);
		await expect(views(turned2D, "[1]")).rejects.toThrow(/names axis 1, .* so this model has z = 0, x = 2/);
		await expect(views(flat, "[0]")).rejects.toMatchObject({ code: "CONFIG", exitCode: 2 });
	});

	it("has words for the usual sets", async () => {
		const some = modelSpec({ mirrorAxes: [1] });
		expect(await views(some, "model")).toEqual([[], [1]]);
		expect(await views(some, "none")).toEqual([[]]);
		expect(await views(some, "null")).toEqual([[]]);
		expect(await views(some, "all")).toHaveLength(8);
		expect(await views(some, "[]")).toHaveLength(8);
		expect(await views(flat, "all")).toEqual([[], [0], [1], [0, 1]]);
	});

	it("beyond the model's mirroring is obeyed with a warning", async () => {
		const some = modelSpec({ dimensions: 2, mirrorAxes: [0] });
		expect((await configured(some, `${TTA}.flip_axes=[1]`)).warnings).toEqual([]);
		const { warnings } = await configured(some, `${TTA}.flip_axes=all`);
		expect(warnings).toEqual([expect.stringMatching(/flip_axes mirrors other axes .*patch axes 0 mirrored/)]);
	});
});

describe("window_size", () => {
	const patch = async (spec: typeof flat, value: string) =>
		(await configured(spec, `${WINDOW}.window_size=${value}`)).settings.patch;

	it("is z, y, x of the image; a 2D model takes y, x or 1, y, x", async () => {
		expect(await patch(flat, "[16,32]")).toEqual([16, 32]);
		expect(await patch(flat, "[1,16,32]")).toEqual([16, 32]);
		expect(await patch(volume, "[4,16,32]")).toEqual([4, 16, 32]);
		expect(await patch(turned3D, "[4,16,32]")).toEqual([32, 4, 16]);
		expect(await patch(turned2D, "[16,1,32]")).toEqual([16, 32]);
	});

	it("that the model cannot have is an error with its patch", async () => {
		await expect(patch(flat, "[65536,65536]")).rejects.toThrow(
			/window_size \[65536, 65536\] has more than 268435456 voxels/,
		);
		await expect(patch(volume, "[16,32]")).rejects.toThrow(
			/window_size \[16, 32\] does not fit this 3D model, which sees z = 0, y = 1, x = 2; its patch is 4x8x6/,
		);
		await expect(patch(flat, "[2,16,32]")).rejects.toThrow(/does not fit this 2D model, which sees y = 1, x = 2/);
		await expect(patch(turned2D, "[1,16,32]")).rejects.toThrow(/which sees z = 0, x = 2/);
	});

	it("of a transformer is its own patch", async () => {
		const ends = { inputChannels: 1, heads: 2, trainer: "nnUNet_Primus_S_Trainer" };
		const primus = { ...volume, patch: [16, 8, 24], architecture: parsePrimus([16, 8, 24], ends, "plans.json") };
		expect(await patch(primus, "[16,8,24]")).toEqual([16, 8, 24]);
		await expect(patch(primus, "[16,16,24]")).rejects.toThrow(/window_size .* works on its own patch of 16x8x24 only/);
	});

	it("other than the model's patch is obeyed with a warning", async () => {
		expect((await configured(flat, `${WINDOW}.window_size=[8,6]`)).warnings).toEqual([]);
		const { warnings } = await configured(flat, `${WINDOW}.window_size=[16,32]`);
		expect(warnings).toEqual([expect.stringMatching(/window_size 16x32 is not the model's patch 8x6/)]);
	});
});

describe("the other keys of the window and the views", () => {
	it("an overlap has the tiles of nnU-Net's step size", async () => {
		for (const [overlap, step] of [
			[0.9, 0.1],
			[0.8, 0.2],
			[0.7, 0.3],
			[0.5, 0.5],
			[0, 1],
		]) {
			expect((await configured(volume, `${WINDOW}.overlap=${overlap}`)).settings.step).toBe(step);
		}
	});

	it("map to step, blending and ensemble", async () => {
		expect((await configured(volume, `${WINDOW}.overlap=0.25`, `${WINDOW}.blending=constant`)).settings).toMatchObject({
			step: 0.75,
			blending: "constant",
		});
		const ensemble = async (...values: readonly string[]) => (await configured(volume, ...values)).settings.ensemble;
		expect(await ensemble(`${TTA}.average=activated`)).toBe("mean-activated");
		expect(await ensemble(`${TTA}.ensemble_mode=min`)).toBe("min");
		expect(await ensemble(`${TTA}.ensemble_mode=max`, `${TTA}.average=logits`)).toBe("max");
	});

	it("keep axes, spacing and mask only where they are said", async () => {
		const { settings } = await configured(volume, "data.axes=zyx", "data.spacing=[3,2,1]", `${TTA}.mask=m.h5`);
		expect(settings).toMatchObject({ axes: "zyx", spacing: [3, 2, 1], mask: "m.h5" });
		expect(Object.keys((await configured()).settings)).not.toContain("mask");
	});
});

describe("statistics", () => {
	const settings = async (spec: typeof flat, value: string) =>
		(await configured(spec, `inference.statistics=${value}`)).settings;

	it("overrule what the model would do", async () => {
		expect(await settings(flat, "volume")).toMatchObject({ sectionwise: false, statistics: { kind: "image" } });
		expect(await settings(modelSpec({ dimensions: 2 }), "section")).toMatchObject({ sectionwise: true });
		expect(await settings(flat, "model")).toMatchObject({ sectionwise: true });
	});

	it("given as numbers are one for all channels or one a channel", async () => {
		const two = modelSpec({ channels: ["a", "b"] });
		expect(await settings(two, "{mean: 10, std: 2}")).toMatchObject({
			statistics: { kind: "fixed", mean: [10], std: [2] },
		});
		expect(await settings(two, "{mean: [1, 2], std: [3, 4]}")).toMatchObject({
			statistics: { mean: [1, 2], std: [3, 4] },
		});
		await expect(settings(two, "{mean: [1, 2, 3], std: [3, 4, 5]}")).rejects.toThrow(
			/gives 3 means, the model has 2 channels/,
		);
		expect(await settings(flat, "{mean: 10, std: 2}"), "each section is still a case").toMatchObject({
			sectionwise: true,
		});
	});

	it("are told, and warned of where they have no effect", async () => {
		const given = "inference.statistics={mean: 10, std: 2}";
		expect((await configured(volume, given)).notes).toEqual([
			expect.stringMatching(/mean 10 and deviation 2, as configured/),
		]);
		const none = modelSpec({ normalization: [{ kind: "none" }] });
		expect((await configured(none, given)).warnings).toEqual([
			expect.stringMatching(/no z-score: they have no effect/),
		]);
	});

	it("of sections need a 2D model", async () => {
		await expect(settings(volume, "section")).rejects.toThrow(/statistics=section needs a 2D model/);
	});
});

describe("act", () => {
	const activations = async (spec: typeof flat, value: string) =>
		(await configured(spec, `${TTA}.act=${value}`)).settings.activations;

	it("is one for all heads or one a head; by default softmax, of regions sigmoid", async () => {
		expect(await activations(volume, "sigmoid")).toEqual(["sigmoid", "sigmoid"]);
		expect(await activations(volume, "[none, softmax]")).toEqual(["none", "softmax"]);
		const regions = modelSpec({ labels: REGIONS });
		expect((await configured(regions, `${TTA}.select_channel=1`)).settings.activations).toEqual(["sigmoid", "sigmoid"]);
		expect((await configured(volume, `${TTA}.select_channel=1`)).settings.activations).toEqual(["softmax", "softmax"]);
	});

	it("of another number than the heads is an error", async () => {
		await expect(activations(volume, "[none, none, none]")).rejects.toThrow(
			/lists 3 activations, the model has 2 channels/,
		);
	});

	it("that contradicts regions is obeyed with a warning", async () => {
		const { settings, warnings } = await configured(modelSpec({ labels: REGIONS }), `${TTA}.act=softmax`);
		expect(settings.activations).toEqual(["softmax", "softmax"]);
		expect(warnings).toEqual([expect.stringMatching(/softmax for a model of overlapping regions/)]);
	});
});

describe("what is written", () => {
	const output = async (spec: typeof flat, ...overrides: readonly string[]) =>
		(await configured(spec, ...overrides)).settings.output;

	it("is labels with neither act, select_channel nor post-processing", async () => {
		expect(await output(volume, `${TTA}.flip_axes=none`, `${TTA}.average=activated`)).toMatchObject({
			kind: "labels",
			dtype: "uint8",
		});
		const far = modelSpec({ labels: { kind: "labels", labels: [{ name: "far", values: [256] }] } });
		expect(await output(far)).toMatchObject({ kind: "labels", dtype: "uint16" });
		const last = modelSpec({ labels: { kind: "labels", labels: [{ name: "last", values: [255] }] } });
		expect(await output(last)).toMatchObject({ dtype: "uint8" });
	});

	it("is one channel without an axis of its own for a number, with one for a list or act alone", async () => {
		const four = modelSpec({ labels: FOUR_LABELS });
		expect(await output(four, `${TTA}.select_channel=1`)).toEqual({
			kind: "channels",
			channels: [1],
			channelAxis: false,
			dtype: "float32",
		});
		expect(await output(four, `${TTA}.select_channel=0`)).toMatchObject({ channels: [0], channelAxis: false });
		expect(await output(four, `${TTA}.select_channel=[3,1]`)).toMatchObject({ channels: [3, 1], channelAxis: true });
		expect(await output(four, `${TTA}.select_channel=[2]`)).toMatchObject({ channels: [2], channelAxis: true });
		expect(await output(four, `${TTA}.act=none`)).toMatchObject({
			channels: [0, 1, 2, 3],
			channelAxis: true,
			dtype: "float32",
		});
	});

	it("is 0 and 1 for binary, uint8 unless another type is asked for", async () => {
		const on = [`${TTA}.select_channel=1`, `${POST}.binary.enabled=true`];
		expect(await output(volume, ...on)).toEqual({
			kind: "channels",
			channels: [1],
			channelAxis: false,
			dtype: "uint8",
			binary: { threshold: 0.5, removeSmall: 0, fillHoles: false },
		});
		expect(
			await output(
				volume,
				...on,
				`${POST}.binary.threshold=0.3`,
				`${POST}.binary.remove_small_objects=100`,
				`${POST}.binary.fill_holes=true`,
				`${POST}.intensity_dtype=uint16`,
			),
		).toMatchObject({ dtype: "uint16", binary: { threshold: 0.3, removeSmall: 100, fillHoles: true } });
	});

	it("scales and rounds as asked", async () => {
		expect(
			await output(volume, `${TTA}.select_channel=1`, `${POST}.intensity_scale=255`, `${POST}.intensity_dtype=uint8`),
		).toMatchObject({
			scale: 255,
			dtype: "uint8",
		});
		expect(await output(volume, `${POST}.intensity_scale=255`)).toMatchObject({
			kind: "channels",
			channels: [0, 1],
			scale: 255,
			dtype: "float32",
		});
		expect(await output(volume, `${POST}.intensity_dtype=uint8`)).not.toHaveProperty("scale");
	});

	it("needs channels that the model has", async () => {
		await expect(output(volume, `${TTA}.select_channel=2`)).rejects.toThrow(/names channel 2; the model has 2, 0 to 1/);
		await expect(output(volume, `${TTA}.select_channel=[1,7]`)).rejects.toThrow(/names channel 7/);
		await expect(output(volume, `${POST}.binary.enabled=true`)).rejects.toThrow(
			/binary needs a channel: set .*select_channel \(0 to 1/,
		);
	});
});

describe("values that only the model can say", () => {
	it("are ignored with one warning where they contradict it", async () => {
		const { warnings } = await configured(volume, "data.do_2d=true", "data.in_channels=3", "data.out_channels=9");
		expect(warnings).toEqual([
			"ignored, since the model decides: data.do_2d=true (the model is 3D), data.in_channels=3 (the model takes 1), data.out_channels=9 (the model gives 2)",
		]);
		expect(
			(await configured(volume, "data.do_2d=false", "data.in_channels=1", "data.out_channels=2")).warnings,
		).toEqual([]);
	});
});

describe("the tutorial's case", () => {
	it("mirrors both axes and together, and writes the cleaned foreground as 0 to 255", async () => {
		const { settings, warnings } = await configured(
			flat,
			`${TTA}.flip_axes=[[1],[2],[1,2]]`,
			`${TTA}.select_channel=1`,
			`${POST}.binary.enabled=true`,
			`${POST}.binary.remove_small_objects=100`,
			`${POST}.binary.fill_holes=true`,
			`${POST}.intensity_scale=255`,
			`${POST}.intensity_dtype=uint8`,
		);
		expect(warnings).toEqual([]);
		expect(settings.views).toEqual(modelSettings(flat).views);
		expect(settings.ensemble).toBe("mean-logits");
		expect(settings.output).toEqual({
			kind: "channels",
			channels: [1],
			channelAxis: false,
			dtype: "uint8",
			scale: 255,
			binary: { threshold: 0.5, removeSmall: 100, fillHoles: true },
		});
	});
});
