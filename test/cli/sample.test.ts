/**
 * `nnvol sample`: what it chooses, what it cuts out, and what it refuses.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cut, type NdArray, ndarray, zeros } from "../../src/core/array.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { openVolume } from "../../src/volume/formats.ts";
import { testFolder } from "../folder.ts";
import { expectSame } from "../volume/conformance.ts";
import { nnvol } from "./command.ts";
import { pattern, readJson, readVolume, writeModel, writeVolume } from "./scene.ts";

/** Zeros but for a bright box. */
function bright(shape: readonly number[], start: readonly number[], stop: readonly number[], value: number): NdArray {
	const array = zeros("float32", shape);
	const [depth = 1, height = 1, width = 1] = [...[1, 1, 1], ...shape].slice(-3);
	const [from, to] = [[...[0, 0, 0], ...start].slice(-3), [...[1, 1, 1], ...stop].slice(-3)];
	for (let i = 0; i < depth * height * width; i++) {
		const place = [Math.floor(i / width / height), Math.floor(i / width) % height, i % width];
		if (place.every((at, axis) => at >= (from[axis] ?? 0) && at < (to[axis] ?? 0))) array.data[i] = value;
	}
	return array;
}

function labelsOf(shape: readonly number[]): NdArray {
	return ndarray(
		"uint8",
		shape,
		Uint8Array.from({ length: sizeOf(shape) }, (_, i) => (i % 7 === 0 ? 2 : 0)),
	);
}

/** Images, predictions and uncertainty of two volumes; the second has the brightest place. */
async function twoVolumes(ending: string): Promise<{ folder: string; images: string; out: string }> {
	const folder = testFolder();
	const [images, out] = [join(folder, "images"), join(folder, "out")];
	const shape = [6, 24, 20];
	for (const [n, id] of ["first", "second"].entries()) {
		await writeVolume(join(images, `${id}_0000${ending}`), pattern(shape, "uint8", n + 1), "zyx", [4, 1, 1]);
		await writeVolume(join(out, `${id}_prediction${ending}`), labelsOf(shape), "zyx", [4, 1, 1]);
		const place =
			n === 0
				? ([
						[0, 0, 0],
						[2, 8, 8],
					] as const)
				: ([
						[4, 8, 12],
						[6, 16, 20],
					] as const);
		const map = bright(shape, place[0], place[1], 0.5 + n / 4);
		await writeVolume(join(out, `${id}_prediction_uncertainty${ending}`), map, "zyx", [4, 1, 1]);
	}
	return { folder, images, out };
}

