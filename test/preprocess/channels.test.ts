import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Geometry } from "../../src/core/geometry.ts";
import { readImage } from "../../src/preprocess/image.ts";
import { formatByName } from "../../src/volume/formats.ts";
import { testFolder } from "../folder.ts";
import { modelSpec } from "../model-spec.ts";
import { noise } from "../volume/noise.ts";

const spec = (reader: string) => modelSpec({ reader, channels: ["a", "b"], fileEnding: ".nii.gz" });
const still: Geometry = { origin: [1, 2, 3], spacing: [1, 2, 3], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };

async function nifti(path: string, geometry: Geometry, shape = [2, 3, 4]): Promise<string> {
	const writer = await (await formatByName("nifti")).create(path, { dtype: "int16", shape, axes: "zyx", geometry });
	await writer.write([0, 0, 0], noise("int16", shape, 1));
	await writer.finish();
	return path;
}

async function pair(second: Geometry, shape?: number[]): Promise<string[]> {
	const folder = testFolder();
	return [await nifti(join(folder, "x_0000.nii.gz"), still), await nifti(join(folder, "x_0001.nii.gz"), second, shape)];
}

describe("channels of one case", () => {
	it("of other shapes are refused, both named", async () => {
		await expect(readImage(await pair(still, [2, 3, 5]), spec("SimpleITKIO"))).rejects.toThrow(
			/one shape: x_0000\.nii\.gz is 2x3x4, x_0001\.nii\.gz is 2x3x5/,
		);
	});

	it("of other spacings are refused, both named, unless the spacing is given", async () => {
		const files = await pair({ ...still, spacing: [1, 2, 3.1] });
		for (const reader of ["SimpleITKIO", "NibabelIO", "SimpleITKIOWithReorient", "NibabelIOWithReorient"]) {
			await expect(readImage(files, spec(reader))).rejects.toThrow(
				/one spacing \(z, y, x\): x_0000\.nii\.gz has 3 x 2 x 1, x_0001\.nii\.gz has 3\.09.* x 2 x 1/,
			);
		}
		expect((await readImage(files, spec("SimpleITKIO"), { spacing: [3, 2, 1] })).spacing).toEqual([3, 2, 1]);
	});

	it("at other places are predicted, with a note that names both; the first one's place is kept", async () => {
		const files = await pair({ ...still, origin: [1, 2, 9] });
		const image = await readImage(files, spec("SimpleITKIO"));
		expect(image.notes).toEqual([
			expect.stringMatching(/^x_0000\.nii\.gz and x_0001\.nii\.gz .* origin is not the same: 1, 2, 3 and 1, 2, 9/),
		]);
		expect(image.placement.geometry?.origin).toEqual([1, 2, 3]);
		expect((await readImage(files, spec("NibabelIO"))).notes).toEqual([expect.stringMatching(/their affine is not/)]);
		const turned = await pair({ ...still, direction: [0, 1, 0, 1, 0, 0, 0, 0, 1] });
		expect((await readImage(turned, spec("SimpleITKIO"))).notes).toEqual([expect.stringMatching(/their direction is/)]);
		const near = await pair({ ...still, origin: [1, 2, 3.00001] });
		expect((await readImage(near, spec("SimpleITKIO"))).notes).toEqual([]);
	});
});

describe("files that a class cannot read", () => {
	it("a sheared NIfTI is told for ITK's classes, and read by nibabel's", async () => {
		const path = join(testFolder(), "x.nii");
		const affine = [1, 0.3, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
		const writer = await (await formatByName("nifti")).create(path, {
			dtype: "uint8",
			shape: [2, 3, 4],
			axes: "zyx",
			affine,
		});
		await writer.write([0, 0, 0], noise("uint8", [2, 3, 4], 1));
		await writer.finish();
		const one = (reader: string) => modelSpec({ reader });
		await expect(readImage([path], one("SimpleITKIO"))).rejects.toThrow(
			/x\.nii: its sform is sheared .*mend its header/,
		);
		const image = await readImage([path], one("NibabelIOWithReorient"));
		expect(image.placement.affine?.[1]).toBeCloseTo(0.3, 6);
	});

	it("an axis without a direction is told where images are turned", async () => {
		const path = join(testFolder(), "x.nii");
		const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
		const format = await formatByName("nifti");
		const writer = await format.create(path, { dtype: "uint8", shape: [2, 3, 4], axes: "zyx", affine });
		await writer.write([0, 0, 0], noise("uint8", [2, 3, 4], 1));
		await writer.finish();
		const read = (reader: string) => readImage([path], modelSpec({ reader }));
		await expect(read("NibabelIOWithReorient")).rejects.toThrow(/x\.nii: an axis of its affine has no direction/);
		expect((await read("NibabelIO")).shape).toEqual([2, 3, 4]);
	});

	it("axes that the user names take the place away", async () => {
		const path = await nifti(join(testFolder(), "x.nii"), still);
		const image = await readImage([path], modelSpec({ reader: "SimpleITKIO" }), { axes: "xyz" });
		expect(image.shape).toEqual([4, 3, 2]);
		expect(image.spacing).toBeUndefined();
		expect(image.placement.geometry).toBeUndefined();
	});
});
