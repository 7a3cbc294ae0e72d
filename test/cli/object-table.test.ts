/**
 * The table of objects that a run writes beside its instances, and the element type of their ids.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { formatByName } from "../../src/volume/formats.ts";
import { testFolder } from "../folder.ts";
import { nnvol } from "./command.ts";
import { pattern, readVolume, writeModel, writeVolume } from "./scene.ts";

const POST = "inference.postprocessing";
const LOW = `${POST}.decoding=[{name: decode_connected_components, kwargs: {threshold: 0.49, connectivity: 6}}]`;
const CC = `${POST}.decoding=[{name: decode_connected_components, kwargs: {min_size: 3}}]`;

/** A model and a volume; runs are made of them. */
async function scene() {
	const folder = testFolder();
	const model = writeModel(join(folder, "model"), { network: "1 channel 3D", ending: ".tif", reader: "Tiff3DIO" });
	const image = await writeVolume(join(folder, "in", "a.tif"), pattern([9, 40, 36]), "zyx");
	const run = (out: string, ...more: readonly string[]) =>
		nnvol(
			"infer-volume",
			"--checkpoint",
			model,
			"system.device=cpu",
			`inference.volume_mode.file_pattern=${image}`,
			`inference.data.output_path=${join(folder, out)}`,
			"inference.data.output_format=zarr",
			"inference.test_time_augmentation.select_channel=1",
			CC,
			...more,
		);
	const at = (out: string, ending: string) => join(folder, out, `a_prediction${ending}`);
	return { folder, run, at };
}

const rowsOf = (path: string) => readFileSync(path, "utf8").trim().split("\r\n");

/** Names of the columns, to their values. */
function columnsOf(path: string): Readonly<Record<string, string>>[] {
	const [head = "", ...rows] = rowsOf(path).map((row) => row);
	const names = head.split(",");
	return rows.map((row) => Object.fromEntries(row.split(",").map((cell, n) => [names[n] ?? "", cell])));
}

