import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesOf, cut, type NdArray, ndarray } from "../../src/core/array.ts";
import { type Box, wholeBox } from "../../src/core/box.ts";
import { openFlat } from "../../src/volume/flat/read.ts";
import { metaimage } from "../../src/volume/metaimage/metaimage.ts";
import { nrrd } from "../../src/volume/nrrd/nrrd.ts";
import { boxes, expectFault, expectSame, noise } from "./conformance.ts";

let folder = "";
let count = 0;
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "nnvol-flat-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(ending: string, ...parts: (string | Uint8Array)[]): string {
	const path = join(folder, `${count++}${ending}`);
	writeFileSync(
		path,
		Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part))),
	);
	return path;
}

async function readBox(path: string, box: Box, format = metaimage): Promise<NdArray> {
	const reader = await format.open(path);
	try {
		return await reader.read(box);
	} finally {
		await reader.close();
	}
}

const META = "ObjectType = Image\nNDims = 3\n";

describe("flat files: voxels over several files", () => {
	const encodings = {
		raw: { field: "", pack: (bytes: Uint8Array) => bytes },
		zlib: { field: "CompressedData = True\n", pack: (bytes: Uint8Array) => deflateSync(bytes) },
		gzip: { field: "CompressedData = True\n", pack: (bytes: Uint8Array) => gzipSync(bytes) },
	};
	for (const [name, { field, pack }] of Object.entries(encodings)) {
		it(`${name}: any box equals the cut of the whole, in any order of reads, also at once`, async () => {
			const array = noise("uint16", [6, 5, 7], 3);
			const bytes = bytesOf(array);
			const share = bytes.length / 6;
			const names = [0, 1, 2, 3, 4, 5].map((i) => {
				const path = file(".raw", pack(bytes.subarray(i * share, (i + 1) * share)));
				return path.slice(folder.length + 1);
			});
			const text = `${META}DimSize = 7 5 6\nElementType = MET_USHORT\n${field}ElementDataFile = LIST\n`;
			const path = file(".mhd", text, `${names.join("\n")}\n`);
			const reader = await metaimage.open(path);
			try {
				await fc.assert(
					fc.asyncProperty(fc.array(boxes(array.shape), { minLength: 1, maxLength: 4 }), async (list) => {
						const found = await Promise.all(list.map((box) => reader.read(box)));
						for (const [i, box] of list.entries()) expectSame(found[i] ?? array, cut(array, box));
					}),
					{ numRuns: 40 },
				);
			} finally {
				await reader.close();
			}
		});
	}
	it("a number of files that cannot be equal shares, or absurd, is an error", async () => {
		const a = file(".raw", new Uint8Array(12)).slice(folder.length + 1);
		const type = "type: uint8\nencoding: raw\ndimension: 3\n";
		for (const text of [
			`${type}sizes: 4 3 2\ndata file: LIST\n${a}\n${a}\n${a}\n`,
			`${type}sizes: 4 3 2\ndata file: LIST\n`,
			`${type}sizes: 4 3 1000000000\ndata file: x%d.raw 0 999999999 1\n`,
			`${type}sizes: 4 3 2\ndata file: x%d.raw 0 1 0\n`,
		]) {
			const path = file(".nhdr", `NRRD0004\n${text}`);
			await expectFault(nrrd.open(path), path);
		}
		const mhd = file(".mhd", `${META}DimSize = 4 3 1000000000\nElementType = MET_UCHAR\nElementDataFile = x%d.raw\n`);
		await expectFault(metaimage.open(mhd), mhd);
	});
	it("files of voxels that are missing or folders are named", async () => {
		const header = (name: string) =>
			file(".mhd", `${META}DimSize = 4 3 2\nElementType = MET_UCHAR\nElementDataFile = ${name}\n`);
		for (const name of ["nowhere.raw", "/nowhere/at/all.raw", "../nowhere.raw", "."]) {
			const path = header(name);
			await expectFault(metaimage.open(path), path);
		}
		await expect(metaimage.open(header("nowhere.raw"))).rejects.toThrow(/nowhere\.raw.*no such file/);
	});
});

