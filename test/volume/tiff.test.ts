import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesOf, cut, type NdArray, ndarray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { type DType, viewAs } from "../../src/core/dtype.ts";
import { isNnvolError } from "../../src/core/errors.ts";
import { directoryBytes, headerBytes } from "../../src/volume/tiff/layout.ts";
import { tiff } from "../../src/volume/tiff/tiff.ts";
import { layoutOf } from "../../src/volume/tiff/write.ts";
import type { VolumeInfo } from "../../src/volume/volume.ts";
import { sharedPath } from "../shared.ts";
import { boxes, expectFault, expectSame, noise, testVolumeFormat } from "./conformance.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "tiff");

testVolumeFormat(tiff);
testVolumeFormat(
	{ ...tiff, ranks: [3] },
	{
		runs: 5,
		axesOf: () => "yxc",
		shapeOf: () =>
			fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 2, max: 4 })),
	},
);

async function load(path: string): Promise<{ info: VolumeInfo; array: NdArray }> {
	const reader = await tiff.open(path);
	try {
		return { info: reader.info, array: await reader.read(wholeBox(reader.info.shape)) };
	} finally {
		await reader.close();
	}
}

type Expected = { readonly dtype: DType; readonly shape: number[]; readonly base64: string };

/** Axes that the reader tells; those not named here are what their rank says: yx, zyx. */
const AXES: Readonly<Record<string, string>> = {
	"stack4d.tif": "",
	"stack4d_axes.tif": "czyx",
	"rgb.tif": "yxc",
	"rgba_u2.tif": "yxc",
	"rgb_stack.tif": "zyxc",
	"tiled_stack_rgb.tif": "zyxc",
	"rgb_planar.tif": "cyx",
	"rgb_planar_tiled_be.tif": "cyx",
	"zlib_pred2_rgb.tif": "yxc",
	"zlib_pred2_rgb_tiled_u2.tif": "yxc",
	"imagej_zc.tif": "zcyx",
	"ome.ome.tif": "czyx",
};

describe("tiff: the array that tifffile.imread gives (test/fixtures/tiff/make.py)", () => {
	const expected: Record<string, Expected> = JSON.parse(readFileSync(join(FIXTURES, "expected.json"), "utf8"));
	it("covers every file", () => {
		const files = readdirSync(FIXTURES).filter((name) => name.endsWith(".tif"));
		expect(files.length).toBeGreaterThan(60);
		expect(files.sort()).toEqual(Object.keys(expected).sort());
	});
	for (const [name, { dtype, shape, base64 }] of Object.entries(expected)) {
		const wanted = ndarray(dtype, shape, viewAs(dtype, new Uint8Array(Buffer.from(base64, "base64"))));
		it(name, async () => {
			const { info, array } = await load(join(FIXTURES, name));
			expectSame(array, wanted);
			expect(info.axes).toBe(AXES[name] ?? (shape.length === 2 ? "yx" : "zyx"));
			expect(info.chunks?.length).toBe(shape.length);
		});
	}
	it("any box of the tiled, planar and big-endian ones", async () => {
		for (const name of [
			"tiled.tif",
			"rgb_planar_tiled_be.tif",
			"tiled_stack_rgb.tif",
			"stack_u2_be.tif",
			"imagej_zc.tif",
		]) {
			const reader = await tiff.open(join(FIXTURES, name));
			const whole = await reader.read(wholeBox(reader.info.shape));
			await fc.assert(
				fc.asyncProperty(boxes(reader.info.shape), async (box) => expectSame(await reader.read(box), cut(whole, box))),
				{ numRuns: 20 },
			);
			await reader.close();
		}
	});
	it("spacing of ImageJ and OME", async () => {
		expect((await load(join(FIXTURES, "imagej.tif"))).info.spacing).toEqual([0.5, 0.5, 0.25]);
		expect((await load(join(FIXTURES, "ome.ome.tif"))).info.spacing).toEqual([2, 0.5, 0.25]);
		expect((await load(join(FIXTURES, "plain_stack.tif"))).info.spacing).toBeUndefined();
	});
});

