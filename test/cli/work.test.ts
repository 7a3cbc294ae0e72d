/**
 * Workers on a plan: what they write together is what one run writes.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testFolder } from "../folder.ts";
import { nnvol } from "./command.ts";
import { outputsOf, pattern, readVolume, temporariesOf, writeImages, writeModel, writeVolume } from "./scene.ts";

const POST = "inference.postprocessing";

/** A streamed volume of many blocks: options of `infer-volume` and `plan`, without the place of outputs. */
async function volumeScene(folder: string, format: string, more: readonly string[] = []) {
	const network = "1 channel 3D";
	const model = writeModel(join(folder, "model"), { network, ending: ".tif", reader: "Tiff3DIO" });
	const images: string[] = [];
	for (const n of [1, 2]) {
		const path = join(folder, "in", `v${n}.tif`);
		images.push(await writeVolume(path, pattern([12, 40, 36], "uint8", n), "zyx"));
	}
	return (out: string) => [
		"--checkpoint",
		model,
		"system.device=cpu",
		`inference.volume_mode.file_pattern=[${images.join(",")}]`,
		`inference.data.output_path=${join(folder, out)}`,
		`inference.data.output_format=${format}`,
		"inference.volume_mode.stream=true",
		"inference.data.chunks=[4,16,16]",
		...more,
	];
}

const config = (folder: string) => join(folder, "config.yaml");

async function expectSameOutputs(folder: string, one: string, other: string) {
	const names = outputsOf(join(folder, one)).filter((name) => !/zarr[\\/]/.test(name));
	expect(names.length).toBeGreaterThan(0);
	expect(outputsOf(join(folder, other)).filter((name) => !/zarr[\\/]/.test(name))).toEqual(names);
	for (const name of names) {
		expect(await readVolume(join(folder, other, name)), name).toEqual(await readVolume(join(folder, one, name)));
	}
	expect(temporariesOf(join(folder, other))).toEqual([]);
}

describe("workers", () => {
	it.each([
		["zarr", 3, []],
		["h5", 2, []],
		["zarr", 5, ["--claims"]],
		["h5", 2, ["--claims"]],
	] as const)("share streamed volumes: %s, %i workers %j", async (format, count, flags) => {
		const folder = testFolder();
		const scene = await volumeScene(folder, format);
		expect((await nnvol("infer-volume", ...scene("one"))).code).toBe(0);
		const job = join(folder, "job.json");
		const planned = await nnvol("plan", "--config", await emptyConfig(folder), ...scene("many"), "--save", job);
		expect(planned.err).toContain("nnvol work --plan");
		for (let n = 0; n < count; n++) {
			const { code, err } = await nnvol("work", "--plan", job, "--shard", `${n}/${count}`, ...flags);
			expect(err).toContain(`worker ${n} of ${count}`);
			expect(code).toBe(0);
		}
		await expectSameOutputs(folder, "one", "many");
		const { code, out } = await nnvol("finish", "--plan", job, "--json");
		expect(code).toBe(0);
		expect(JSON.parse(out)).toMatchObject({ state: "finished", total: 2, done: 2, failed: 0, remaining: 0 });
	});

	it("share many files", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"));
		const names = Array.from({ length: 9 }, (_, n) => `a${n}_0000.png`);
		const images = await writeImages(join(folder, "in"), names);
		expect((await nnvol("predict", model, images, join(folder, "one"), "--device", "cpu")).code).toBe(0);
		const job = join(folder, "job.json");
		const words = [model, images, join(folder, "many"), "--device", "cpu"];
		expect((await nnvol("plan", ...words, "--save", job)).code).toBe(0);
		const first = await nnvol("work", "--plan", job, "--shard", "0/2");
		expect(first.err).toContain("5 done, 0 by others or before, 0 failed");
		const early = await nnvol("finish", "--plan", job);
		expect(early.code).toBe(3);
		expect(early.err).toContain("no worker has done it");
		const second = await nnvol("work", "--plan", job, "--shard", "1/2");
		expect(second.err).toContain("4 done, 0 by others or before, 0 failed");
		expect((await nnvol("finish", "--plan", job)).code).toBe(0);
		const report: unknown = JSON.parse(readFileSync(join(folder, "many", ".nnvol", "report.json"), "utf8"));
		expect(report).toMatchObject({ done: 9, skipped: 0, failed: 0, total: 9 });
		await expectSameOutputs(folder, "one", "many");
	});

	it("share few files, and each tells of its own alone", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"));
		const images = await writeImages(join(folder, "in"), ["a_0000.png", "b_0000.png", "c_0000.png"]);
		const job = join(folder, "job.json");
		const words = [model, images, join(folder, "few"), "--device", "cpu", "--save", job];
		expect((await nnvol("plan", ...words, "--workers", "2")).code).toBe(0);
		for (const [n, done] of [2, 1].entries()) {
			const { code, err } = await nnvol("work", "--plan", job, "--shard", `${n}/2`);
			expect(code).toBe(0);
			expect(err).toMatch(new RegExp(`^${done} done, \\d by others or before, 0 failed; at most`, "m"));
		}
		expect((await nnvol("finish", "--plan", job)).err).toContain("3 done, 0 skipped, 0 failed");
	});

	it("leave what needs the whole volume to nnvol finish", async () => {
		const folder = testFolder();
		const decoding = `${POST}.decoding=[{name: decode_connected_components, kwargs: {min_size: 5}}]`;
		const scene = await volumeScene(folder, "h5", [
			"inference.test_time_augmentation.select_channel=1",
			decoding,
			`${POST}.intensity_dtype=uint32`,
		]);
		expect((await nnvol("infer-volume", ...scene("one"))).code).toBe(0);
		const job = join(folder, "job.json");
		await nnvol("plan", "--config", await emptyConfig(folder), ...scene("many"), "--save", job);
		for (const n of [0, 1]) {
			expect((await nnvol("work", "--plan", job, "--shard", `${n}/2`, "--no-finish")).code).toBe(0);
		}
		expect(outputsOf(join(folder, "many"))).toEqual([]);
		expect((await nnvol("finish", "--plan", job)).code).toBe(0);
		await expectSameOutputs(folder, "one", "many");
		expect(readdirSync(join(folder, "many", ".nnvol", "values"))).toEqual([]);
	});

	it("refuse a plan that is none, or was edited", async () => {
		const folder = testFolder();
		const { code, err } = await nnvol("work", "--plan", join(folder, "job.json"), "--shard", "0/1");
		expect(err).toContain("there is no plan");
		expect(code).toBe(2);
	});
});

async function emptyConfig(folder: string): Promise<string> {
	const { writeFile } = await import("node:fs/promises");
	await writeFile(config(folder), "{}\n");
	return config(folder);
}
