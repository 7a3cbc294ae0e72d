import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type NdArray, ndarray } from "../../src/core/array.ts";
import { arrange, axesOf } from "../../src/preprocess/axes.ts";
import { imageOfArray, readImage } from "../../src/preprocess/image.ts";
import { formatByName } from "../../src/volume/formats.ts";
import type { FormatName, VolumeInfo } from "../../src/volume/volume.ts";
import { testFolder } from "../folder.ts";
import { modelSpec } from "../model-spec.ts";
import { arrayOf } from "./fixture.ts";

const counting = (dtype: string, shape: readonly number[]) =>
	arrayOf(
		dtype,
		shape,
		Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1),
	);

async function write(path: string, format: FormatName, array: NdArray, axes: string, spacing?: readonly number[]) {
	const { dtype, shape } = array;
	const writer = await (await formatByName(format)).create(path, {
		dtype,
		shape,
		axes,
		...(spacing ? { spacing } : {}),
	});
	await writer.write(
		shape.map(() => 0),
		array,
	);
	await writer.finish();
	return path;
}

const info = (shape: readonly number[], axes = ""): VolumeInfo => ({
	format: "hdf5",
	path: "d/a.h5",
	dtype: "uint8",
	shape,
	axes,
});

describe("axesOf", () => {
	it("is the user's, else the file's, else by rank", () => {
		expect(axesOf(info([4, 5], "yx"), undefined)).toBe("yx");
		expect(axesOf(info([4, 5, 3], "yxc"), undefined)).toBe("yxc");
		expect(axesOf(info([4, 5]), undefined)).toBe("yx");
		expect(axesOf(info([4, 5, 6]), undefined)).toBe("zyx");
		expect(axesOf(info([1, 4, 5, 6]), undefined)).toBe("czyx");
		expect(axesOf(info([4, 5, 6]), "cyx")).toBe("cyx");
	});

	it("names file, shape and next step where they do not fit", () => {
		expect(() => axesOf(info([1, 1, 4, 5, 6]), undefined)).toThrow(/a\.h5 has 5 axes \(1x1x4x5x6\); .*data\.axes/);
		expect(() => axesOf(info([4, 5, 6]), "yx")).toThrow(/a\.h5 has 3 axes \(4x5x6\); data\.axes "yx" names 2/);
		for (const axes of ["zy", "zyxx", "zyt", ""])
			expect(() => axesOf(info([4, 5]), axes)).toThrow(/expected different letters/);
	});
});

describe("arrange", () => {
	it("brings any order to c, z, y, x", () => {
		const array = ndarray(
			"uint8",
			[2, 3, 2],
			Uint8Array.from({ length: 12 }, (_, i) => i),
		);
		const { shape, data } = arrange(array, "yxc");
		expect(shape).toEqual([2, 1, 2, 3]);
		expect([...data].map(Number)).toEqual([0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]);
		expect(arrange(array, "zyx").shape).toEqual([1, 2, 3, 2]);
		expect(arrange(array, "xyc").shape).toEqual([2, 1, 3, 2]);
	});
});