describe("tiff: files that cannot be read", () => {
	let folder = "";
	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), "nnvol-tiff-"));
	});
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	it("pages of different sizes, JPEG, complex numbers", async () => {
		const refused = (name: string) => load(join(FIXTURES, "refused", name));
		await expect(refused("sizes.tif")).rejects.toThrow(/page 1 is 7x9 of uint8, page 2 is 8x9 of uint8/);
		await expect(refused("jpeg.tif")).rejects.toThrow(/compression 7, which is not read/);
		await expect(refused("complex.tif")).rejects.toThrow(/64 bits \(complex\)/);
		for (const name of readdirSync(join(FIXTURES, "refused"))) await expectFault(refused(name), name);
	});

	it("every fixture with a byte flipped or cut short: an error or voxels, nothing worse", async () => {
		const names = readdirSync(FIXTURES).filter((name) => name.endsWith(".tif"));
		const cases = fc.tuple(
			fc.constantFrom(...names),
			fc.double({ min: 0, max: 0.999, noNaN: true }),
			fc.integer({ min: 0, max: 255 }),
		);
		const path = join(folder, "x.tif");
		await fc.assert(
			fc.asyncProperty(cases, async ([name, where, mask]) => {
				const bytes = readFileSync(join(FIXTURES, name));
				const at = Math.floor(where * bytes.length);
				const damaged = mask === 0 ? bytes.subarray(0, at) : Buffer.from(bytes);
				if (mask > 0) damaged[at] = (damaged[at] ?? 0) ^ mask;
				writeFileSync(path, damaged);
				const result = await load(path).catch((error: unknown) => error);
				if (result instanceof Error) expect(isNnvolError(result, "VOLUME") ? "VOLUME" : result).toBe("VOLUME");
			}),
			{ numRuns: 600 },
		);
	});

	it("a list of pages that runs in a circle", async () => {
		const spec = { dtype: "uint8", shape: [2, 1, 1], axes: "zyx" } as const;
		const layout = {
			spec,
			height: 1,
			width: 1,
			samples: 1,
			rank: 2,
			rowBytes: 1,
			rowsPerStrip: 1,
			pages: 1,
			wide: false,
			compression: 8,
		};
		const directory = directoryBytes({ ...layout }, { offsets: [0], counts: [1] }, 8, 0);
		directory.writeUInt32LE(8, 2 + directory.readUInt16LE(0) * 12);
		const path = join(folder, "circle.tif");
		writeFileSync(path, Buffer.concat([headerBytes(layout, 8), directory]));
		await expect(load(path)).rejects.toThrow(/runs in a circle/);
	});

	it("a header of a million by a million pixels is refused before memory is asked for", async () => {
		const spec = { dtype: "uint8", shape: [1e6, 1e6], axes: "yx" } as const;
		const layout = {
			spec,
			height: 1e6,
			width: 1e6,
			samples: 1,
			rank: 2,
			rowBytes: 1e6,
			rowsPerStrip: 1e6,
			pages: 1,
			wide: false,
			compression: 8,
		};
		const path = join(folder, "bomb.tif");
		writeFileSync(
			path,
			Buffer.concat([headerBytes(layout, 8), directoryBytes(layout, { offsets: [0], counts: [100] }, 8, 0)]),
		);
		await expect(tiff.open(path)).rejects.toThrow(/cannot come from 100 bytes/);
	});

	it("a tile that was never written and is larger than memory", async () => {
		const spec = { dtype: "uint8", shape: [1e6, 1e6], axes: "yx" } as const;
		const layout = { ...layoutOf("x", spec), rowsPerStrip: 1e6, wide: false };
		const path = join(folder, "sparse.tif");
		writeFileSync(
			path,
			Buffer.concat([headerBytes(layout, 8), directoryBytes(layout, { offsets: [0], counts: [0] }, 8, 0)]),
		);
		const reader = await tiff.open(path);
		await expect(reader.read(wholeBox(reader.info.shape))).rejects.toThrow(/cannot hold 1000000x1000000/);
		await expectFault(reader.read({ start: [0, 0], stop: [1, 1] }), path);
		await reader.close();
	});

	it("finishing a stack that is not whole, writing a page twice", async () => {
		const path = join(folder, "half.tif");
		const writer = await tiff.create(path, { dtype: "uint8", shape: [2, 2, 2], axes: "zyx" });
		await writer.write([0, 0, 0], noise("uint8", [1, 2, 2], 1));
		await expectFault(writer.write([0, 0, 0], noise("uint8", [1, 2, 2], 1)), path);
		await writer.write([1, 0, 0], noise("uint8", [1, 1, 2], 1));
		await expect(writer.finish()).rejects.toThrow(/1 of 2 pages/);
		await writer.discard();
		expect(existsSync(path)).toBe(false);
	});
});