describe("object_table", () => {
	it("is the same in memory, streamed, of two workers, and of nnvol objects with the same probabilities", async () => {
		const { folder, run, at } = await scene();
		const csv = `${POST}.object_table=csv`;
		expect(await run("memory", csv, "inference.volume_mode.stream=false")).toMatchObject({ code: 0 });
		expect(await run("streamed", csv, "inference.volume_mode.stream=true")).toMatchObject({ code: 0 });
		expect(await run("workers", csv, "inference.volume_mode.stream=true", "--workers", "2")).toMatchObject({ code: 0 });
		const rows = rowsOf(at("memory", "_objects.csv"));
		expect(rows.length).toBeGreaterThan(2);
		expect(rowsOf(at("streamed", "_objects.csv"))).toEqual(rows);
		expect(rowsOf(at("workers", "_objects.csv"))).toEqual(rows);
		const values = await run("values", `${POST}.decoding=[]`, "inference.volume_mode.stream=true");
		expect(values).toMatchObject({ code: 0 });
		const table = join(folder, "own.csv");
		const measured = await nnvol(
			...[
				"objects",
				at("memory", ".zarr"),
				"--probabilities",
				at("values", ".zarr"),
				"--channel",
				"0",
				"--table",
				table,
			],
		);
		expect(measured).toMatchObject({ code: 0 });
		const without = (found: ReturnType<typeof columnsOf>) => found.map(({ surface_area: _, ...rest }) => rest);
		expect(without(columnsOf(table))).toEqual(without(columnsOf(at("memory", "_objects.csv"))));
	}, 120_000);

	it.each([
		"[{name: decode_distance_watershed, kwargs: {seed_distance: 0.5}}]",
		"[{name: decode_instance_binary_contour_distance, kwargs: {contour_channels: null, distance_channels: null, binary_threshold: [0.52, 0.5], distance_threshold: [0.1, 0], min_seed_size: 1}}]",
		"[{name: decode_affinity_cc, kwargs: {affinity_channels: [0, 0, 0], backend: graph}}, {name: remove_small, kwargs: {min_size: 3}}]",
		"[{name: decode_connected_components, kwargs: {sectionwise: true}}, {name: section_stitch}, {name: keep_largest, kwargs: {count: 4}}]",
		"{graph: {nodes: [{name: s, op: decode_connected_components, inputs: ['raw'], kwargs: {threshold: 0.55}}, {name: g, op: decode_seeded_watershed, inputs: ['raw', s], kwargs: {threshold: 0.5}}]}}",
	])(
		"is the same in memory and streamed of %s",
		async (steps) => {
			const { run, at } = await scene();
			const keys = [`${POST}.object_table=csv`, `${POST}.decoding=${steps}`, `${POST}.instance_dtype=uint64`];
			for (const stream of ["false", "true"]) {
				const { code, err } = await run(stream, ...keys, `inference.volume_mode.stream=${stream}`);
				expect(err).toMatch(/1 done, 0 skipped, 0 failed/);
				expect(code).toBe(0);
			}
			const rows = rowsOf(at("false", "_objects.csv"));
			expect(rows.length).toBeGreaterThan(2);
			expect(rowsOf(at("true", "_objects.csv"))).toEqual(rows);
			expect(await readVolume(at("true", ".zarr"))).toEqual(await readVolume(at("false", ".zarr")));
		},
		120_000,
	);

	it("is made where a finished output lacks it, which is told; one that is there stays", async () => {
		const { run, at } = await scene();
		expect(await run("out")).toMatchObject({ code: 0 });
		const path = at("out", "_objects.csv");
		expect(existsSync(path)).toBe(false);
		const made = await run("out", `${POST}.object_table=csv`);
		expect(made.err).toMatch(/its table of objects missing; it was made of the ids, without mean probabilities/);
		expect(made.err).toMatch(/0 done, 1 skipped, 0 failed/);
		const rows = columnsOf(path);
		expect(rows.length).toBeGreaterThan(1);
		expect(rows.every((row) => row["mean_probability"] === "" && Number(row["voxels"]) >= 3)).toBe(true);
		writeFileSync(path, "own");
		expect((await run("out", `${POST}.object_table=csv`)).err).not.toMatch(/table of objects/);
		expect(readFileSync(path, "utf8")).toBe("own");
		rmSync(path);
		expect(await run("out", `${POST}.object_table=csv`, "--overwrite")).toMatchObject({ code: 0 });
		expect(columnsOf(path).every((row) => Number(row["mean_probability"]) > 0.5)).toBe(true);
	}, 120_000);

	it.each(["SimpleITKIOWithReorient", "NibabelIOWithReorient"])(
		"counts voxels as the output has them: %s",
		async (reader) => {
			const folder = testFolder();
			const model = writeModel(join(folder, "model"), { network: "1 channel 3D", ending: ".nii.gz", reader });
			const shape = [9, 12, 31];
			for (const stream of ["false", "true"]) {
				const spacing = stream === "true" ? [1, 1, 1] : [2, 0.5, 3]; // probabilities are not resampled where they are streamed
				const image = join(folder, `in-${stream}`, "a.nii.gz");
				await mkdir(join(folder, `in-${stream}`));
				// x of the world runs along z of the file, backwards
				const geometry = { origin: [3, -2, 5], spacing, direction: [0, 0, -1, 0, -1, 0, 1, 0, 0] };
				const writer = await (await formatByName("nifti")).create(image, {
					dtype: "uint8",
					shape,
					axes: "zyx",
					geometry,
				});
				await writer.write([0, 0, 0], pattern(shape));
				await writer.finish();
				const { code, err } = await nnvol(
					...["infer-volume", "--checkpoint", model, "system.device=cpu", "inference.data.output_format=nii.gz", LOW],
					...[
						`inference.volume_mode.file_pattern=${image}`,
						`inference.data.output_path=${folder}/${stream}`,
						`inference.volume_mode.stream=${stream}`,
					],
					...["inference.test_time_augmentation.select_channel=1", `${POST}.object_table=csv`],
				);
				expect(err).toMatch(/1 done, 0 skipped, 0 failed/);
				expect(code).toBe(0);
				const table = join(folder, `own-${stream}.csv`);
				const output = join(folder, stream, "a_prediction.nii.gz");
				expect(await nnvol("objects", output, "--table", table)).toMatchObject({ code: 0 });
				const without = (rows: ReturnType<typeof columnsOf>) =>
					rows.map(({ surface_area: _, mean_probability: __, ...rest }) => rest);
				const found = columnsOf(join(folder, stream, "a_prediction_objects.csv"));
				expect(found.length).toBeGreaterThan(2);
				expect(without(found)).toEqual(without(columnsOf(table)));
			}
		},
		60_000,
	);

	it("is refused where nothing makes objects", async () => {
		const { run } = await scene();
		const { code, err } = await run("out", `${POST}.decoding=[]`, `${POST}.object_table=parquet`);
		expect(err).toMatch(/object_table: nothing makes objects; name steps in inference\.postprocessing\.decoding/);
		expect(code).toBe(2);
	}, 60_000);
});

describe("instance_dtype", () => {
	it.each(["uint16", "uint32", "uint64"])(
		"%s in memory and streamed",
		async (dtype) => {
			const { run, at } = await scene();
			for (const stream of ["false", "true"]) {
				const { code, err } = await run(
					stream,
					`${POST}.instance_dtype=${dtype}`,
					`inference.volume_mode.stream=${stream}`,
				);
				expect([code, err]).toEqual([0, expect.any(String)]);
			}
			const whole = await readVolume(at("false", ".zarr"));
			expect(whole.dtype).toBe(dtype);
			expect(await readVolume(at("true", ".zarr"))).toEqual(whole);
		},
		120_000,
	);

	it("names the formats that hold it", async () => {
		const { run } = await scene();
		const { code, err } = await run("out", `${POST}.instance_dtype=uint64`, "inference.data.output_format=png");
		expect(err).toMatch(/png cannot hold ids of objects \(uint64\); choose h5, zarr, n5, precomputed/);
		expect(code).toBe(2);
	}, 60_000);
});

