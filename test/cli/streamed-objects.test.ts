/**
 * Objects and masks of volumes that are streamed: those of the run in memory, and nothing is left of their values.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { NdArray } from "../../src/core/array.ts";
import { formatByName } from "../../src/volume/formats.ts";
import { testFolder } from "../folder.ts";
import { nnvol } from "./command.ts";
import { outputsOf, pattern, readVolume, writeModel, writeVolume } from "./scene.ts";

const POST = "inference.postprocessing";
const SELECT = "inference.test_time_augmentation.select_channel=1";

/** Runs in memory and streamed; gives what each wrote. */
async function both(overrides: readonly string[], network: "1 channel 2D" | "1 channel 3D", format = "zarr") {
	const folder = testFolder();
	const model = writeModel(join(folder, "model"), { network, ending: ".tif", reader: "Tiff3DIO" });
	const image = await writeVolume(join(folder, "in", "a.tif"), pattern([9, 40, 36]), "zyx");
	const results: NdArray[] = [];
	for (const stream of ["false", "true"]) {
		const out = join(folder, stream);
		const { code, err } = await nnvol(
			"infer-volume",
			"--checkpoint",
			model,
			"system.device=cpu",
			`inference.volume_mode.file_pattern=${image}`,
			`inference.data.output_path=${out}`,
			`inference.data.output_format=${format}`,
			`inference.volume_mode.stream=${stream}`,
			SELECT,
			...overrides,
		);
		expect(err).toMatch(/1 done, 0 skipped, 0 failed/);
		expect(code).toBe(0);
		const values = join(out, ".nnvol", "values");
		expect(existsSync(values) ? readdirSync(values) : []).toEqual([]);
		results.push(await readVolume(join(out, outputsOf(out)[0] ?? "")));
	}
	const [whole, streamed] = results;
	if (whole === undefined || streamed === undefined) throw new Error("no results");
	return { whole, streamed };
}

const CLEAN = `${POST}.binary={enabled: true, threshold: 0.5, remove_small_objects: 12, fill_holes: true}`;
const decoding = (name: string, kwargs: string) => `${POST}.decoding=[{name: ${name}, kwargs: {${kwargs}}}]`;

/** Seeds grow in a mask whose holes are filled, and are cut to another. */
const GRAPH = `${POST}.decoding={graph: {nodes: [
	{name: seeds, op: decode_connected_components, inputs: [raw], kwargs: {threshold: 0.53, min_size: 2}},
	{name: filled, op: fill_holes, inputs: [raw], kwargs: {threshold: 0.51}},
	{name: grown, op: decode_seeded_watershed, inputs: [filled, seeds]},
	{name: smooth, op: median, inputs: [raw]},
	{name: cut, op: mask_objects, inputs: [grown, smooth]}]}}`;