describe("tiff: what is written", () => {
	let folder = "";
	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), "nnvol-tiff-"));
	});
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	it("a stack of one page stays a stack; axes and spacing come back", async () => {
		const path = join(folder, "one.tif");
		const array = noise("uint16", [1, 5, 6], 1);
		const writer = await tiff.create(path, {
			dtype: "uint16",
			shape: array.shape,
			axes: "zyx",
			spacing: [3, 0.5, 0.25],
		});
		await writer.write([0, 0, 0], array);
		await writer.finish();
		const { info, array: found } = await load(path);
		expectSame(found, array);
		expect(info).toMatchObject({ axes: "zyx", spacing: [3, 0.5, 0.25], shape: [1, 5, 6] });
	});

	it("many strips a page, pages in any order, calls that overlap", async () => {
		const path = join(folder, "strips.tif");
		const array = noise("float32", [3, 700, 300], 1);
		const writer = await tiff.create(path, { dtype: "float32", shape: array.shape, axes: "zyx" });
		await Promise.all(
			[2, 0, 1].map((z) => writer.write([z, 0, 0], cut(array, { start: [z, 0, 0], stop: [z + 1, 700, 300] }))),
		);
		await writer.finish();
		const { info, array: found } = await load(path);
		expectSame(found, array);
		expect(info.chunks).toEqual([1, 218, 300]);
	});

	it("files of more than 4 GB are laid out as BigTIFF, which is read back", async () => {
		const spec = { dtype: "uint16", shape: [2, 3, 4], axes: "zyx" } as const;
		expect(layoutOf("x", spec).wide).toBe(false);
		expect(layoutOf("x", { ...spec, shape: [2000, 1000, 1000] }).wide).toBe(false);
		expect(layoutOf("x", { ...spec, shape: [2001, 1000, 1000] }).wide).toBe(true);
		const layout = { ...layoutOf("x", spec), wide: true };
		const array = noise("uint16", [2, 3, 4], 3);
		const strips = [0, 1].map((z) => deflateSync(bytesOf(cut(array, { start: [z, 0, 0], stop: [z + 1, 3, 4] }))));
		const parts = [headerBytes(layout, 16 + strips.reduce((sum, { length }) => sum + length, 0)), ...strips];
		let at = 16;
		for (const [z, { length }] of strips.entries()) {
			const end = parts.reduce((sum, part) => sum + part.length, 0);
			parts.push(directoryBytes(layout, { offsets: [at], counts: [length] }, end, z));
			at += length;
		}
		const path = join(folder, "wide.tif");
		writeFileSync(path, Buffer.concat(parts));
		expectSame((await load(path)).array, array);
	});
});

describe("tiff: long uncompressed strips", () => {
	it("are read row by row, as ImageJ's pages of one strip are", async () => {
		const folder = mkdtempSync(join(tmpdir(), "nnvol-tiff-"));
		const spec = { dtype: "uint16", shape: [700, 500], axes: "yx" } as const;
		const array = noise("uint16", spec.shape, 1);
		const layout = { ...layoutOf("x", spec), rowsPerStrip: 700 };
		const directory = directoryBytes(layout, { offsets: [8], counts: [700_000] }, 700_008, 0);
		const compression = directory.indexOf(Buffer.from([259 % 256, 1, 3, 0]));
		directory.writeUInt16LE(1, compression + 8);
		const path = join(folder, "long.tif");
		writeFileSync(path, Buffer.concat([headerBytes(layout, 700_008), bytesOf(array), directory]));
		try {
			const { info, array: found } = await load(path);
			expectSame(found, array);
			expect(info.chunks).toEqual([262, 500]);
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	});
});

const stack = sharedPath("fixtures", "inputs", "em3d", "native_0000.tif");
describe.skipIf(stack === undefined)("tiff: the stacks of shared/fixtures/inputs", () => {
	it("em3d: shape and content", async () => {
		const { info, array } = await load(stack ?? "");
		expect(info).toMatchObject({ dtype: "uint8", shape: [11, 190, 210], axes: "zyx" });
		expect(new Set(Array.from(array.data, Number)).size).toBeGreaterThan(50);
	});
});