describe("sample", () => {
	it.each([".nii.gz", ".tif", ".h5", ".zarr", ".nrrd"])(
		"cuts regions out in the images' own format: %s",
		async (ending) => {
			const { folder, images, out } = await twoVolumes(ending);
			const to = join(folder, "next");
			const words = ["--count", "2", "--size", "2,8,8", "--out", to];
			const { code, out: text, err } = await nnvol("sample", images, out, ...words);
			expect([code, err.includes("nnvol:")]).toEqual([0, false]);
			expect(text).toMatch(/mean entropy/);
			const names = ["second_z4_y8_x12", "first_z0_y0_x0"];
			expect(
				readdirSync(join(to, "imagesTr"))
					.filter((name) => name.endsWith(ending))
					.sort(),
			).toEqual(names.map((name) => `${name}_0000${ending}`).sort());
			const box = { start: [4, 8, 12], stop: [6, 16, 20] };
			const image = join(to, "imagesTr", `second_z4_y8_x12_0000${ending}`);
			expectSame(await readVolume(image), cut(pattern([6, 24, 20], "uint8", 2), box));
			expectSame(await readVolume(join(to, "labelsTr", `second_z4_y8_x12${ending}`)), cut(labelsOf([6, 24, 20]), box));
			const map = await readVolume(join(to, "uncertaintyTr", `second_z4_y8_x12${ending}`));
			expectSame(map, ndarray("float32", [2, 8, 8], new Float32Array(128).fill(0.75)));
			expect(readJson(join(to, "dataset.json"))).toEqual({
				channel_names: { "0": "channel_0" },
				labels: { background: 0, label_1: 1, label_2: 2 },
				numTraining: 2,
				file_ending: ending,
			});
			const record = readJson(join(to, "samples.json"));
			expect(record).toMatchObject({
				version: 1,
				measure: "entropy",
				by: "mean",
				size: [2, 8, 8],
				stride: [1, 4, 4],
				scale: 1,
			});
			expect(record["samples"]).toMatchObject([
				{ rank: 1, name: names[0], case: "second", start: [4, 8, 12], stop: [6, 16, 20], score: 0.75, mean: 0.75 },
				{ rank: 2, name: names[1], case: "first", start: [0, 0, 0], stop: [2, 8, 8], score: 0.5 },
			]);
			expect(readFileSync(join(to, "samples.csv"), "utf8").split("\n")[1]).toBe(
				"1,second_z4_y8_x12,second,4,8,12,6,16,20,0.75,0.75",
			);
			if (ending === ".tif")
				expect(readJson(join(to, "labelsTr", "first_z0_y0_x0.json"))).toEqual({ spacing: [4, 1, 1] });
			expect(readdirSync(folder).sort()).toEqual(["images", "next", "out"]);
		},
	);

	it("keeps a region's place in the world", async () => {
		const { folder, images, out } = await twoVolumes(".nii.gz");
		const to = join(folder, "next");
		expect(await nnvol("sample", images, out, "--count", "1", "--size", "2,8,8", "--out", to, "--quiet")).toMatchObject(
			{ code: 0, out: "" },
		);
		for (const place of [
			"imagesTr/second_z4_y8_x12_0000",
			"labelsTr/second_z4_y8_x12",
			"uncertaintyTr/second_z4_y8_x12",
		]) {
			const reader = await openVolume(join(to, `${place}.nii.gz`));
			await reader.close();
			expect(reader.info.spacing).toEqual([4, 1, 1]);
			expect(reader.info.geometry?.origin).toEqual([12, 8, 16]);
		}
	});

	it("only lists without --out; as JSON, as CSV; by a quantile, of one case at most, of all in turn", async () => {
		const { images, out, folder } = await twoVolumes(".h5");
		const list = async (...words: string[]) => {
			const { code, out: text } = await nnvol("sample", images, out, "--size", "2,8,8", "--csv", ...words);
			expect(code).toBe(0);
			return text
				.trim()
				.split("\n")
				.slice(1)
				.map((line) => line.split(",")[1]);
		};
		expect(await list("--count", "2")).toEqual(["second_z4_y8_x12", "first_z0_y0_x0"]);
		expect(await list("--count", "3", "--per-case", "1")).toEqual(["second_z4_y8_x12", "first_z0_y0_x0"]);
		expect((await list("--count", "3")).slice(0, 2)).toEqual(["second_z4_y8_x12", "first_z0_y0_x0"]);
		const four = await list("--count", "4", "--spread");
		expect(four.map((name) => name?.split("_")[0])).toEqual(["second", "first", "first", "second"]);
		expect(await list("--count", "1", "--quantile", "0.9")).toEqual(["second_z4_y8_x12"]);
		const asked = ["--count", "1", "--size", "2,8,8", "--quantile", "1", "--json"];
		const { out: text } = await nnvol("sample", images, out, ...asked);
		expect(JSON.parse(text)).toMatchObject({ by: "quantile", quantile: 1, samples: [{ case: "second" }] });
		expect(readdirSync(folder).sort()).toEqual(["images", "out"]);
	});

	it("cuts every channel: colours of one file, several files; sections of a stack become TIFF", async () => {
		const folder = testFolder();
		const maps = bright([20, 24], [4, 6], [12, 14], 1);
		const write = async (out: string, id: string, shape: readonly number[], map: NdArray, axes: string) => {
			await writeVolume(join(folder, out, `${id}.nrrd`), labelsOf(shape), axes);
			await writeVolume(join(folder, out, `${id}_variance.nrrd`), map, axes);
		};
		const cutOut = async (input: string, out: string, ...words: string[]) => {
			const to = join(folder, `${out}-next`);
			const ended = await nnvol(
				"sample",
				input,
				join(folder, out),
				"--count",
				"1",
				"--size",
				"8,8",
				"--out",
				to,
				...words,
			);
			expect(ended).toMatchObject({ code: 0 });
			return to;
		};
		await writeVolume(join(folder, "rgb", "c.png"), pattern([20, 24, 3]), "yxc");
		await write("of-rgb", "c", [20, 24], maps, "yx");
		const rgb = await cutOut(join(folder, "rgb"), "of-rgb");
		const box = { start: [4, 4, 0], stop: [12, 12, 3] };
		expectSame(await readVolume(join(rgb, "imagesTr", "c_y4_x4_0000.png")), cut(pattern([20, 24, 3]), box));
		expect(readJson(join(rgb, "dataset.json"))).toMatchObject({
			channel_names: { "0": "channel_0", "2": "channel_2" },
		});
		for (const n of [0, 1])
			await writeVolume(join(folder, "two", `d_000${n}.nrrd`), pattern([20, 24], "uint16", n + 1), "yx");
		await write("of-two", "d", [20, 24], maps, "yx");
		const two = await cutOut(join(folder, "two"), "of-two");
		expect(readdirSync(join(two, "imagesTr")).sort()).toEqual(["d_y4_x4_0000.nrrd", "d_y4_x4_0001.nrrd"]);
		const second = cut(pattern([20, 24], "uint16", 2), { start: [4, 4], stop: [12, 12] });
		expectSame(await readVolume(join(two, "imagesTr", "d_y4_x4_0001.nrrd")), second);
		for (const z of [0, 1, 2])
			await writeVolume(join(folder, "stack", `s${z}.png`), pattern([20, 24], "uint8", z + 1), "yx");
		await write("of-stack", "stack", [3, 20, 24], bright([3, 20, 24], [1, 4, 4], [2, 12, 12], 0.2), "zyx");
		const sections = await cutOut(`stack:${join(folder, "stack")}`, "of-stack");
		const image = await readVolume(join(sections, "imagesTr", "stack_z1_y4_x4_0000.tif"));
		expect([...image.data]).toEqual([...cut(pattern([20, 24], "uint8", 2), { start: [4, 4], stop: [12, 12] }).data]);
		// formats that differ need a word
		await writeVolume(join(folder, "two", "e_0000.tif"), pattern([20, 24]), "yx");
		await writeVolume(join(folder, "two", "e_0001.tif"), pattern([20, 24]), "yx");
		await write("of-two", "e", [20, 24], maps, "yx");
		const mixed = ["--count", "1", "--size", "8,8", "--out", join(folder, "mixed")];
		const refused = await nnvol("sample", join(folder, "two"), join(folder, "of-two"), ...mixed);
		expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/one format; choose it by --format/) });
		const chosen = await nnvol("sample", join(folder, "two"), join(folder, "of-two"), ...mixed, "--format", "nrrd");
		expect(chosen).toMatchObject({ code: 0 });
	});

	it("leaves out what was chosen before", async () => {
		const { folder, images, out } = await twoVolumes(".h5");
		const to = join(folder, "next");
		const words = ["--size", "2,8,8", "--quiet"];
		expect(await nnvol("sample", images, out, ...words, "--count", "2", "--out", to)).toMatchObject({ code: 0 });
		const before = join(to, "samples.json");
		const again = await nnvol("sample", images, out, ...words, "--count", "50", "--json", "--except", before);
		const { samples }: { samples: { case: string; start: number[]; stop: number[] }[] } = JSON.parse(again.out);
		expect(samples.length).toBeGreaterThan(4);
		const chosen = { second: [4, 8, 12], first: [0, 0, 0] };
		for (const { case: id, start } of samples) {
			const old: unknown = Reflect.get(chosen, id);
			const apart = start.some((at, axis) => Math.abs(at - Number(Object(old)[axis])) >= (axis === 0 ? 2 : 8));
			expect(apart, `${id} ${start}`).toBe(true);
		}
		for (const [text, code] of [
			["{}", 2],
			["no JSON", 2],
			[undefined, 1],
		] as const) {
			if (text === undefined) rmSync(before);
			else writeFileSync(before, text);
			const refused = await nnvol("sample", images, out, ...words, "--count", "1", "--except", before);
			expect(refused).toMatchObject({ code, err: expect.stringMatching(/samples\.json/) });
		}
	});

	it("says where there are fewer regions than asked for", async () => {
		const { images, out } = await twoVolumes(".h5");
		const { code, err } = await nnvol("sample", images, out, "--count", "9", "--size", "6,24,20", "--quiet");
		expect(code).toBe(0);
		expect(err).toMatch(/2 regions were found, fewer than the 9 asked for/);
	});

	it("takes the entropy of probabilities that a prediction saved, and a 2D model's images as PNG", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"));
		const images = join(folder, "images");
		await writeVolume(join(images, "a_0000.png"), pattern([40, 52], "uint8", 1), "yx");
		await writeVolume(join(images, "b_0000.png"), pattern([40, 52], "uint8", 5), "yx");
		const out = join(folder, "out");
		const predicted = await nnvol("predict", model, images, out, "--save-probabilities", "--no-tta", "--quiet");
		expect(predicted).toMatchObject({ code: 0 });
		const to = join(folder, "next");
		const words = ["--count", "3", "--size", "16,16", "--out", to, "--json"];
		const { code, out: text } = await nnvol("sample", images, out, ...words);
		expect(code).toBe(0);
		const record: { samples: { name: string; start: number[]; mean: number; case: string }[] } = JSON.parse(text);
		expect(record.samples).toHaveLength(3);
		expect(existsSync(join(to, "imagesTr", `${record.samples[0]?.name}_0000.png`))).toBe(true);
		const names = readJson(join(model, "dataset.json"));
		expect(readJson(join(to, "dataset.json"))).toMatchObject({
			labels: names["labels"],
			channel_names: names["channel_names"],
		});
		expect((await readVolume(join(to, "uncertaintyTr", `${record.samples[0]?.name}.png`))).dtype).toBe("uint8");
		// the same from a store of probabilities as from nnU-Net's file
		const stored = join(folder, "stored");
		const store = ["--save-probabilities", "--probabilities-format", "zarr", "--no-tta", "--quiet"];
		expect(await nnvol("predict", model, images, stored, ...store)).toMatchObject({ code: 0 });
		const again = await nnvol("sample", images, stored, "--count", "3", "--size", "16,16", "--json");
		const other: typeof record = JSON.parse(again.out);
		expect(other.samples.map(({ name }) => name)).toEqual(record.samples.map(({ name }) => name));
	});

	it("ranks by how much mirrored views differ, where that was written", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"), { network: "1 channel 3D", ending: ".tif", reader: "Tiff3DIO" });
		const image = await writeVolume(join(folder, "images", "v.zarr"), pattern([6, 30, 34]), "zyx", [1, 1, 1]);
		const config = join(folder, "c.yaml");
		const outputs =
			"[labels, {kind: uncertainty, measure: variance}, {kind: uncertainty, measure: mutual_information}]";
		writeFileSync(
			config,
			`model: {nnunet_checkpoint: ${join(model, "model.pth")}}\ninference:\n  test_time_augmentation: {flip_axes: all}\n  data: {output_path: ${join(folder, "out")}, output_format: zarr, outputs: ${outputs}}\n`,
		);
		const predicted = await nnvol(
			"infer-volume",
			"--config",
			config,
			`inference.volume_mode.file_pattern=${image}`,
			"--quiet",
		);
		expect(predicted).toMatchObject({ code: 0 });
		const words = ["--count", "1", "--size", "2,16,16", "--json"];
		const own = await nnvol("sample", image, join(folder, "out"), ...words);
		expect(JSON.parse(own.out)).toMatchObject({ measure: "mutual_information", most: 1, samples: [{ case: "v" }] });
		const variance = await nnvol("sample", image, join(folder, "out"), ...words, "--measure", "variance");
		expect(JSON.parse(variance.out)).toMatchObject({ measure: "variance", most: 0.25, samples: [{ case: "v" }] });
		const single = await nnvol("sample", image, join(folder, "out", "v_prediction.zarr"), ...words);
		expect(single.out).toBe(own.out);
		// one view and one fold have nothing to differ
		const alone = [
			"inference.test_time_augmentation.flip_axes=none",
			`inference.data.output_path=${join(folder, "alone")}`,
		];
		const refused = await nnvol(
			"infer-volume",
			"--config",
			config,
			`inference.volume_mode.file_pattern=${image}`,
			...alone,
		);
		expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/one view and one fold/) });
	});
});

