/**
 * What `infer-volume` writes for which settings, held against sums made here.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type NdArray, zeros } from "../../src/core/array.ts";
import { openVolume } from "../../src/volume/formats.ts";
import { testFolder } from "../folder.ts";
import { nnvol } from "./command.ts";
import { outputsOf, pattern, readVolume, writeModel, writeVolume } from "./scene.ts";

const TTA = "inference.test_time_augmentation";
const POST = "inference.postprocessing";
const VOXELS = 24 * 30;

/** Runs on one image (or what `path` names) and gives what was written. */
async function written(overrides: readonly string[], given?: string): Promise<NdArray & { err: string; file: string }> {
	const folder = testFolder();
	const model = writeModel(join(folder, "model"));
	const image = given ?? (await writeVolume(join(folder, "in", "a.png"), pattern([24, 30]), "yx"));
	const out = join(folder, "out");
	const { code, err } = await nnvol(
		"infer-volume",
		"--checkpoint",
		model,
		"system.device=cpu",
		`inference.volume_mode.file_pattern=${image}`,
		`inference.data.output_path=${out}`,
		...overrides,
	);
	expect(err).toMatch(/1 done, 0 skipped, 0 failed/);
	expect(code).toBe(0);
	const [name = ""] = outputsOf(out);
	return { ...(await readVolume(join(out, name))), err, file: join(out, name) };
}

const numbers = (array: NdArray) => Array.from(array.data, Number);
const channel = (array: NdArray, n: number) => numbers(array).slice(n * VOXELS, (n + 1) * VOXELS);

