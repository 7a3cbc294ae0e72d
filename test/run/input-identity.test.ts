import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { identify } from "../../src/run/input-identity.ts";
import { testFolder } from "../folder.ts";

describe("identify", () => {
	it("knows name, size and time of each file, and of a folder those of all that is in it", async () => {
		const folder = testFolder({ "a.png": "12345", "v.zarr/zarr.json": "{}", "v.zarr/c/0/0": "123" });
		utimesSync(join(folder, "a.png"), 10, 20.5);
		utimesSync(join(folder, "v.zarr", "zarr.json"), 10, 40);
		utimesSync(join(folder, "v.zarr", "c", "0", "0"), 10, 30);
		const paths = [join(folder, "a.png"), join(folder, "v.zarr")];
		expect(await identify(paths)).toEqual([
			{ name: "a.png", bytes: 5, modified: 20_500 },
			{ name: "v.zarr", bytes: 5, modified: 40_000 },
		]);
		utimesSync(join(folder, "v.zarr", "c", "0", "0"), 10, 50); // a chunk written anew
		expect((await identify(paths))[1]?.modified).toBe(50_000);
	});

	it("names an input that is missing", async () => {
		await expect(identify([join(testFolder(), "a.png")])).rejects.toThrow(
			/input .*a\.png cannot be read; check that it is there/,
		);
	});
});

describe("what belongs to a file", () => {
	const header = "ObjectType = Image\nNDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\nElementDataFile = a.raw\n";
	const detached = "NRRD0004\ntype: uchar\ndimension: 3\nsizes: 2 2 2\nencoding: raw\ndata file: a.raw\n\n";
	const slices = header.replace("a.raw", "LIST\nb.raw\na.raw");

	it.each([
		["a.mhd", { "a.mhd": header, "a.raw": "01234567" }],
		["a.mha", { "a.mha": header, "a.raw": "01234567" }],
		["a.mhd", { "a.mhd": slices, "a.raw": "0123", "b.raw": "4567" }],
		["a.nhdr", { "a.nhdr": detached, "a.raw": "01234567" }],
	])("its voxels, where %s is the header alone", async (name, files) => {
		const folder = testFolder(files);
		const before = await identify([join(folder, name)]);
		expect(before).toEqual([expect.objectContaining({ name }), expect.objectContaining({ bytes: 8 })]);
		// also where they become older than the header
		utimesSync(join(folder, "a.raw"), 5, 5);
		expect(await identify([join(folder, name)])).not.toEqual(before);
	});

	it("the file that tells a TIFF's spacing", async () => {
		const folder = testFolder({ "a_0000.tif": "image" });
		const path = join(folder, "a_0000.tif");
		const before = await identify([path]);
		expect(before).toHaveLength(1);
		writeFileSync(join(folder, "a.json"), '{"spacing": [1, 2, 3]}');
		expect(await identify([path])).toEqual([...before, expect.objectContaining({ name: "a.json" })]);
	});

	it("nothing that is not there, or that a damaged header names", async () => {
		const folder = testFolder({ "a.mhd": header, "b.mhd": "nothing" });
		expect(await identify([join(folder, "a.mhd"), join(folder, "b.mhd")])).toHaveLength(2);
	});
});