/** Every second voxel of a checkerboard is one object: more than 65535. */
async function manyObjects(path: string) {
	const shape = [4, 200, 200];
	const data = new Float32Array(4 * 200 * 200);
	for (let i = 0; i < data.length; i++) {
		const [z, y, x] = [Math.floor(i / 40000), Math.floor(i / 200) % 200, i % 200];
		data[i] = (z + y + x) % 2;
	}
	const writer = await (await formatByName("zarr")).create(path, { dtype: "float32", shape, axes: "zyx" });
	await writer.write([0, 0, 0], ndarray("float32", shape, data));
	await writer.finish();
}

describe("postprocess", () => {
	it("obeys the keys of tables and types, and tells where a table of what is done is missing", async () => {
		const folder = testFolder();
		await manyObjects(join(folder, "a_probabilities.zarr"));
		const keys = [`${POST}.object_table=parquet`, `${POST}.instance_dtype=uint64`];
		const one = `${POST}.decoding=[{name: decode_connected_components}]`;
		expect(await nnvol("postprocess", folder, one, ...keys)).toMatchObject({ code: 0 });
		expect((await readVolume(join(folder, "a_instances.zarr"))).dtype).toBe("uint64");
		const table = join(folder, "a_instances_objects.parquet");
		expect(readFileSync(table).subarray(0, 4).toString("latin1")).toBe("PAR1");
		rmSync(table);
		const again = await nnvol("postprocess", folder, one, ...keys);
		expect(again.err).toMatch(
			/a_instances_objects\.parquet: is missing, and the objects are done; --overwrite makes both/,
		);
		const wrong = await nnvol("postprocess", folder, one, "--dtype", "int8");
		expect(wrong).toMatchObject({ code: 2, err: expect.stringMatching(/--dtype int8: expected auto, uint16/) });
		const png = await nnvol("postprocess", folder, one, "--dtype", "uint64", "-o", join(folder, "a.png"));
		expect(png).toMatchObject({ code: 2, err: expect.stringMatching(/png cannot hold ids of uint64; .*zarr/) });
	}, 60_000);
});

describe("postprocess --dtype", () => {
	const decoding = `${POST}.decoding=[{name: decode_connected_components, kwargs: {connectivity: 6}}]`;

	it.each(["zarr", "n5", "precomputed", "h5", "tif", "nii.gz", "nrrd"])(
		"uint64 to .%s reads back as it, also by what measures and draws",
		async (ending) => {
			const folder = testFolder();
			await manyObjects(join(folder, "p.zarr"));
			const output = join(folder, `ids.${ending}`);
			const made = await nnvol("postprocess", join(folder, "p.zarr"), decoding, "--dtype", "uint64", "-o", output);
			expect(made).toMatchObject({ code: 0 });
			const ids = await readVolume(output);
			expect(ids.dtype).toBe("uint64");
			expect(new Set(Array.from(ids.data, Number)).size).toBe(80_001);
			const table = join(folder, "t.csv");
			expect(await nnvol("objects", output, "--table", table)).toMatchObject({ code: 0 });
			expect(rowsOf(table)).toHaveLength(80_001);
			if (ending !== "zarr") return;
			const picture = join(folder, "p.png");
			expect(await nnvol("overlay", join(folder, "p.zarr"), output, picture)).toMatchObject({ code: 0 });
			const score = await nnvol("score", output, output, "--instances", "--quiet");
			expect(score).toMatchObject({ code: 0 });
		},
		120_000,
	);

	it.each(["zarr", "h5"])(
		"uint16 for too many objects leaves the .%s that is there",
		async (ending) => {
			const folder = testFolder();
			await manyObjects(join(folder, "p.zarr"));
			const output = join(folder, `ids.${ending}`);
			const one = `${POST}.decoding=[{name: decode_connected_components, kwargs: {connectivity: 26}}]`;
			const argv = ["postprocess", join(folder, "p.zarr"), "--dtype", "uint16", "-o", output];
			expect(await nnvol(...argv, one)).toMatchObject({ code: 0 });
			const before = await readVolume(output);
			expect(before.dtype).toBe("uint16");
			const { code, err } = await nnvol(...argv, decoding, "--overwrite");
			expect(err).toMatch(/there are more than 65535 objects, as many as uint16 numbers; take uint32/);
			expect(code).not.toBe(0);
			expect(await readVolume(output)).toEqual(before);
		},
		120_000,
	);
});
