/**
 * Objects of volumes that were saved, by the command.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { sizeOf, type Zyx } from "../../src/core/shape.ts";
import { components, removeSmall } from "../../src/image/components.ts";
import { fillHoles } from "../../src/image/fill-holes.ts";
import { formatByName, formatOfName, openVolume } from "../../src/volume/formats.ts";
import { testFolder } from "../folder.ts";
import { blobs } from "../run/decode/scene.ts";
import { nnvol } from "./command.ts";

const SHAPE: Zyx = [9, 20, 22];
const VOXELS = sizeOf(SHAPE);

/** Background and foreground as uint8 probabilities. */
async function probabilities(path: string, seed: number): Promise<Uint8Array<ArrayBuffer>> {
	const mask = blobs(seed, SHAPE, 9, 0.02);
	const data = new Uint8Array(2 * VOXELS);
	for (let i = 0; i < VOXELS; i++) {
		data[VOXELS + i] = mask[i] === 1 ? 200 : 60;
		data[i] = 255 - data[VOXELS + i]!;
	}
	const shape = [2, ...SHAPE];
	const format = await formatByName(formatOfName(path) ?? "zarr");
	const writer = await format.create(path, {
		dtype: "uint8",
		shape,
		axes: "czyx",
		spacing: [40, 4, 4],
		unit: "nanometer",
	});
	await writer.write([0, 0, 0, 0], ndarray("uint8", shape, data));
	await writer.finish();
	return mask;
}

async function labelsAt(path: string) {
	const reader = await openVolume(path);
	const { data } = await reader.read(wholeBox(reader.info.shape));
	await reader.close();
	return { data, info: reader.info };
}

function config(folder: string, text: string): string {
	const path = join(folder, "post.yaml");
	writeFileSync(path, `inference: {postprocessing: {${text}}}\n`);
	return path;
}

const COMPONENTS = "decoding: [{name: decode_connected_components, kwargs: {threshold: 0.5, connectivity: 6}}]";

describe("nnvol postprocess", () => {
	it("makes objects of the foreground of saved probabilities, and a row of each", async () => {
		const folder = testFolder();
		const mask = await probabilities(join(folder, "cells_probabilities.zarr"), 3);
		const table = join(folder, "cells.csv");
		const { code, err } = await nnvol(
			"postprocess",
			join(folder, "cells_probabilities.zarr"),
			"--config",
			config(folder, COMPONENTS),
			"--table",
			table,
		);
		expect(err).toMatch(/times 0\.00392157.*\n.*channels 1 of 2/);
		expect(code).toBe(0);
		const { data, info } = await labelsAt(join(folder, "cells_instances.zarr"));
		const expected = components(mask, SHAPE);
		expect(data).toEqual(expected.labels);
		expect(info).toMatchObject({ dtype: "uint32", spacing: [40, 4, 4] });
		const rows = readFileSync(table, "utf8").trim().split("\r\n");
		expect(rows).toHaveLength(expected.count + 1);
		expect(rows[1]).toMatch(new RegExp(`^1,,${expected.sizes[1]},${expected.sizes[1]! * 640},`));
		expect(rows[1]).toMatch(/0\.78431/);
	});

	it("measures the objects of an image in its own two voxel sizes", async () => {
		const folder = testFolder();
		const path = join(folder, "image_probabilities.tif");
		const spec = { dtype: "float32", shape: [4, 5], axes: "yx", spacing: [3, 2] } as const;
		const writer = await (await formatByName("tiff")).create(path, spec);
		const inside = (at: number) => at === 7 || at === 12; // y 1 and 2, x 2
		const data = Float32Array.from({ length: 20 }, (_, at) => (inside(at) ? 1 : 0));
		await writer.write([0, 0], ndarray("float32", [4, 5], data));
		await writer.finish();
		const table = join(folder, "image.csv");
		const file = config(folder, "decoding: [{name: decode_connected_components, kwargs: {threshold: 0.5}}]");
		expect(await nnvol("postprocess", path, "--config", file, "--table", table)).toMatchObject({ code: 0 });
		const [head = "", row = ""] = readFileSync(table, "utf8").trim().split("\r\n");
		const cells = row.split(",");
		const cell = (name: string) => Number(cells[head.split(",").indexOf(name)]);
		expect(cell("volume")).toBe(12);
		expect([cell("centroid_physical_z"), cell("centroid_physical_y"), cell("centroid_physical_x")]).toEqual([
			0, 4.5, 4,
		]);
	});

	it("takes every volume of probabilities of a folder, in their formats, and skips what is done", async () => {
		const folder = testFolder();
		const out = join(folder, "out");
		mkdirSync(out);
		const first = await probabilities(join(out, "a_probabilities.h5"), 4);
		const second = await probabilities(join(out, "b_probabilities.zarr"), 5);
		const file = config(folder, COMPONENTS);
		expect(await nnvol("postprocess", out, "--config", file, "--workers", "2")).toMatchObject({ code: 0 });
		expect((await labelsAt(join(out, "a_instances.h5"))).data).toEqual(components(first, SHAPE).labels);
		expect((await labelsAt(join(out, "b_instances.zarr"))).data).toEqual(components(second, SHAPE).labels);
		expect((await nnvol("postprocess", out, "--config", file)).err).toMatch(/done already/);
		const other = await nnvol("postprocess", out, `inference.postprocessing.binary.enabled=true`);
		expect(other.err).toMatch(/a_instances\.h5: exists already.*--overwrite/);
		expect(other.code).toBe(2);
	});

	it("cleans masks over the whole volume", async () => {
		const folder = testFolder();
		const mask = await probabilities(join(folder, "m_probabilities.zarr"), 6);
		const binary = "binary: {enabled: true, threshold: 0.5, remove_small_objects: 30, fill_holes: true}";
		const output = join(folder, "mask.tif");
		const { code } = await nnvol(
			"postprocess",
			join(folder, "m_probabilities.zarr"),
			"--config",
			config(folder, `${binary}, intensity_scale: 255, intensity_dtype: uint8`),
			"-o",
			output,
		);
		expect(code).toBe(0);
		const expected = fillHoles(removeSmall(mask, SHAPE, 30), SHAPE).map((value) => value * 255);
		expect((await labelsAt(output)).data).toEqual(expected);
	});

	it.each([
		["no volumes", ["{folder}"], /expected volumes named NAME_probabilities.*found 0 other volumes/],
		["nothing asked for", ["{volume}"], /asks for nothing/],
		[
			"a step that has too few channels",
			["{volume}", "inference.postprocessing.decoding=[{name: decode_affinity_cc}]"],
			/decode_affinity_cc needs 3 channels of affinities/,
		],
		["a channel that is not there", ["{volume}", "--channels", "2"], /--channels 2: the volume has 2/],
		["a table without an ending", ["{volume}", "--table", "t"], /expected \.csv or \.parquet/],
		[
			"blocks of two numbers",
			["{volume}", "inference.postprocessing.binary.enabled=true", "--block", "2,2"],
			/--block 2,2/,
		],
	] as const)("tells of %s", async (_, args, message) => {
		const folder = testFolder();
		await probabilities(join(folder, "v_probabilities.zarr"), 7);
		mkdirSync(join(folder, "empty"));
		const filled = args.map((arg) =>
			arg.replace("{folder}", join(folder, "empty")).replace("{volume}", join(folder, "v_probabilities.zarr")),
		);
		const { code, err } = await nnvol("postprocess", ...filled);
		expect(err).toMatch(message);
		expect(code).toBe(2);
	});
});