function largestDifference(a: readonly number[], b: readonly number[]): number {
	expect(a.length).toBe(b.length);
	return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

describe("what is written", () => {
	let logits: NdArray = zeros("float32", [0]);
	let softmax: number[][] = [];
	beforeAll(async () => {
		const folder = mkdtempSync(join(tmpdir(), "nnvol-rules-"));
		const model = writeModel(join(folder, "model"));
		const image = await writeVolume(join(folder, "in", "a.png"), pattern([24, 30]), "yx");
		await nnvol(
			"infer-volume",
			"--checkpoint",
			model,
			"system.device=cpu",
			`inference.volume_mode.file_pattern=${image}`,
			`inference.data.output_path=${folder}/out`,
			`${TTA}.act=none`,
		);
		logits = await readVolume(join(folder, "out", "a_prediction.h5"));
		const exps = [0, 1, 2].map((n) => channel(logits, n).map(Math.exp));
		rmSync(folder, { recursive: true });
		softmax = exps.map((values) =>
			values.map((value, i) => value / exps.reduce((sum, other) => sum + (other[i] ?? 0), 0)),
		);
	});

	it("act none: the logits, float32, with a leading channel axis", () => {
		expect([logits.dtype, logits.shape]).toEqual(["float32", [3, 24, 30]]);
		expect(Math.min(...numbers(logits))).toBeLessThan(0);
	});

	it("by default: the labels, which are the highest logits; uint8, 2D, data set main", async () => {
		const labels = await written([]);
		expect([labels.dtype, labels.shape]).toEqual(["uint8", [24, 30]]);
		const highest = channel(logits, 0).map((_, i) =>
			[0, 1, 2].reduce((best, n) => ((channel(logits, n)[i] ?? 0) > (channel(logits, best)[i] ?? 0) ? n : best), 0),
		);
		expect(numbers(labels)).toEqual(highest);
		expect(new Set(highest).size).toBeGreaterThan(1);
		const reader = await openVolume(labels.file);
		expect(reader.info).toMatchObject({ format: "hdf5", dataset: "main" });
		await reader.close();
	});

	it("act alone: every channel", async () => {
		const all = await written([`${TTA}.act=softmax`]);
		expect([all.dtype, all.shape]).toEqual(["float32", [3, 24, 30]]);
		expect(largestDifference(numbers(all), softmax.flat())).toBeLessThan(1e-5);
	});

	it("select_channel: that channel after softmax; a list keeps an axis, in the order given", async () => {
		const one = await written([`${TTA}.select_channel=1`]);
		expect([one.dtype, one.shape]).toEqual(["float32", [24, 30]]);
		expect(largestDifference(numbers(one), softmax[1] ?? [])).toBeLessThan(1e-5);
		const two = await written([`${TTA}.select_channel=[2, 0]`]);
		expect(two.shape).toEqual([2, 24, 30]);
		expect(largestDifference(numbers(two), [...(softmax[2] ?? []), ...(softmax[0] ?? [])])).toBeLessThan(1e-5);
		expect((await written([`${TTA}.select_channel=[1]`])).shape).toEqual([1, 24, 30]);
	});

	it("act sigmoid, and one a channel", async () => {
		const sigmoid = (values: readonly number[]) => values.map((value) => 1 / (1 + Math.exp(-value)));
		const all = await written([`${TTA}.act=sigmoid`]);
		expect(largestDifference(numbers(all), sigmoid(numbers(logits)))).toBeLessThan(1e-5);
		const mixed = await written([`${TTA}.act=[none, sigmoid, none]`]);
		expect(largestDifference(channel(mixed, 0), channel(logits, 0))).toBeLessThan(1e-5);
		expect(largestDifference(channel(mixed, 1), sigmoid(channel(logits, 1)))).toBeLessThan(1e-5);
	});

	it("binary: 0 and 1 where the channel is above the threshold, uint8", async () => {
		const limit = 0.34;
		const mask = await written([
			`${TTA}.select_channel=1`,
			`${POST}.binary.enabled=true`,
			`${POST}.binary.threshold=${limit}`,
		]);
		expect([mask.dtype, mask.shape]).toEqual(["uint8", [24, 30]]);
		const probabilities = softmax[1] ?? [];
		const near = probabilities.filter((value) => Math.abs(value - limit) < 1e-5).length;
		const expected = probabilities.map((value) => (value > limit ? 1 : 0));
		expect(numbers(mask).filter((value, i) => value !== expected[i]).length).toBeLessThanOrEqual(near);
		expect(new Set(numbers(mask))).toEqual(new Set([0, 1]));
		const scaled = await written([
			`${TTA}.select_channel=1`,
			`${POST}.binary.enabled=true`,
			`${POST}.binary.threshold=${limit}`,
			`${POST}.intensity_scale=255`,
		]);
		expect(scaled.dtype).toBe("uint8");
		expect(numbers(scaled)).toEqual(numbers(mask).map((value) => value * 255));
		const none = await written([
			`${TTA}.select_channel=1`,
			`${POST}.binary.enabled=true`,
			`${POST}.binary.threshold=${limit}`,
			`${POST}.binary.remove_small_objects=${VOXELS + 1}`,
		]);
		expect(new Set(numbers(none))).toEqual(new Set([0]));
	});

	it("intensity_scale multiplies, intensity_dtype rounds half to even and clamps", async () => {
		const float = await written([`${TTA}.select_channel=1`]);
		const bytes = await written([
			`${TTA}.select_channel=1`,
			`${POST}.intensity_scale=255`,
			`${POST}.intensity_dtype=uint8`,
		]);
		expect(bytes.dtype).toBe("uint8");
		expect(numbers(bytes)).toEqual(numbers(float).map((value) => halfToEven(Math.fround(value * 255))));
		const clamped = await written([`${TTA}.act=none`, `${POST}.intensity_scale=100`, `${POST}.intensity_dtype=uint8`]);
		expect(Math.min(...numbers(clamped))).toBe(0);
		expect(numbers(clamped)).toEqual(
			numbers(logits).map((value) => Math.min(255, Math.max(0, halfToEven(Math.fround(value * 100))))),
		);
	});

	it.each([
		["zarr", ".zarr"],
		["tiff", ".tif"],
		["png", ".png"],
	])("output_format %s holds the same labels", async (format, ending) => {
		const labels = await written([]);
		const other = await written([`inference.data.output_format=${format}`]);
		expect(other.file.includes(ending)).toBe(true);
		expect([other.dtype, other.shape, numbers(other)]).toEqual([labels.dtype, labels.shape, numbers(labels)]);
	});

	it("png refuses what it cannot hold before the run, uint8 values of one channel it takes", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"));
		for (const override of [`${TTA}.select_channel=1`, `${TTA}.act=softmax`]) {
			const { code, err } = await nnvol(
				"infer-volume",
				"--checkpoint",
				model,
				`inference.volume_mode.file_pattern=${folder}/*`,
				`inference.data.output_path=${folder}/out`,
				"inference.data.output_format=png",
				override,
			);
			expect(err).toMatch(/output_format=png cannot hold the result \(float32.*\); choose h5, zarr or tiff, or set/);
			expect(code).toBe(2);
		}
		const bytes = await written([
			`${TTA}.select_channel=1`,
			`${POST}.intensity_scale=255`,
			`${POST}.intensity_dtype=uint8`,
			"inference.data.output_format=png",
		]);
		expect([bytes.dtype, bytes.shape]).toEqual(["uint8", [24, 30]]);
	});
});

