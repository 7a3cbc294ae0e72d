import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type NdArray, ndarray } from "../../src/core/array.ts";
import { toHalf } from "../../src/core/float16.ts";
import { labelsOf, openLabels, readLabels, writeLabels } from "../../src/nnunet/label-file.ts";
import { formatByName, openVolume } from "../../src/volume/formats.ts";
import { testFolder } from "../folder.ts";

const place = {};

async function dtypeOf(path: string) {
	const reader = await openVolume(path);
	await reader.close();
	return reader.info.dtype;
}

describe("label files", () => {
	it("are uint8 below 255 and uint16 from there on; nnU-Net's turning ITK class keeps 255 in 8 bits", async () => {
		const folder = testFolder();
		const write = async (highest: number, reader?: string) => {
			const path = join(folder, `${highest}-${reader}.png`);
			await writeLabels(path, { labels: Uint16Array.of(0, 1, 2, highest), shape: [2, 2], place }, reader);
			expect((await readLabels(path, undefined)).labels[3]).toBe(highest);
			return dtypeOf(path);
		};
		expect(await write(254)).toBe("uint8");
		expect(await write(255)).toBe("uint16");
		expect(await write(65535)).toBe("uint16");
		expect(await write(255, "SimpleITKIOWithReorient")).toBe("uint8");
		expect(await write(256, "SimpleITKIOWithReorient")).toBe("uint16");
	});

	it("take whole numbers of every element type, and refuse others by place", () => {
		const arrays: readonly NdArray[] = [
			ndarray("uint8", [2], Uint8Array.of(0, 7)),
			ndarray("int16", [2], Int16Array.of(0, 7)),
			ndarray("int64", [2], BigInt64Array.of(0n, 7n)),
			ndarray("float16", [2], Uint16Array.of(toHalf(0), toHalf(7))),
			ndarray("float32", [2], Float32Array.of(0, 7)),
		];
		for (const array of arrays) expect([...labelsOf(array, "x.tif")]).toEqual([0, 7]);
		const wrong = (value: number) => () => labelsOf(ndarray("float64", [2], Float64Array.of(0, value)), "x.tif");
		for (const value of [1.5, -1, 65536, Number.NaN, Number.POSITIVE_INFINITY])
			expect(wrong(value)).toThrow(`x.tif: expected labels, whole numbers from 0 to 65535, found ${value} at voxel 1`);
	});

	it("refuse colour images and endings that no format has", async () => {
		const folder = testFolder();
		const path = join(folder, "colour.png");
		const writer = await (await formatByName("png")).create(path, { dtype: "uint8", shape: [2, 2, 3], axes: "yxc" });
		await writer.write([0, 0, 0], ndarray("uint8", [2, 2, 3], new Uint8Array(12)));
		await writer.finish();
		await expect(openLabels(path)).rejects.toThrow(/two or three axes, found 2x2x3 \(yxc\)/);
		const image = { labels: Uint8Array.of(0, 1), shape: [1, 2], place };
		await expect(writeLabels(join(folder, "a.xyz"), image, undefined)).rejects.toThrow(/no format is known/);
	});
});
