import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { zeros } from "../../src/core/array.ts";
import { predictCases } from "../../src/plan/predict-cases.ts";
import { formatByName } from "../../src/volume/formats.ts";
import { testFolder } from "../folder.ts";
import { modelSpec } from "../model-spec.ts";

const images = modelSpec({ dimensions: 2, fileEnding: ".png", reader: "NaturalImage2DIO" });

const outputs = async (...parameters: Parameters<typeof predictCases>) =>
	(await predictCases(...parameters)).cases.map(({ output, format }) => [output, format]);

/** A blank HDF5 volume of `shape`. */
async function hdf5(path: string, shape: readonly number[]): Promise<string> {
	const writer = await (await formatByName("hdf5")).create(path, { dtype: "uint8", shape, axes: "" });
	await writer.write(
		shape.map(() => 0),
		zeros("uint8", shape),
	);
	await writer.finish();
	return path;
}

describe("OUTPUT", () => {
	it("is a file where INPUT is one case and OUTPUT has a known ending", async () => {
		const { folder, cases } = await predictCases(["in/a.png"], images, { output: "out/b.tiff" });
		expect(folder).toBe("out");
		expect(cases).toEqual([{ id: "a", files: ["in/a.png"], index: 0, output: "out/b.tiff", format: "tiff" }]);
		expect(await outputs(["in/a_0000.png"], images, { output: "v.zarr" })).toEqual([["v.zarr", "zarr"]]);
	});

	it("is else a folder of the data set's own file type and ending", async () => {
		expect(await outputs(["in/a_0000.png", "in/b.png"], images, { output: "out" })).toEqual([
			["out/a.png", "png"],
			["out/b.png", "png"],
		]);
		expect(await outputs(["in/a.h5"], modelSpec({ fileEnding: ".tiff" }), { output: "out" })).toEqual([
			["out/a.tiff", "tiff"],
		]);
		expect(await outputs(["in/a.h5"], modelSpec({ fileEnding: ".tif" }), { output: "out.d" })).toEqual([
			["out.d/a.tif", "tiff"],
		]);
	});

	it("is of the format asked for", async () => {
		expect(await outputs(["in/a.png"], images, { output: "out", format: "hdf5" })).toEqual([["out/a.h5", "hdf5"]]);
	});

	it("cannot be one file for several cases", async () => {
		for (const output of ["out/b.tif", "v.zarr"]) {
			await expect(predictCases(["in/a.png", "in/b.png"], images, { output })).rejects.toThrow(
				/2 cases cannot be written to the one file .*; give a folder/,
			);
		}
	});
});

describe("a data set of 2D images only", () => {
	it("writes a volume in its input's type, and images in its own", async () => {
		const folder = testFolder();
		const stack = await hdf5(join(folder, "stack.h5"), [2, 3, 4]);
		const image = await hdf5(join(folder, "image.h5"), [3, 4]);
		expect(await outputs([stack, image], images, { output: "out" })).toEqual([
			["out/image.png", "png"],
			["out/stack.h5", "hdf5"],
		]);
	});

	it("leaves a file that cannot be read to be told when it is predicted", async () => {
		const folder = testFolder({ "a.h5": "no volume" });
		expect(await outputs([join(folder, "a.h5")], images, { output: "out" })).toEqual([["out/a.png", "png"]]);
	});
});

describe("a data set of medical images", () => {
	it("writes its own type and ending, whatever the type of the input", async () => {
		const spec = (fileEnding: string) => modelSpec({ fileEnding, reader: "SimpleITKIO" });
		for (const [ending, format] of [
			[".nii.gz", "nifti"],
			[".nii", "nifti"],
			[".nrrd", "nrrd"],
			[".mha", "metaimage"],
			[".gipl", "gipl"],
		]) {
			const found = await outputs(["in/ID_0000.mha", "in/b_0000.h5"], spec(ending ?? ""), { output: "out" });
			expect(found).toEqual([
				[`out/ID${ending}`, format],
				[`out/b${ending}`, format],
			]);
		}
		expect(await outputs(["in/a.mhd"], spec(".mhd"), { output: "out" })).toEqual([["out/a.mha", "metaimage"]]);
		expect(await outputs(["in/a_0000.nii.gz"], images, { output: "b.nii.gz" })).toEqual([["b.nii.gz", "nifti"]]);
	});

	it("is chosen by content for a stack of a data set of single images", async () => {
		const folder = testFolder();
		const stack = await hdf5(join(folder, "stack.nii.gz"), [2, 3, 4]);
		expect(await outputs([stack], images, { output: "out" })).toEqual([["out/stack.h5", "hdf5"]]);
	});
});

describe("a data set whose type is not built", () => {
	it("says how to choose another", async () => {
		const spec = modelSpec({ fileEnding: ".dcm" });
		await expect(predictCases(["in/a.h5"], spec, { output: "out" })).rejects.toThrow(
			/has \.dcm files, which cannot be written yet; .*--format \(png, tiff/,
		);
		expect(await outputs(["in/a.h5"], spec, { output: "out", format: "tiff" })).toEqual([["out/a.tif", "tiff"]]);
		expect(await outputs(["in/a.h5"], spec, { output: "b.h5" })).toEqual([["b.h5", "hdf5"]]);
	});
});

describe("cases that cannot be predicted", () => {
	it("stay in the plan with their problem", async () => {
		const { cases } = await predictCases(["in/a.png", "in/a_0000.png", "in/b.png"], images, { output: "out" });
		expect(cases.map(({ id, problem }) => [id, problem === undefined])).toEqual([
			["a", false],
			["b", true],
		]);
	});
});
