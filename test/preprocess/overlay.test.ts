import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { readImage } from "../../src/preprocess/image.ts";
import { readOverlay } from "../../src/preprocess/overlay.ts";
import { formatByName, formatOfName } from "../../src/volume/formats.ts";
import { testFolder } from "../folder.ts";
import { modelSpec } from "../model-spec.ts";

const SHAPE = [2, 3, 4];

/** A place whose axes x, y, z run along the world's z, x, y, two of them backwards. */
const PLACE = { origin: [5, 6, 7], spacing: [1, 2, 3], direction: [0, -1, 0, 0, 0, 1, -1, 0, 0] };

async function write(name: string, shape: readonly number[] = SHAPE): Promise<string> {
	const path = join(testFolder(), name);
	const format = await formatByName(formatOfName(name) ?? "png");
	const size = shape.reduce((product, extent) => product * extent, 1);
	const array = ndarray(
		"uint8",
		shape,
		Uint8Array.from({ length: size }, (_, i) => i % 251),
	);
	const writer = await format.create(path, { dtype: "uint8", shape, axes: "zyx", geometry: PLACE });
	await writer.write(wholeBox(shape).start, array);
	await writer.finish();
	return path;
}

describe("what lies over an image", () => {
	for (const reader of ["SimpleITKIOWithReorient", "NibabelIOWithReorient", "SimpleITKIO", "Tiff3DIO"]) {
		const spec = modelSpec({ reader });
		it.each([
			["a.nii.gz", "mask.nii.gz"],
			["a.nii.gz", "mask.h5"],
			["a.nii.gz", "mask.tif"],
			["a.tif", "mask.nii.gz"],
			["a.h5", "mask.h5"],
		])(`has the axes of %s, from %s (${reader})`, async (file, mask) => {
			const image = await readImage([await write(file)], spec);
			const over = await readOverlay({ path: await write(mask), name: "mask" }, image, spec);
			expect(over).toEqual(image.array);
		});
	}

	it("has its shape", async () => {
		const spec = modelSpec({ reader: "SimpleITKIOWithReorient" });
		const image = await readImage([await write("a.nii.gz")], spec);
		const path = await write("mask.tif", [2, 4, 3]);
		await expect(readOverlay({ path, name: "mask" }, image, spec)).rejects.toMatchObject({
			code: "INPUT",
			message: expect.stringMatching(/the mask .*mask\.tif is .*, the image .*they must be equal/),
		});
	});
});

describe("a spacing that the user tells", () => {
	it("is that of the file's axes, also where they are turned", async () => {
		const spec = modelSpec({ reader: "SimpleITKIOWithReorient" });
		const path = await write("a.nii.gz");
		const own = await readImage([path], spec);
		const told = await readImage([path], spec, { spacing: [3, 2, 1] });
		expect(own.spacing).toEqual([1, 3, 2]);
		expect(told.spacing).toEqual(own.spacing);
	});
});