describe("sample refuses", () => {
	const run = (...words: string[]) => nnvol("sample", ...words);

	it("what is no number, size, format or measure", async () => {
		const { images, out } = await twoVolumes(".h5");
		for (const [words, message] of [
			[["--count", "0"], /--count 0: expected a whole number/],
			[["--count", "1", "--size", "8"], /--size 8: expected voxels/],
			[["--count", "1", "--size", "2,0,8"], /--size 2,0,8: expected voxels/],
			[["--count", "1", "--size", "1,2,3,4"], /expected voxels/],
			[["--count", "1", "--stride", "0"], /--stride 0/],
			[["--count", "1", "--overlap", "1"], /--overlap 1/],
			[["--count", "1", "--quantile", "2"], /--quantile 2/],
			[["--count", "1", "--format", "jpeg"], /--format jpeg/],
			[["--count", "1", "--out", "s3://bucket/next"], /--out s3:.*local folder/],
			[["--count", "1", "--measure", "surprise"], /surprise/],
			[[], /--count/],
		] as const) {
			expect(await run(images, out, ...words)).toMatchObject({ code: 2, err: expect.stringMatching(message) });
		}
	});

	it("predictions that are missing, unfit, or there twice", async () => {
		const { folder, images, out } = await twoVolumes(".h5");
		const one = ["--count", "1"];
		const empty = join(folder, "empty");
		mkdirSync(empty);
		expect(await run(images, empty, ...one)).toMatchObject({
			code: 2,
			err: expect.stringMatching(/no predicted labels of case first/),
		});
		expect(await run(images, join(folder, "nowhere"), ...one)).toMatchObject({
			code: 1,
			err: expect.stringMatching(/nowhere/),
		});
		expect(await run(images, out, ...one, "--measure", "variance")).toMatchObject({
			code: 2,
			err: expect.stringMatching(/first has nothing that tells.*_variance.*outputs/),
		});
		expect(await run(images, out, ...one, "--suffix", "other")).toMatchObject({
			code: 2,
			err: expect.stringMatching(/first_other/),
		});
		expect(await run(images, join(out, "first_prediction.h5"), ...one)).toMatchObject({
			code: 2,
			err: expect.stringMatching(/one prediction and .* has 2 cases/),
		});
		await writeVolume(join(out, "second.h5"), labelsOf([6, 24, 20]), "zyx");
		expect(await run(images, out, ...one)).toMatchObject({
			code: 2,
			err: expect.stringMatching(/case second has both/),
		});
	});

	it("volumes of other extents, labels that are none, values that are no numbers", async () => {
		const { images, out } = await twoVolumes(".h5");
		const one = ["--count", "1", "--size", "2,8,8"];
		await writeVolume(join(out, "second_prediction.h5"), labelsOf([6, 24, 21]), "zyx");
		expect(await run(images, out, ...one)).toMatchObject({
			code: 2,
			err: expect.stringMatching(/6x24x21 voxels and .* 6x24x20/),
		});
		await writeVolume(join(out, "second_prediction.h5"), zeros("float32", [6, 24, 20]), "zyx");
		expect(await run(images, out, ...one)).toMatchObject({ code: 2, err: expect.stringMatching(/float32, no labels/) });
		await writeVolume(join(out, "second_prediction.h5"), labelsOf([6, 24, 20]), "zyx");
		await writeVolume(
			join(out, "first_prediction_uncertainty.h5"),
			bright([6, 24, 20], [0, 0, 0], [1, 1, 1], Number.NaN),
			"zyx",
		);
		expect(await run(images, out, ...one)).toMatchObject({ code: 1, err: expect.stringMatching(/no finite numbers/) });
	});

	it("probabilities of which classes are missing", async () => {
		const { images, out } = await twoVolumes(".h5");
		for (const id of ["first", "second"]) {
			const some = ndarray("float32", [2, 6, 24, 20], new Float32Array(2 * 2880).fill(0.3));
			await writeVolume(join(out, `${id}_prediction_probabilities.h5`), some, "czyx");
			rmSync(join(out, `${id}_prediction_uncertainty.h5`));
		}
		expect(await run(images, out, "--count", "1")).toMatchObject({
			code: 2,
			err: expect.stringMatching(/sum to 0\.600, not 1/),
		});
	});

	it("a folder that is there, unless told to replace it; a format that cannot hold the regions leaves nothing", async () => {
		const { folder, images, out } = await twoVolumes(".h5");
		const to = join(folder, "next");
		mkdirSync(to);
		const words = ["--count", "1", "--size", "2,8,8", "--out", to];
		expect(await run(images, out, ...words)).toMatchObject({
			code: 2,
			err: expect.stringMatching(/exists already.*--overwrite/),
		});
		expect(await run(images, out, ...words, "--overwrite")).toMatchObject({ code: 0 });
		expect(existsSync(join(to, "dataset.json"))).toBe(true);
		const other = join(folder, "png");
		expect(
			(await run(images, out, "--count", "1", "--size", "2,8,8", "--out", other, "--format", "png")).code,
		).not.toBe(0);
		expect(readdirSync(folder).sort()).toEqual(["images", "next", "out"]);
	});
});