describe("readImage", () => {
	it("reads a volume, its spacing and rank", async () => {
		const path = await write(join(testFolder(), "a.h5"), "hdf5", counting("uint16", [2, 3, 4]), "zyx", [5, 2, 2]);
		const image = await readImage([path], modelSpec());
		expect(image).toMatchObject({ shape: [2, 3, 4], rank: 3, spacing: [5, 2, 2], format: "hdf5", notes: [] });
		expect(image.array).toEqual(counting("uint16", [1, 2, 3, 4]));
		expect((await readImage([path], modelSpec(), { spacing: [1, 1, 1] })).spacing).toEqual([1, 1, 1]);
	});

	it("joins the files of channels in their order, in float32 where their types differ", async () => {
		const folder = testFolder();
		const spec = modelSpec({ dimensions: 2, channels: ["a", "b"] });
		const files = [
			await write(join(folder, "x_0000.png"), "png", ndarray("uint8", [1, 2], Uint8Array.of(1, 2)), "yx"),
			await write(join(folder, "x_0001.png"), "png", ndarray("uint8", [1, 2], Uint8Array.of(3, 4)), "yx"),
			await write(join(folder, "y_0001.png"), "png", ndarray("uint16", [1, 2], Uint16Array.of(300, 400)), "yx"),
		] as const;
		const same = await readImage([files[0], files[1]], spec);
		expect(same.array).toEqual(ndarray("uint8", [2, 1, 1, 2], Uint8Array.of(1, 2, 3, 4)));
		expect(same.rank).toBe(2);
		const mixed = await readImage([files[0], files[2]], spec);
		expect(mixed.array).toEqual(ndarray("float32", [2, 1, 1, 2], Float32Array.of(1, 2, 300, 400)));
	});

	it("takes one file that holds all channels", async () => {
		const path = await write(join(testFolder(), "a.h5"), "hdf5", counting("uint8", [2, 1, 3, 4]), "czyx");
		const image = await readImage([path], modelSpec({ channels: ["a", "b"] }));
		expect(image.array.shape).toEqual([2, 1, 3, 4]);
	});

	it("shows both array and model where they cannot fit", async () => {
		const folder = testFolder();
		const volume = await write(join(folder, "a.h5"), "hdf5", counting("uint8", [2, 3, 4]), "zyx");
		const png = await write(join(folder, "a.png"), "png", counting("uint8", [3, 4]), "yx");
		await expect(readImage([volume], modelSpec({ channels: ["a", "b"] }))).rejects.toThrow(
			/a\.h5 is 2x3x4 \(axes zyx: 1 channel, 3D\); the model takes 2 channels \(a, b\) in 3D\. .*NAME_0000/,
		);
		await expect(readImage([png], modelSpec())).rejects.toThrow(
			/a\.png is 3x4 .* a single image has no third dimension/,
		);
		await expect(readImage([volume], modelSpec(), { axes: "cyx" })).rejects.toThrow(/axes cyx: 2 channels, 2D/);
	});

	it("names the channels that are missing where the only file is the first by its name", async () => {
		const path = await write(join(testFolder(), "x.y_0000.nii.gz"), "nifti", counting("uint8", [2, 3, 4]), "zyx");
		await expect(readImage([path], modelSpec({ channels: ["a", "b"] }))).rejects.toThrow(
			/the others are missing: put x\.y_0001\.nii\.gz beside it/,
		);
		await expect(readImage([path], modelSpec({ channels: ["a", "b", "c"] }))).rejects.toThrow(
			/put x\.y_0001\.nii\.gz, \.\.\. beside it/,
		);
	});

	it("refuses channels of different shapes", async () => {
		const folder = testFolder();
		const files = [
			await write(join(folder, "x_0000.png"), "png", counting("uint8", [1, 2]), "yx"),
			await write(join(folder, "x_0001.png"), "png", counting("uint8", [2, 1]), "yx"),
		];
		await expect(readImage(files, modelSpec({ dimensions: 2, channels: ["a", "b"] }))).rejects.toThrow(
			/x_0000\.png is 1x2, x_0001\.png is 2x1/,
		);
	});

	it("stops when interrupted", async () => {
		const path = await write(join(testFolder(), "a.h5"), "hdf5", counting("uint8", [2, 3, 4]), "zyx");
		await expect(readImage([path], modelSpec(), { signal: AbortSignal.abort() })).rejects.toMatchObject({
			code: "CANCELLED",
		});
	});
});

