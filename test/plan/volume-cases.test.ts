import { describe, expect, it } from "vitest";
import { FORMAT_BY_KEY, parseFormat, volumeCases } from "../../src/plan/volume-cases.ts";

const naming = { folder: "out", template: "{stem}_{suffix}", suffix: "mito_seg", format: "hdf5" } as const;
const outputs = (paths: readonly string[], channels = 1, over: Partial<Parameters<typeof volumeCases>[2]> = {}) =>
	volumeCases(paths, channels, { ...naming, ...over }).map(({ output }) => output);

describe("volumeCases", () => {
	it("is one case a file, in the order given, named by the template", () => {
		expect(volumeCases(["d/b.h5", "d/a.tif"], 1, naming)).toEqual([
			{ id: "b", files: ["d/b.h5"], index: 0, output: "out/b_mito_seg.h5", format: "hdf5" },
			{ id: "a", files: ["d/a.tif"], index: 1, output: "out/a_mito_seg.h5", format: "hdf5" },
		]);
	});

	it("takes names as they are for a model of one channel", () => {
		expect(outputs(["d/a_0000.png", "d/a_0001.png", "d/a.b.c.h5"])).toEqual([
			"out/a_0000_mito_seg.h5",
			"out/a_0001_mito_seg.h5",
			"out/a.b.c_mito_seg.h5",
		]);
	});

	it("puts channels together for a model of several", () => {
		expect(
			volumeCases(["d/a_0001.h5", "d/v.h5", "d/a_0000.h5"], 2, naming).map(({ id, files }) => [id, files]),
		).toEqual([
			["v", ["d/v.h5"]],
			["a", ["d/a_0000.h5", "d/a_0001.h5"]],
		]);
		expect(volumeCases(["d/a_0001.h5"], 2, naming)[0]?.problem).toMatch(/lacks channel _0000/);
	});

	it("tells equal names apart by folder or number", () => {
		const paths = ["x/a.h5", "y/a.h5"];
		expect(outputs(paths, 1, { template: "{parent}/{stem}" })).toEqual(["out/x/a.h5", "out/y/a.h5"]);
		expect(outputs(paths, 1, { template: "{index}_{stem}" })).toEqual(["out/0_a.h5", "out/1_a.h5"]);
	});

	it("knows the folder of a file that is named without one", () => {
		const folder = process.cwd().split(/[/\\]/).at(-1);
		expect(outputs(["a.h5"], 1, { template: "{parent}-{stem}" })).toEqual([`out/${folder}-a.h5`]);
	});

	it("ends in the format's first ending", () => {
		expect(outputs(["a.h5"], 1, { format: "tiff" })).toEqual(["out/a_mito_seg.tif"]);
		expect(outputs(["a.h5"], 1, { format: "zarr" })).toEqual(["out/a_mito_seg.zarr"]);
		expect(FORMAT_BY_KEY).toMatchObject({
			h5: "hdf5",
			zarr: "zarr",
			"nii.gz": "nifti",
			nii: "nifti",
			mha: "metaimage",
		});
	});
});

describe("parseFormat", () => {
	it("takes names and endings", () => {
		expect(["h5", ".H5", "hdf5", "tif", "TIFF", "png", "zarr"].map(parseFormat)).toEqual([
			"hdf5",
			"hdf5",
			"hdf5",
			"tiff",
			"tiff",
			"png",
			"zarr",
		]);
		expect(parseFormat("jpg")).toBeUndefined();
		expect(parseFormat("")).toBeUndefined();
	});
});