describe("flat files: large ones", () => {
	it("a box behind 2^32 bytes is read by seeking", async () => {
		const [depth, height, width] = [5000, 1000, 1000];
		const path = file(
			".mhd",
			`${META}DimSize = ${width} ${height} ${depth}\nElementType = MET_UCHAR\nElementDataFile = big.raw\n`,
		);
		const data = join(folder, "big.raw");
		writeFileSync(data, "");
		truncateSync(data, depth * height * width);
		const handle = await open(data, "r+");
		await handle.write(Uint8Array.of(7, 8, 9), 0, 3, 4999 * 1e6 + 998 * 1000 + 997);
		await handle.close();
		try {
			const found = await readBox(path, { start: [4998, 997, 996], stop: [5000, 1000, 1000] });
			expect([...found.data.subarray(12)]).toEqual([0, 0, 0, 0, 0, 7, 8, 9, 0, 0, 0, 0]);
		} finally {
			rmSync(data);
		}
	});
	it("absurd extents are errors before anything is allocated", async () => {
		const packed = gzipSync(new Uint8Array(1000));
		const cases = [
			"99999999 99999999 99999999",
			"100000 100000 100000",
			"0 3 2",
			"-4 3 2",
			"1e999 3 2",
			"4.5 3 2",
			"nan 3 2",
		];
		for (const sizes of cases) {
			for (const encoding of ["raw", "gzip", "ascii", "hex"]) {
				const path = file(
					".nrrd",
					`NRRD0004\ntype: uint8\nencoding: ${encoding}\ndimension: 3\nsizes: ${sizes}\n\n`,
					packed,
				);
				await expectFault(nrrd.open(path), path);
			}
			const mha = file(
				".mha",
				`${META}DimSize = ${sizes}\nElementType = MET_UCHAR\nCompressedData = True\nElementDataFile = LOCAL\n`,
				packed,
			);
			await expectFault(metaimage.open(mha), mha);
		}
	});
	it("a packed bomb is read up to what the header promises", async () => {
		const bomb = gzipSync(new Uint8Array(1 << 26));
		const path = file(".nrrd", "NRRD0004\ntype: uint8\nencoding: gzip\ndimension: 2\nsizes: 10 10\n\n", bomb);
		const found = await readBox(path, wholeBox([10, 10]), nrrd);
		expect(found.data.length).toBe(100);
	});
});

describe("flat files: text", () => {
	const cases: readonly (readonly [string, string])[] = [
		["too few", "1 2 3"],
		["no numbers", "1 2 x 4 5 6"],
		["a number without end", "1".repeat(200000)],
		["a word without end", `${"1".repeat(200000)}x 1`],
		["nothing", "\n\n"],
		["two points", "1 2 3 4 5 1.2.3"],
	];
	for (const [name, text] of cases) {
		it(`${name} is an error`, async () => {
			const path = file(".nrrd", "NRRD0004\ntype: float\nencoding: ascii\ndimension: 2\nsizes: 3 2\n\n", text);
			await expectFault(readBox(path, wholeBox([2, 3]), nrrd), path);
		});
	}
	it("numbers across pieces of the file, and 64-bit integers to the last digit", async () => {
		const values = Array.from({ length: 40000 }, (_, i) => (-1n) ** BigInt(i) * (9223372036854775807n - BigInt(i)));
		const path = file(
			".nrrd",
			"NRRD0004\ntype: int64\nencoding: ascii\ndimension: 2\nsizes: 200 200\n\n",
			values.join(" "),
		);
		expectSame(
			await readBox(path, wholeBox([200, 200]), nrrd),
			ndarray("int64", [200, 200], BigInt64Array.from(values)),
		);
	});
	it("hexadecimal digits with odd ones, blanks between and letters that are none", async () => {
		const header = "NRRD0004\ntype: uint8\nencoding: hex\ndimension: 2\nsizes: 3 2\n\n";
		const good = file(".nrrd", header, "00 1\n122F f3a\t4b");
		expect([...(await readBox(good, wholeBox([2, 3]), nrrd)).data]).toEqual([0x00, 0x11, 0x22, 0xff, 0x3a, 0x4b]);
		for (const text of ["00112", "0011223344z5", ""]) {
			const path = file(".nrrd", header, text);
			await expectFault(readBox(path, wholeBox([2, 3]), nrrd), path);
		}
	});
});