describe("objects of streamed volumes", () => {
	it.each([
		["1 channel 3D", "zarr", [decoding("decode_connected_components", "min_size: 5")]],
		["1 channel 3D", "h5", [decoding("decode_connected_components", "connectivity: 1")]],
		["1 channel 3D", "tiff", [decoding("decode_binary_watershed", "seed_threshold: 0.6, min_seed_size: 2")]],
		["1 channel 2D", "zarr", [decoding("decode_binary_watershed", "seed_threshold: 0.6, min_size: 4")]],
		[
			"1 channel 2D",
			"zarr",
			[decoding("decode_connected_components", "sectionwise: true"), `${POST}.binary={enabled: true, threshold: 0.52}`],
		],
		[
			"1 channel 3D",
			"zarr",
			[decoding("decode_connected_components", ""), `${POST}.binary={enabled: true, threshold: 0.52}`],
		],
		["1 channel 3D", "zarr", [GRAPH]],
		["1 channel 3D", "zarr", [decoding("decode_connected_components", ""), CLEAN]],
		["1 channel 3D", "h5", [GRAPH, CLEAN]],
		["1 channel 2D", "h5", [GRAPH]],
	] as const)("%s to %s: %j", async (network, format, overrides) => {
		const { whole, streamed } = await both([...overrides, `${POST}.intensity_dtype=uint32`], network, format);
		expect(new Set(Array.from(whole.data, Number)).size).toBeGreaterThan(2);
		expect(streamed).toEqual(whole);
	});

	it("measures distances in the spacing that is given, not the file's", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"), {
			network: "1 channel 3D",
			ending: ".nii.gz",
			reader: "SimpleITKIO",
		});
		const image = join(folder, "a.nii.gz");
		const geometry = { origin: [0, 0, 0], spacing: [1, 1, 0.4], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
		const spec = { dtype: "uint8", shape: [9, 40, 36], axes: "zyx", geometry } as const;
		const writer = await (await formatByName("nifti")).create(image, spec);
		await writer.write([0, 0, 0], pattern([9, 40, 36]));
		await writer.finish();
		const run = async (name: string, more: readonly string[]) => {
			const out = join(folder, name);
			const { code, err } = await nnvol(
				...["infer-volume", "--checkpoint", model, "system.device=cpu", SELECT, "data.spacing=[1,1,1]"],
				...[`inference.volume_mode.file_pattern=${image}`, `inference.data.output_path=${out}`],
				...["inference.data.output_format=zarr", `${POST}.intensity_dtype=uint32`, ...more],
			);
			expect([code, err]).toEqual([0, expect.stringMatching(/1 done, 0 skipped, 0 failed/)]);
			return readVolume(join(out, outputsOf(out)[0] ?? ""));
		};
		const steps = decoding("decode_distance_watershed", "distance_threshold: [0.55, 0.3], min_seed_size: 1");
		const whole = await run("whole", [steps, "inference.volume_mode.stream=false"]);
		expect(new Set(Array.from(whole.data, Number)).size).toBeGreaterThan(2);
		expect(await run("streamed", [steps, "inference.volume_mode.stream=true"])).toEqual(whole);
	}, 120_000);

	it.each([
		["decode_affinity_cc", "affinity_channels: [0, 0, 0], backend: graph"],
		["decode_connected_components", "sectionwise: true"],
	] as const)("of images that are turned are not made by %s, which means axes", async (name, kwargs) => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"), {
			network: "1 channel 3D",
			ending: ".nii.gz",
			reader: "SimpleITKIOWithReorient",
		});
		const image = join(folder, "a.nii.gz");
		// x of the world runs along z of the file, backwards
		const geometry = { origin: [0, 0, 0], spacing: [1, 1, 1], direction: [0, 0, -1, 0, -1, 0, 1, 0, 0] };
		const spec = { dtype: "uint8", shape: [9, 12, 31], axes: "zyx", geometry } as const;
		const writer = await (await formatByName("nifti")).create(image, spec);
		await writer.write([0, 0, 0], pattern([9, 12, 31]));
		await writer.finish();
		const { code, err } = await nnvol(
			...["infer-volume", "--checkpoint", model, "system.device=cpu", SELECT, decoding(name, kwargs)],
			...[`inference.volume_mode.file_pattern=${image}`, `inference.data.output_path=${join(folder, "out")}`],
			...["inference.data.output_format=zarr", "inference.volume_mode.stream=true"],
		);
		expect(err).toMatch(new RegExp(`${name} means axes of the image.*raise --memory`));
		expect(code).not.toBe(0);
	});

	it.each(["zarr", "h5"] as const)("masks of a 3D model are cleaned over the volume, %s", async (format) => {
		const { whole, streamed } = await both(
			[CLEAN, `${POST}.intensity_scale=255`, `${POST}.intensity_dtype=uint8`],
			"1 channel 3D",
			format,
		);
		expect(new Set(Array.from(whole.data, Number))).toEqual(new Set([0, 255]));
		expect(streamed).toEqual(whole);
	});
});
