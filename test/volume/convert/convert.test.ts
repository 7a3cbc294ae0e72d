/**
 * Copies: through any chain of formats that hold the voxels, nothing changes; what a format cannot hold is said.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cut, type NdArray } from "../../../src/core/array.ts";
import { wholeBox } from "../../../src/core/box.ts";
import type { DType } from "../../../src/core/dtype.ts";
import type { Geometry } from "../../../src/core/geometry.ts";
import { type ConvertOptions, type ConvertReport, convertVolume } from "../../../src/volume/convert/convert.ts";
import { formatByName, formatOfName, openVolume } from "../../../src/volume/formats.ts";
import type { VolumeInfo, VolumeSpec } from "../../../src/volume/volume.ts";
import { expectFault, expectSame } from "../conformance.ts";
import { noise } from "../noise.ts";

let folder = "";
let count = 0;
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "nnvol-convert-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fresh = (ending: string): string => join(folder, `v${count++}${ending}`);

async function save(ending: string, array: NdArray, more: Partial<VolumeSpec> = {}): Promise<string> {
	const path = fresh(ending);
	const format = await formatByName(formatOfName(path) ?? "png");
	const axes = { 2: "yx", 3: "zyx", 4: "czyx" }[array.shape.length] ?? "";
	const writer = await format.create(path, { dtype: array.dtype, shape: array.shape, axes, ...more });
	await writer.write(wholeBox(array.shape).start, array);
	await writer.finish();
	return path;
}

async function load(path: string): Promise<{ readonly info: VolumeInfo; readonly array: NdArray }> {
	const reader = await openVolume(path);
	try {
		return { info: reader.info, array: await reader.read(wholeBox(reader.info.shape)) };
	} finally {
		await reader.close();
	}
}

async function convert(from: string, to: string, options: Partial<ConvertOptions> = {}): Promise<ConvertReport> {
	const reader = await openVolume(from);
	try {
		return await convertVolume(reader, to, formatOfName(to) ?? "png", { memory: 2 ** 30, boxBytes: 4096, ...options });
	} finally {
		await reader.close();
	}
}

/** Endings that hold volumes of each type, and the voxel size as it is. */
const ANY = [".nii", ".nii.gz", ".nrrd", ".mha", ".h5", ".zarr", ".tif"];
const HOLDERS: Readonly<Partial<Record<DType, readonly string[]>>> = {
	uint8: [...ANY, ".gipl", ".gipl.gz", ".precomputed"],
	int16: [...ANY, ".gipl", ".precomputed"],
	uint16: [...ANY, ".precomputed"],
	int32: [...ANY, ".precomputed"],
	uint64: [...ANY.filter((ending) => ending !== ".tif"), ".precomputed"],
	float32: [...ANY, ".gipl", ".precomputed"],
	float64: ANY,
};
const KEEP_SPACING = /\.(nii|nii\.gz|nrrd|mha|h5|zarr|gipl|gipl\.gz)$/;

describe("the two voxel sizes of an image", () => {
	it.each([
		[".zarr", {}],
		[".ome.zarr", { layout: { ome: "0.5" } }],
		[".h5", {}],
		[".n5", {}],
		[".nrrd", {}],
		[".tif", {}],
	] as const)("are those of its copy: %s", async (ending, options) => {
		const from = await save(".tif", noise("uint8", [4, 5], 3), { spacing: [3, 2] });
		const to = fresh(ending);
		const { notes } = await convert(from, to, options);
		expect((await load(to)).info.spacing?.slice(-2)).toEqual([3, 2]);
		expect(notes.filter((text) => text.includes("does not tell the voxel size"))).toEqual([]);
	});
});

describe("copies through chains of formats", () => {
	for (const [dtype, endings] of Object.entries(HOLDERS)) {
		it(`of ${dtype} keep voxels, type and voxel size`, async () => {
			const chains = fc.tuple(
				fc.array(fc.constantFrom(...endings), { minLength: 2, maxLength: 4 }),
				fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 30 })),
				fc.integer({ min: 100, max: 40_000 }),
				fc.nat(),
			);
			await fc.assert(
				fc.asyncProperty(chains, async ([[first = ".nii", ...rest], shape, boxBytes, seed]) => {
					const array = noise(isKey(dtype) ? dtype : "uint8", shape, seed);
					let path = await save(first, array, { spacing: [2, 0.5, 0.25] });
					let keeps = KEEP_SPACING.test(first);
					for (const ending of rest) {
						const next = fresh(ending);
						// a box that a chunk of the output does not fit into is refused, which is another test
						await convert(path, next, { boxBytes: /zarr|precomputed/.test(ending) ? 2 ** 24 : boxBytes });
						path = next;
						keeps &&= KEEP_SPACING.test(ending);
					}
					const found = await load(path);
					expectSame(found.array, array);
					if (keeps) expect(found.info.spacing).toEqual([2, 0.5, 0.25]);
				}),
				{ numRuns: 10 },
			);
		});
	}
	it("of images: PNG, BMP, TIFF and back", async () => {
		const array = noise("uint8", [31, 17], 3);
		let path = await save(".png", array);
		for (const ending of [".bmp", ".tif", ".zarr", ".h5", ".nii.gz", ".png"]) {
			const next = fresh(ending);
			await convert(path, next, { boxBytes: 2 ** 22 });
			path = next;
		}
		expectSame((await load(path)).array, array);
	});
});

function isKey(name: string): name is DType {
	return Object.hasOwn(HOLDERS, name);
}

