/**
 * `nnvol inspect` of volumes, folders of images, and what is neither.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatByName } from "../../src/volume/formats.ts";
import { testFolder } from "../folder.ts";
import { nnvol } from "./command.ts";
import { pattern, writeImages, writeModel, writeVolume } from "./scene.ts";

describe("inspect", () => {
	it("tells what a volume is, and what to type next", async () => {
		const path = await writeVolume(
			join(testFolder(), "a.nii.gz"),
			pattern([5, 40, 60], "int16"),
			"zyx",
			[2, 0.5, 0.25],
		);
		const { code, out, err } = await nnvol("inspect", path);
		expect([code, err]).toEqual([0, ""]);
		for (const line of [
			/^format +nifti$/m,
			/^shape +5 x 40 x 60 \(z, y, x\)$/m,
			/^type +int16$/m,
			/^voxels +12,000 \(23\.4 KiB\)$/m,
			/^compression +gzip$/m,
			/^voxel size +2 x 0\.5 x 0\.25 millimeter$/m,
			/^next +nnvol predict MODEL .*a\.nii\.gz OUTPUT$/m,
		]) {
			expect(out).toMatch(line);
		}
		const json: unknown = JSON.parse((await nnvol("inspect", path, "--json")).out);
		expect(json).toMatchObject({ kind: "volume", format: "nifti", shape: [5, 40, 60], voxels: 12_000, bytes: 24_000 });
	});
	it("tells chunks, and the axes that a file leaves open", async () => {
		const folder = testFolder();
		const path = join(folder, "a.zarr");
		const writer = await (await formatByName("zarr")).create(path, { dtype: "uint8", shape: [9, 8, 7], axes: "" });
		await writer.write([0, 0, 0], pattern([9, 8, 7]));
		await writer.finish();
		const { out } = await nnvol("inspect", path);
		expect(out).toMatch(/^shape +9 x 8 x 7 \(taken for z, y, x\)$/m);
		expect(out).toMatch(/^chunks +9 x 8 x 7$/m);
	});
	it("lists the arrays of a file that holds several, and tells one that is named", async () => {
		const folder = testFolder();
		const path = join(folder, "many.zarr");
		mkdirSync(path);
		writeFileSync(join(path, "zarr.json"), JSON.stringify({ zarr_format: 3, node_type: "group", attributes: {} }));
		const zarr = await formatByName("zarr");
		for (const [name, shape] of [
			["raw", [4, 5, 6]],
			["labels", [2, 3]],
		] as const) {
			const writer = await zarr.openRegions?.(path, { dtype: "uint8", shape, axes: "", dataset: name });
			await writer?.close();
		}
		const { code, out } = await nnvol("inspect", path);
		expect(code).toBe(0);
		expect(out).toMatch(/2 arrays:\n +labels +2 x 3 \(.*y, x\), uint8\n +raw +4 x 5 x 6 \(.*z, y, x\), uint8\n/);
		expect(out).toMatch(/--input-dataset NAME/);
		const one = await nnvol("inspect", path, "--input-dataset", "raw");
		expect(one.out).toMatch(/^data set +raw\n/m);
		expect(JSON.parse((await nnvol("inspect", path, "--json")).out)).toMatchObject({
			kind: "volumes",
			volumes: [{}, {}],
		});
	});
	it("tells a folder of images as so many cases", async () => {
		const folder = await writeImages(join(testFolder(), "in"), [
			"a_0000.png",
			"a_0001.png",
			"b_0000.png",
			"b_0001.png",
		]);
		const { code, out } = await nnvol("inspect", folder);
		expect([code, out]).toEqual([0, expect.stringMatching(/^folder +2 cases in 4 files\nformats +png\n/)]);
		expect(JSON.parse((await nnvol("inspect", folder, "--json")).out)).toMatchObject({
			kind: "folder",
			cases: 2,
			files: 4,
		});
	});
	it("still tells models, and says of anything else what is wrong", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"));
		writeFileSync(join(model, "progress.png"), "");
		expect(await nnvol("inspect", model)).toMatchObject({ code: 0, out: expect.stringMatching(/^data set/) });
		expect(await nnvol("inspect", join(folder, "none.nii"))).toMatchObject({
			code: 1,
			err: expect.stringMatching(/none\.nii: cannot read: there is no such file/),
		});
		writeFileSync(join(folder, "bad.nrrd"), "no nrrd at all");
		expect(await nnvol("inspect", join(folder, "bad.nrrd"))).toMatchObject({
			code: 1,
			err: expect.stringMatching(/bad\.nrrd: expected an image or volume, found a text file/),
		});
		writeFileSync(join(folder, "volume.npy"), "\x93NUMPY", "latin1");
		expect(await nnvol("inspect", join(folder, "volume.npy"))).toMatchObject({
			code: 1,
			err: expect.stringMatching(/volume\.npy: expected an image or volume, found a numpy array/),
		});
		expect(await nnvol("inspect", join(folder, "nothing"))).toMatchObject({
			code: 1,
			err: expect.stringMatching(/model .*nothing does not exist/),
		});
	});
});