describe("views", () => {
	const values = async (...overrides: string[]) => numbers(await written([`${TTA}.act=none`, ...overrides]));

	it("all ways to say the model's own views are one; none, null and one axis are others", async () => {
		const own = await values();
		for (const same of ["model", "all", "[]", "[[1], [2], [1, 2]]", "[1, 2, [1, 2]]"])
			expect(await values(`${TTA}.flip_axes=${same}`)).toEqual(own);
		const plain = await values(`${TTA}.flip_axes=none`);
		expect(await values(`${TTA}.flip_axes=null`)).toEqual(plain);
		expect(largestDifference(plain, own)).toBeGreaterThan(1e-4);
		const one = await values(`${TTA}.flip_axes=1`);
		expect(await values(`${TTA}.flip_axes=[[1]]`)).toEqual(one);
		expect(await values(`${TTA}.flip_axes=[1]`)).toEqual(one);
		for (const other of [plain, own]) expect(largestDifference(one, other)).toBeGreaterThan(1e-4);
	});

	it("axis 0 of a 2D model is an error that explains the counting", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"));
		const { code, err } = await nnvol(
			"infer-volume",
			"--checkpoint",
			model,
			"inference.volume_mode.file_pattern=x",
			`inference.data.output_path=${folder}/out`,
			`${TTA}.flip_axes=[[0], [1]]`,
		);
		expect(err).toMatch(
			/flip_axes names axis 0, which this 2D model does not see: axes are counted z = 0, y = 1, x = 2, always, so this model has y = 1, x = 2/,
		);
		expect(code).toBe(2);
	});

	it("min, mean of activated and max are in this order, each where its name says", async () => {
		const of = async (...overrides: string[]) => numbers(await written([`${TTA}.select_channel=1`, ...overrides]));
		const [min, mean, max, logits] = [
			await of(`${TTA}.ensemble_mode=min`),
			await of(`${TTA}.average=activated`),
			await of(`${TTA}.ensemble_mode=max`),
			await of(),
		];
		for (const [i, value] of mean.entries()) {
			expect(min[i] ?? 0).toBeLessThanOrEqual(value + 1e-6);
			expect(max[i] ?? 0).toBeGreaterThanOrEqual(value - 1e-6);
		}
		expect(largestDifference(min, max)).toBeGreaterThan(1e-3);
		expect(largestDifference(mean, logits)).toBeGreaterThan(1e-6);
		// of one view, the least, the mean and the most are the same
		const [least, middle, most] = [
			await of(`${TTA}.flip_axes=none`, `${TTA}.ensemble_mode=min`),
			await of(`${TTA}.flip_axes=none`, `${TTA}.average=activated`),
			await of(`${TTA}.flip_axes=none`, `${TTA}.ensemble_mode=max`),
		];
		expect(least).toEqual(middle);
		expect(most).toEqual(middle);
	});

	it("mask: zero outside, unchanged inside", async () => {
		const mask = zeros("uint8", [24, 30]);
		for (let i = 0; i < VOXELS; i++) mask.data[i] = i % 30 < 12 ? 1 : 0;
		const path = await writeVolume(join(testFolder(), "mask.png"), mask, "yx");
		const free = numbers(await written([`${TTA}.select_channel=2`]));
		const held = numbers(await written([`${TTA}.select_channel=2`, `${TTA}.mask=${path}`]));
		expect(held).toEqual(free.map((value, i) => (i % 30 < 12 ? value : 0)));
		const small = await writeVolume(join(testFolder(), "small.png"), zeros("uint8", [5, 5]), "yx");
		const folder = testFolder();
		const image = await writeVolume(join(folder, "a.png"), pattern([24, 30]), "yx");
		const wrong = await nnvol(
			"infer-volume",
			"--checkpoint",
			writeModel(join(folder, "model")),
			"system.device=cpu",
			`inference.volume_mode.file_pattern=${image}`,
			`inference.data.output_path=${folder}/out`,
			`${TTA}.mask=${small}`,
		);
		expect(wrong.err).toMatch(/the mask .*small\.png is 1x5x5, the image 1x24x30 \(z, y, x\); they must be equal/);
		expect(wrong.code).toBe(1);
	});
});