describe("a copy", () => {
	const geometry: Geometry = {
		origin: [1.5, -2, 40],
		spacing: [0.5, 0.25, 2],
		direction: [0, 1, 0, -1, 0, 0, 0, 0, 1],
	};
	it("keeps the place in the world between medical formats, moved where a part is copied", async () => {
		const array = noise("int16", [9, 8, 7], 1);
		const from = await save(".nii.gz", array, { geometry });
		for (const ending of [".nrrd", ".mha", ".nii"]) {
			const whole = fresh(ending);
			expect((await convert(from, whole)).notes).toEqual([]);
			expect((await load(whole)).info.geometry).toEqual(geometry);
			const part = fresh(ending);
			const box = { start: [2, 3, 1], stop: [5, 8, 4] };
			expect((await convert(from, part, { box })).notes).toEqual([]);
			const found = await load(part);
			expectSame(found.array, cut(array, box));
			// 1 voxel of x lies along -y, 3 of y along x, 2 of z along z
			expect(found.info.geometry).toEqual({ ...geometry, origin: [1.5 + 3 * 0.25, -2 - 0.5, 44] });
		}
	});
	it("keeps nibabel's matrix where ITK has no place for it", async () => {
		const sheared = [2, 0.5, 0, -4, 0, 2, 0, 5, 0, 0, 3, 6, 0, 0, 0, 1];
		const from = await save(".nii", noise("uint8", [4, 5, 6], 1), { affine: sheared });
		const whole = fresh(".nii.gz");
		await convert(from, whole);
		expect((await load(whole)).info.affine).toEqual(sheared);
		const part = fresh(".nii");
		await convert(from, part, { box: { start: [1, 2, 3], stop: [4, 5, 6] } });
		const moved = [2, 0.5, 0, -4 + 6 + 1, 0, 2, 0, 5 + 4, 0, 0, 3, 6 + 3, 0, 0, 0, 1];
		expect((await load(part)).info.affine).toEqual(moved);
	});
	it("says what its format cannot tell", async () => {
		const from = await save(".nii.gz", noise("uint8", [3, 4, 5], 1), { geometry });
		expect((await convert(from, fresh(".gipl"))).notes.join()).toMatch(/place in the world/);
		const image = await save(".nrrd", noise("uint8", [4, 5], 1), { spacing: [0.5, 0.25] });
		expect((await convert(image, fresh(".png"))).notes.join()).toMatch(/voxel size 0.5 x 0.25/);
	});
	it("takes another voxel size and type, and refuses values that the type has not", async () => {
		const from = await save(".nii.gz", noise("int16", [3, 4, 5], 1), { geometry });
		const sized = fresh(".mha");
		await convert(from, sized, { spacing: [3, 2, 1], dtype: "float32" });
		const found = await load(sized);
		expect(found.info).toMatchObject({ dtype: "float32", spacing: [3, 2, 1], geometry: { spacing: [1, 2, 3] } });
		const narrow = fresh(".zarr");
		await expect(convert(from, narrow, { dtype: "uint8", boxBytes: 2 ** 22 })).rejects.toThrow(
			/of its values \(int16\) are none of uint8; choose a wider --dtype, or --clamp/,
		);
		const { notes } = await convert(from, narrow, { dtype: "uint8", clamp: true, boxBytes: 2 ** 22 });
		expect(notes.join()).toMatch(/values beyond the range of uint8 were cut to it/);
		expect((await load(narrow)).info.dtype).toBe("uint8");
	});
	it("counts lengths of other units as millimetres where the format has nothing else", async () => {
		const reader = await openVolume(await save(".nrrd", noise("uint8", [2, 3, 4], 1)));
		const { geometry: _, ...info } = reader.info;
		const inNanometres = { ...reader, info: { ...info, spacing: [40, 4, 4], unit: "nanometer" } };
		const to = fresh(".mha");
		await convertVolume(inNanometres, to, "metaimage", { memory: 2 ** 30 });
		await reader.close();
		expect((await load(to)).info.spacing).toEqual([40e-6, 4e-6, 4e-6].map((v) => expect.closeTo(v, 12)));
	});
	it("leaves nothing behind where the format cannot hold it, the input is damaged, or it is interrupted", async () => {
		const from = await save(".nii", noise("float64", [30, 40, 50], 1));
		const before = readdirSync(folder).length;
		const png = fresh(".png");
		await expectFault(convert(from, png), png);
		for (const ending of [".nrrd", ".zarr", ".h5"]) {
			const to = fresh(ending);
			const gone = new AbortController();
			const stop = (done: number) => done > 20_000 && gone.abort();
			const layout = ending === ".nrrd" ? {} : { layout: { chunks: [8, 40, 50] } };
			const options = { signal: gone.signal, onProgress: stop, boxBytes: 2 ** 19, ...layout };
			await expectFault(convert(from, to, options), to, "CANCELLED");
		}
		expect(readdirSync(folder)).toHaveLength(before);
		const short = fresh(".nrrd");
		writeFileSync(short, readFileSync(await save(".nrrd", noise("uint8", [40, 99, 99], 1))).subarray(0, 99_000));
		const after = readdirSync(folder).length;
		await expectFault(convert(short, fresh(".nii")), short);
		expect(readdirSync(folder)).toHaveLength(after);
	});
	it("refuses a memory that no unit of the output fits into", async () => {
		const from = await save(".nii", noise("uint8", [40, 70, 70], 1));
		const layout = { chunks: [40, 70, 70] };
		const work = convert(from, fresh(".zarr"), { boxBytes: 5000, layout });
		const format = await formatByName("zarr");
		if (format.openRegions !== undefined) await expect(work).rejects.toThrow(/does not fit in --memory; allow \d+MB/);
		else await work;
	});
});
