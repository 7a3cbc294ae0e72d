import {
	closeSync,
	ftruncateSync,
	openSync,
	readdirSync,
	readFileSync,
	statSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, cut, type NdArray, ndarray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { type DType, viewAs } from "../../src/core/dtype.ts";
import { isNnvolError } from "../../src/core/errors.ts";
import { directoryBytes, headerBytes, type Layout } from "../../src/volume/tiff/layout.ts";
import { tiff } from "../../src/volume/tiff/tiff.ts";
import { layoutOf } from "../../src/volume/tiff/write.ts";
import type { Compression, VolumeSpec } from "../../src/volume/volume.ts";
import { testFolder } from "../folder.ts";
import { boxes, expectFault, expectSame, noise } from "./conformance.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "tiff-volumes");

type Expected = Readonly<Record<string, { readonly dtype: DType; readonly shape: number[]; readonly base64: string }>>;
const expected: Expected = JSON.parse(readFileSync(join(FIXTURES, "expected.json"), "utf8"));

/** What the files tell besides; the others are "zyx". */
const TOLD: Readonly<Record<string, object>> = {
	"imagej_tzc.tif": { axes: "" },
	"imagej_micron.tif": { axes: "zyx", spacing: [3, 0.25, 0.5], unit: "micrometer" },
	"imagej_rgb.tif": { axes: "zyxc" },
	"imagej_raw.tif": { axes: "zyx", compression: "none" },
	"ome_nm.ome.tif": { axes: "zyx", spacing: [30, 4, 4], unit: "nanometer" },
	"ome_tcz.ome.tif": { axes: "" },
	"ome_zc.ome.tif": { axes: "zcyx" },
	"ome_rgb.ome.tif": { axes: "zyxc" },
	"ome_pyramid.ome.tif": {
		axes: "zyx",
		chunks: [1, 16, 16],
		compression: "deflate",
		scales: [
			{ name: "0", shape: [3, 40, 50] },
			{ name: "1", shape: [3, 20, 25] },
			{ name: "2", shape: [3, 10, 13] },
		],
	},
	"planes_tiled.tif": { axes: "zcyx", chunks: [1, 1, 16, 16] },
	"planes_strips.tif": { axes: "zcyx", compression: "LZW" },
	"tiles_lzw_pred2.tif": { axes: "zyx", chunks: [1, 16, 32] },
	"tiles_zstd.tif": { axes: "zyx", compression: "zstd" },
};

describe("tiff volumes: the array that tifffile.imread gives (test/fixtures/tiff-volumes/make.py)", () => {
	it("covers every file", () => {
		const files = readdirSync(FIXTURES).filter((name) => name.endsWith(".tif"));
		expect(files.length).toBeGreaterThan(15);
		expect(files.sort()).toEqual(Object.keys(expected).sort());
	});
	it.each(Object.entries(expected))("%s: the whole and any box", async (name, { dtype, shape, base64 }) => {
		const wanted = ndarray(dtype, shape, viewAs(dtype, new Uint8Array(Buffer.from(base64, "base64"))));
		const reader = await tiff.open(join(FIXTURES, name));
		expect(reader.info).toMatchObject({ axes: "zyx", ...TOLD[name] });
		expectSame(await reader.read(wholeBox(shape)), wanted);
		await fc.assert(
			fc.asyncProperty(boxes(shape), async (box) => expectSame(await reader.read(box), cut(wanted, box))),
			{ numRuns: 15 },
		);
		await reader.close();
	});
	it("volumes of several files are refused by name", async () => {
		const several = join(FIXTURES, "refused", "ome_several.ome.tif");
		await expectFault(tiff.open(several), several, "UNBUILT");
		await expect(tiff.open(several)).rejects.toThrow(/another being other\.ome\.tif/);
		await expect(tiff.open(join(FIXTURES, "refused", "ome_binary.ome.tif"))).rejects.toThrow(/all\.companion\.ome/);
	});
	it("bytes changed at random: an error of its own or voxels", async () => {
		const path = join(testFolder(), "x.tif");
		const cases = fc.tuple(
			fc.constantFrom(...Object.keys(expected)),
			fc.nat(1_000_000),
			fc.integer({ min: 0, max: 255 }),
		);
		await fc.assert(
			fc.asyncProperty(cases, async ([name, where, mask]) => {
				const bytes = Buffer.from(readFileSync(join(FIXTURES, name)));
				const at = where % Math.min(bytes.length, mask < 40 ? bytes.length : 700);
				bytes[at] = (bytes[at] ?? 0) ^ mask;
				writeFileSync(path, mask === 0 ? bytes.subarray(0, at) : bytes);
				const result = await readWhole(path).catch((error: unknown) => error);
				const isOwn = !(result instanceof Error) || isNnvolError(result, "VOLUME", "UNBUILT");
				expect(isOwn ? "its own" : result).toBe("its own");
			}),
			{ seed: 3, numRuns: 500 },
		);
	});
});

async function readWhole(path: string): Promise<NdArray> {
	const reader = await tiff.open(path);
	try {
		return await reader.read(wholeBox(reader.info.shape));
	} finally {
		await reader.close();
	}
}

/** Puts `parts` at their places into a file that is empty elsewhere: no disk is used for what lies between. */
function sparseFile(path: string, size: number, parts: readonly (readonly [number, Uint8Array])[]): void {
	const file = openSync(path, "w");
	ftruncateSync(file, size);
	for (const [at, bytes] of parts) writeSync(file, bytes, 0, bytes.length, at);
	closeSync(file);
}

describe("tiff volumes: large files", () => {
	const spec: VolumeSpec = { dtype: "uint16", shape: [5, 7], axes: "yx", layout: { compression: "none" } };
	const array = noise("uint16", spec.shape, 1);

	it("a classic file of more than 2 GiB, and a BigTIFF of more than 4 GiB", async () => {
		const path = join(testFolder(), "far.tif");
		for (const [at, wide] of [
			[3.2e9, false],
			[5e9, true],
		] as const) {
			const layout: Layout = { ...layoutOf("x", spec), wide };
			const first = wide ? at + 4096 : 8;
			const directory = directoryBytes(layout, { offsets: [at], counts: [70] }, first, 0);
			sparseFile(path, at + 8192, [
				[0, headerBytes(layout, first)],
				[first, directory],
				[at, bytesOf(array)],
			]);
			expectSame(await readWhole(path), array);
		}
	});

	it("ImageJ's pages behind one directory, beyond 4 GiB: a box reads its own", async () => {
		const path = join(testFolder(), "raw.tif");
		const [pages, height, width] = [5000, 1000, 1000];
		const head = Buffer.from(readFileSync(join(FIXTURES, "imagej_raw.tif")).subarray(0, 400));
		head.write("ImageJ=1.54f\nimages=5000\nslices=5000\nloop=false\n\0", 200, "latin1");
		const entry = (n: number) => 8 + 2 + 12 * n;
		head.writeUInt32BE(width, entry(0) + 8);
		head.writeUInt32BE(height, entry(1) + 8);
		head.writeUInt32BE(51, entry(4) + 4);
		head.writeUInt16BE(height, entry(7) + 8);
		head.writeUInt32BE(2 * height * width, entry(8) + 8);
		const row = Buffer.from([1, 2, 3, 4]);
		const at = 400 + 2 * ((4321 * height + 999) * width + 998);
		sparseFile(path, 400 + 2 * pages * height * width, [
			[0, head],
			[at, row],
		]);
		const reader = await tiff.open(path);
		expect(reader.info.shape).toEqual([pages, height, width]);
		const found = await reader.read({ start: [4320, 998, 0], stop: [4322, 1000, 1000] });
		expect([...found.data.slice(-2)].map(Number)).toEqual([0x102, 0x304]);
		expect([...found.data.slice(0, -2)].every((value) => Number(value) === 0)).toBe(true);
		await reader.close();
		writeFileSync(path, readFileSync(join(FIXTURES, "imagej_raw.tif")).subarray(0, -1));
		await expect(tiff.open(path)).rejects.toThrow(/expected 5 pages as its description says, found one/);
	});

	it("many thousand pages: the file is opened without reading them all, and a bad one is met when it is read", async () => {
		const path = join(testFolder(), "many.tif");
		const [pages, one] = [20_000, { ...layoutOf("x", { ...spec, shape: [1, 1], dtype: "uint8" }), pages: 20_000 }];
		const parts: Buffer[] = [headerBytes(one, 8)];
		let at = 8;
		for (let n = 0; n < pages; n++) {
			// the place of page 7777's pixel lies beyond the file
			const directory = directoryBytes(one, { offsets: [n === 7777 ? 4e9 : at], counts: [1] }, at, n);
			parts.push(directory);
			at += directory.length;
		}
		writeFileSync(path, Buffer.concat(parts));
		const reader = await tiff.open(path);
		expect(reader.info.shape).toEqual([pages, 1, 1]);
		expect((await reader.read({ start: [19_990, 0, 0], stop: [pages, 1, 1] })).data).toHaveLength(10);
		await expect(reader.read({ start: [7770, 0, 0], stop: [7780, 1, 1] })).rejects.toThrow(
			/page 7778 of the TIFF has data beyond/,
		);
		await reader.close();
	});
});

describe("tiff volumes: what is written", () => {
	it.each(["none", "gzip", "zstd"] as const)("%s: is read back, and says so", async (compression) => {
		const path = join(testFolder(), "x.tif");
		const array = noise("int16", [3, 400, 500], 2);
		await save(path, array, compression);
		expectSame(await readWhole(path), array);
		const reader = await tiff.open(path);
		expect(reader.info.compression).toBe(compression === "gzip" ? "deflate" : compression);
		await reader.close();
		if (compression === "none") expect(statSync(path).size).toBeLessThan(array.data.byteLength + 4000);
	});
	it("compressions that TIFF does not have are refused", async () => {
		const path = join(testFolder(), "x.tif");
		await expectFault(save(path, noise("uint8", [1, 2, 2], 1), "blosc"), path, "UNBUILT");
	});
});

async function save(path: string, array: NdArray, compression: Compression): Promise<void> {
	const spec: VolumeSpec = { dtype: array.dtype, shape: array.shape, axes: "zyx", layout: { compression } };
	const writer = await tiff.create(path, spec);
	await writer.write([0, 0, 0], array);
	await writer.finish();
}