describe("the spacing of a TIFF volume", () => {
	const tiff = (folder: string, name: string) => write(join(folder, name), "tiff", counting("uint8", [2, 3, 4]), "zyx");

	it("comes from ID.json beside ID.tif or ID_0000.tif", async () => {
		const folder = testFolder({ "a.json": '{"spacing": [3, 2, 1]}', "b_0001.json": '{"spacing": [9, 8, 7]}' });
		const read = async (name: string) => (await readImage([await tiff(folder, name)], modelSpec())).spacing;
		expect(await read("a.tif")).toEqual([3, 2, 1]);
		expect(await read("a_0000.tif")).toEqual([3, 2, 1]);
		expect(await read("b_0001.tif")).toEqual([9, 8, 7]);
		expect(await read("c.tif")).toEqual([1, 1, 1]);
	});

	it("is 1, and noted, where no file says it; undefined for classes that read no TIFF", async () => {
		const folder = testFolder({ "a.json": '[{"shapes": []}]', "b.json": '{"other": 1}' });
		for (const name of ["a", "b"]) {
			const image = await readImage([await tiff(folder, `${name}.tif`)], modelSpec());
			expect(image.spacing).toEqual([1, 1, 1]);
			expect(image.notes).toEqual([expect.stringMatching(/^.\.tif: no file beside it tells the spacing/)]);
		}
		const given = await readImage([join(folder, "a.tif")], modelSpec(), { spacing: [3, 2, 1] });
		expect(given).toMatchObject({ spacing: [3, 2, 1], notes: [], placement: { spacing: [3, 2, 1] } });
		const other = await readImage([join(folder, "a.tif")], modelSpec({ reader: "SimpleITKIO" }));
		expect(other.spacing).toBeUndefined();
		expect(other.notes).toEqual([expect.stringMatching(/^a\.tif: nothing tells its spacing; that of the model/)]);
	});

	it("that is damaged is an error naming the file", async () => {
		const folder = testFolder({
			"a.json": '{"spacing": [3, 2',
			"b.json": '{"spacing": [3, 0, 1]}',
			"c.json": '{"spacing": 4}',
		});
		mkdirSync(join(folder, "d.json"));
		for (const name of ["a", "b", "c", "d"]) {
			const path = await tiff(folder, `${name}.tif`);
			await expect(readImage([path], modelSpec())).rejects.toThrow(new RegExp(`${name}\\.json`));
		}
		writeFileSync(join(folder, "a.json"), '{"spacing": [3, 2, 1]}');
		expect((await readImage([join(folder, "a.tif")], modelSpec())).spacing).toEqual([3, 2, 1]);
	});
});

describe("imageOfArray", () => {
	it("takes channel, z, y, x", () => {
		expect(imageOfArray(counting("uint8", [2, 3, 4, 5]), 3, [2, 1, 1])).toMatchObject({
			shape: [3, 4, 5],
			rank: 3,
			spacing: [2, 1, 1],
		});
	});

	it.each([
		[[3, 4, 5], 3, undefined, /expected an array of channel, z, y, x .*, found 3x4x5/],
		[[1, 0, 4, 5], 3, undefined, /expected an array of channel, z, y, x/],
		[[1, 3, 4, 5], 2, undefined, /a single 2D image has one section .*, found 1x3x4x5; a stack has rank 3/],
		[[1, 3, 4, 5], 3, [1, 1], /expected a spacing of three numbers above 0 \(z, y, x\), found \[1,1\]/],
		[[1, 3, 4, 5], 3, [1, 0, 1], /expected a spacing .* found \[1,0,1\]/],
		[[1, 3, 4, 5], 3, [1, Number.POSITIVE_INFINITY, 1], /expected a spacing/],
		[[1, 3, 4, 5], 3, { spacing: [1, 1, 1] }, /expected a spacing .* found \{"spacing":\[1,1,1\]\}/],
	])("refuses %j of rank %d with spacing %j", (shape, rank, spacing, message) => {
		// as a program without types may call it
		const call = () => Reflect.apply(imageOfArray, undefined, [counting("uint8", shape), rank, spacing]);
		expect(call).toThrow(message);
		expect(call).toThrow(expect.objectContaining({ code: "INPUT" }));
	});
});