describe("statistics", () => {
	const Z = 3;
	/** Three sections of different brightness and contrast. */
	function stack(): NdArray {
		const array = pattern([Z, 24, 30], "uint16");
		for (let i = 0; i < array.data.length; i++)
			array.data[i] = Number(array.data[i]) * (1 + Math.floor(i / VOXELS)) + 500 * Math.floor(i / VOXELS);
		return array;
	}
	const moments = (values: readonly number[]) => {
		const mean = values.reduce((a, b) => a + b, 0) / values.length;
		return { mean, std: Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length) };
	};
	const given = ({ mean, std }: { mean: number; std: number }) => `inference.statistics={mean: ${mean}, std: ${std}}`;

	it("section (the default here), volume and given numbers do what they say", async () => {
		const path = await writeVolume(join(testFolder(), "s.tif"), stack(), "zyx");
		const values = async (...overrides: string[]) => {
			const result = await written([`${TTA}.act=none`, `${TTA}.flip_axes=none`, ...overrides], path);
			return {
				err: result.err,
				shape: result.shape,
				all: numbers(result),
				at: (z: number) =>
					[0, 1, 2].flatMap((c) => numbers(result).slice((c * Z + z) * VOXELS, (c * Z + z + 1) * VOXELS)),
			};
		};
		const own = await values();
		expect(own.shape).toEqual([3, Z, 24, 30]);
		expect(own.err).toMatch(/z-score of each section by itself/);
		const section = await values("inference.statistics=section");
		expect(section.all).toEqual(own.all);
		const volume = await values("inference.statistics=volume");
		expect(volume.err).toMatch(/z-score over each whole image or volume/);
		const voxels = numbers(stack());
		const byHand = await values(given(moments(voxels)));
		expect(byHand.err).toMatch(/z-score with mean [\d.]+ and deviation [\d.]+, as configured/);
		expect(largestDifference(volume.all, byHand.all)).toBeLessThan(1e-3);
		expect(largestDifference(volume.all, section.all)).toBeGreaterThan(0.01);
		for (let z = 0; z < Z; z++) {
			const alone = await values(given(moments(voxels.slice(z * VOXELS, (z + 1) * VOXELS))));
			expect(largestDifference(alone.at(z), section.at(z))).toBeLessThan(1e-3);
		}
	});

	it("section for a 3D model is an error", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"), { network: "1 channel 3D", ending: ".tif", reader: "Tiff3DIO" });
		const { code, err } = await nnvol(
			"infer-volume",
			"--checkpoint",
			model,
			"inference.volume_mode.file_pattern=x",
			`inference.data.output_path=${folder}/out`,
			"inference.statistics=section",
		);
		expect(err).toMatch(/statistics=section needs a 2D model/);
		expect(code).toBe(2);
	});
});

describe("warnings", () => {
	it("another window is obeyed and warned about once", async () => {
		const { err } = await written(["inference.sliding_window.window_size=[24, 32]"]);
		expect(
			err.match(/warning: window_size 24x32 is not the model's patch 20x16: results differ from nnU-Net's/g),
		).toHaveLength(1);
	});

	it("what contradicts the model is ignored, in one warning", async () => {
		const { err, shape } = await written(["data.do_2d=false", "data.in_channels=3", "data.out_channels=2"]);
		expect(err.match(/warning/g)).toHaveLength(1);
		expect(err).toMatch(
			/warning: ignored, since the model decides: data\.do_2d=false \(the model is 2D\), data\.in_channels=3 \(the model takes 1\), data\.out_channels=2 \(the model gives 3\)/,
		);
		expect(shape).toEqual([24, 30]);
	});

	it("nothing is warned about where nothing is wrong", async () => {
		expect(
			(await written(["data.do_2d=true", "data.in_channels=1", "inference.sliding_window.window_size=[20, 16]"])).err,
		).not.toMatch(/warning/);
	});
});

function halfToEven(value: number): number {
	const low = Math.floor(value);
	const rest = value - low;
	return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
}