describe("flat files: damage", () => {
	it("a wrong checksum behind the last voxel is an error where the whole is read", async () => {
		const packed = Buffer.from(gzipSync(bytesOf(noise("uint8", [6, 4], 1))));
		packed[packed.length - 5] = (packed.at(-5) ?? 0) ^ 1;
		const path = file(".nrrd", "NRRD0004\ntype: uint8\nencoding: gzip\ndimension: 2\nsizes: 4 6\n\n", packed);
		await expectFault(readBox(path, wholeBox([6, 4]), nrrd), path);
	});
	it("after an error the reader serves what can be read", async () => {
		const array = noise("uint8", [300, 1000], 1);
		const packed = gzipSync(bytesOf(array), { level: 0 });
		const path = file(
			".nrrd",
			"NRRD0004\ntype: uint8\nencoding: gzip\ndimension: 2\nsizes: 1000 300\n\n",
			packed.subarray(0, 200000),
		);
		const reader = await nrrd.open(path);
		try {
			await expectFault(reader.read(wholeBox(array.shape)), path);
			const box = { start: [3, 0], stop: [5, 1000] };
			expectSame(await reader.read(box), cut(array, box));
		} finally {
			await reader.close();
		}
	});
	it("bzip2 is UNBUILT", async () => {
		const path = file(".nrrd", "NRRD0004\ntype: uint8\nencoding: bzip2\ndimension: 2\nsizes: 4 6\n\nBZh9");
		await expectFault(nrrd.open(path), path, "UNBUILT");
	});
	it("a header that does not end, or is nothing but one line", async () => {
		for (const text of [
			"NRRD0004\ntype: uint8\n",
			`NRRD0004\n${"#".repeat(100000)}`,
			`NRRD0004\nspace: ${"(".repeat(100000)}`,
		]) {
			const path = file(".nrrd", text);
			await expectFault(nrrd.open(path), path);
		}
		for (const text of [META, `${META}Comment = ${"x".repeat(100000)}\n`]) {
			const path = file(".mha", text);
			await expectFault(metaimage.open(path), path);
		}
	});
	it("files that a reader has open are closed with it", async () => {
		const path = file(".raw", new Uint8Array(24));
		const info = { format: "nrrd", path, dtype: "uint8", shape: [2, 3, 4], axes: "zyx" } as const;
		const reader = await openFlat({ info, parts: [{ path, at: 0 }], encoding: "raw", bigEndian: false, skip: 0 });
		await Promise.all([reader.read(wholeBox(info.shape)), reader.read(wholeBox(info.shape))]);
		await reader.close();
		await reader.close();
		expectSame(await reader.read(wholeBox(info.shape)), ndarray("uint8", [2, 3, 4], new Uint8Array(24)));
		await reader.close();
	});
});

describe("flat files: what is not written", () => {
	it("headers with files beside are refused by name, whatever temporary name they get", async () => {
		const spec = { dtype: "uint8", shape: [2, 2], axes: "yx" } as const;
		for (const [format, name, instead] of [
			[metaimage, "a.mhd", ".mha"],
			[nrrd, "a.NHDR", ".nrrd"],
			[metaimage, ".a.mhd.host.12.3.nnvol-tmp", ".mha"],
		] as const) {
			await expect(format.create(join(folder, name), spec)).rejects.toMatchObject({
				code: "CONFIG",
				message: expect.stringContaining(instead),
			});
		}
		expect(readdirSync(folder).filter((name) => name.includes("a.mhd") || name.includes("NHDR"))).toEqual([]);
	});
	it("places that do not fit or make no sense", async () => {
		const spec = { dtype: "uint8", shape: [2, 2, 2], axes: "zyx" } as const;
		const good = { origin: [0, 0, 0], spacing: [1, 1, 1], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
		const places = [
			{ origin: [0, 0], spacing: [1, 1], direction: [1, 0, 0, 1] },
			{ ...good, spacing: [1, 0, 1] },
			{ ...good, spacing: [1, Number.NaN, 1] },
			{ ...good, origin: [0, 0, Number.POSITIVE_INFINITY] },
			{ ...good, direction: [1, 0, 0, 1, 0, 0, 0, 0, 1] },
			{ ...good, direction: [1, 0, 0, 0, 1, 0] },
		];
		for (const format of [nrrd, metaimage]) {
			for (const geometry of places) {
				const path = join(folder, `place${count++}`);
				await expectFault(format.create(path, { ...spec, geometry }), path);
				expect(readdirSync(folder)).not.toContain(`place${count - 1}`);
			}
		}
	});
	it("a spacing alone makes a place at the world's origin", async () => {
		for (const format of [nrrd, metaimage]) {
			const path = join(folder, `spacing${count++}`);
			const writer = await format.create(path, { dtype: "uint8", shape: [1, 2, 1], axes: "zyx", spacing: [5, 0.1, 7] });
			await writer.write([0, 0, 0], noise("uint8", [1, 2, 1], 1));
			await writer.finish();
			const reader = await format.open(path);
			await reader.close();
			expect(reader.info.spacing).toEqual([5, 0.1, 7]);
			expect(reader.info.geometry).toMatchObject({ origin: [0, 0, 0], spacing: [7, 0.1, 5] });
			expect(readFileSync(path).length).toBeGreaterThan(100);
		}
	});
	it("voxels that are missing or come twice", async () => {
		for (const format of [nrrd, metaimage]) {
			const path = join(folder, `twice${count++}`);
			const array = noise("uint8", [1, 2, 2], 1);
			const writer = await format.create(path, { dtype: "uint8", shape: [2, 2, 2], axes: "zyx" });
			await writer.write([0, 0, 0], array);
			await expectFault(writer.finish(), path);
			await expectFault(writer.write([0, 0, 0], array), path);
			await writer.discard();
			expect(readdirSync(folder)).not.toContain(path.slice(folder.length + 1));
		}
	});
});
