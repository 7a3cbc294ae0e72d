/**
 * Zarr: the conformance suite, folders that zarr-python wrote, and folders that cannot be read.
 *
 * @module
 */
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cut, type NdArray } from "../../src/core/array.ts";
import { type Box, wholeBox } from "../../src/core/box.ts";
import type { DType } from "../../src/core/dtype.ts";
import { isNnvolError } from "../../src/core/errors.ts";
import { fromHalf } from "../../src/core/float16.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { chunkShapeOf } from "../../src/volume/chunking.ts";
import type { VolumeSpec } from "../../src/volume/volume.ts";
import { zarr } from "../../src/volume/zarr/zarr.ts";
import { expectFault, expectSame, noise, testVolumeFormat } from "./conformance.ts";

testVolumeFormat(zarr, { runs: 2 });

const fixture = (name: string) => join(import.meta.dirname, "..", "fixtures", "zarr", name);
const SHAPE = [5, 6, 7];

/** What `make.py` puts into every array. */
function expected(shape: readonly number[], value = (n: number) => (7 * n) % 251): number[] {
	return Array.from({ length: sizeOf(shape) }, (_, n) => value(n));
}

async function load(path: string, dataset?: string, box?: Box): Promise<NdArray> {
	const reader = await zarr.open(path, dataset === undefined ? {} : { dataset });
	try {
		return await reader.read(box ?? wholeBox(reader.info.shape));
	} finally {
		await reader.close();
	}
}

async function infoOf(path: string, dataset?: string) {
	const reader = await zarr.open(path, dataset === undefined ? {} : { dataset });
	await reader.close();
	return reader.info;
}

async function messageOf(work: Promise<unknown>): Promise<string> {
	const error: unknown = await work.then(
		() => undefined,
		(e: unknown) => e,
	);
	return isNnvolError(error, "VOLUME") ? error.message : `not a VOLUME error: ${String(error)}`;
}

const numbers = (array: NdArray) => Array.from(array.data, Number);

describe("zarr: what zarr-python and tensorstore wrote", () => {
	const arrays = {
		"v2.zarr": ["raw", "blosc", "blosczstd", "zlib", "gzip", "zstd", "lz4", "fortran", "big", "slash"],
		"v3.zarr": ["raw", "gzip", "zstd", "blosc", "crc", "big", "transpose", "transpose8", "sharded", "dots"],
		"tensorstore.zarr": ["raw", "zstd", "gzip", "bitshuffle", "transpose", "shardstart", "shardend"],
	};
	for (const [file, names] of Object.entries(arrays)) {
		for (const name of names) {
			it(`${file} ${name}: the whole, and a box across chunks`, async () => {
				expect(numbers(await load(fixture(file), name))).toEqual(expected(SHAPE));
				const part = await load(fixture(file), name, { start: [1, 2, 3], stop: [3, 5, 6] });
				const at = (z: number, y: number, x: number) => (7 * ((z * 6 + y) * 7 + x)) % 251;
				expect(numbers(part)).toEqual(
					[1, 2].flatMap((z) => [2, 3, 4].flatMap((y) => [3, 4, 5].map((x) => at(z, y, x)))),
				);
			});
		}
	}

	const types: Readonly<Record<string, DType>> = {
		bool: "uint8",
		int8: "int8",
		uint8: "uint8",
		int16: "int16",
		int32: "int32",
		uint32: "uint32",
		int64: "int64",
		uint64: "uint64",
		float16: "float16",
		float32: "float32",
		float64: "float64",
	};
	for (const [name, dtype] of Object.entries(types)) {
		it(`type ${name}`, async () => {
			const array = await load(fixture("v3.zarr"), `types/${name}`);
			expect(array.dtype).toBe(dtype);
			const found = dtype === "float16" ? numbers(array).map(fromHalf) : numbers(array);
			const wrap = (v: number) => (name === "bool" ? Number(v > 100) : name === "int8" ? (v << 24) >> 24 : v);
			expect(found).toEqual(expected([3, 4, 5], (n) => wrap((7 * n) % 251)));
		});
	}

	it("missing chunks hold the fill value, exactly", async () => {
		const fill = async (name: string) =>
			(await load(fixture("v3.zarr"), `fill/${name}`, { start: [1, 0], stop: [3, 1] })).data;
		expect(await fill("uint64")).toEqual(new BigUint64Array([0n, 2n ** 64n - 1n]));
		expect(await fill("int64")).toEqual(new BigInt64Array([0n, -(2n ** 53n) - 1n]));
		expect(await fill("float32")).toEqual(new Float32Array([0, Number.NaN]));
		expect(await fill("float16")).toEqual(new Uint16Array([0, 0x7c00]));
		expect(await fill("float64")).toEqual(new Float64Array([0, Number.NEGATIVE_INFINITY]));
		expect(await fill("bool")).toEqual(new Uint8Array([0, 1]));
		expect(await fill("int16")).toEqual(new Int16Array([0, -7]));
	});

	it("tells axes, spacing and chunks", async () => {
		expect(await infoOf(fixture("root.zarr"))).toEqual({
			format: "zarr",
			path: fixture("root.zarr"),
			dtype: "uint8",
			shape: [3, 4, 5],
			axes: "zyx",
			spacing: [30, 6, 6.5],
			chunks: [2, 2, 5],
			compression: "zstd",
		});
		expect(await infoOf(fixture("v2.zarr"), "/xarray/")).toMatchObject({ axes: "yx", spacing: [40, 4, 4] });
		expect(await infoOf(fixture("v3.zarr"), "sharded")).toMatchObject({
			axes: "",
			chunks: [5, 4, 4],
			shards: [5, 8, 8],
		});
	});

	it("takes the only array of a group", async () => {
		expect(await infoOf(fixture("single.zarr"))).toMatchObject({ dataset: "deep/only one" });
		expect(numbers(await load(fixture("single.zarr")))).toEqual(expected([3, 4, 5]));
	});

	for (const file of ["ome04.zarr", "ome05.zarr"]) {
		it(`${file}: the finest level, its axes and voxel size; another one by name`, async () => {
			expect(await infoOf(fixture(file))).toMatchObject({ dataset: "0", axes: "czyx", spacing: [30, 8, 4] });
			expect(numbers(await load(fixture(file)))).toEqual(expected([2, 3, 4, 6]));
			expect(await infoOf(fixture(file), "1")).toMatchObject({ dataset: "1", axes: "czyx", spacing: [30, 16, 8] });
		});
	}
});

describe("zarr: what cannot be read is named", () => {
	const cases: readonly (readonly [string, string | undefined, RegExp])[] = [
		["v3.zarr", "odd/scalar", /"odd\/scalar": holds a single value/],
		["v3.zarr", "odd/empty", /"odd\/empty": is empty \(shape 0x3\)/],
		["v3.zarr", "odd/complex", /"odd\/complex": holds "complex64", not plain numbers/],
		["v3.zarr", "odd/text", /"odd\/text": holds \{"name":"fixed_length_utf32".*not plain numbers/],
		["v2.zarr", "bz2", /"bz2": is encoded with "bz2", which cannot be read; blosc, zstd/],
		["v2.zarr", undefined, /expected an array "main" or a single one, found/],
		["v3.zarr", "nope", /there is no array or group "nope"; found/],
		["root.zarr", "../v3.zarr/raw", /is no path inside this place/],
	];
	for (const [file, dataset, wanted] of cases) {
		it(`${file} ${dataset ?? "without a name"}`, async () => {
			const message = await messageOf(load(fixture(file), dataset));
			expect(message).toMatch(wanted);
			expect(message).toContain(fixture(file));
		});
	}
});

describe("zarr: folders", () => {
	let folder = "";
	let count = 0;
	const fresh = () => join(folder, `größe ${count++} a%20b#c?.zarr`);
	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), "nnvol zarr ü-"));
	});
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	const specOf = (array: NdArray, more: Partial<VolumeSpec> = {}): VolumeSpec => ({
		dtype: array.dtype,
		shape: array.shape,
		axes: "zyx",
		...more,
	});

	async function save(path: string, array: NdArray, more: Partial<VolumeSpec> = {}): Promise<void> {
		const writer = await zarr.create(path, specOf(array, more));
		await writer.write(
			array.shape.map(() => 0),
			array,
		);
		await writer.finish();
	}

	function copy(name: string): string {
		const path = fresh();
		cpSync(fixture(name), path, { recursive: true });
		return path;
	}

	it("spacing, axes, attributes and a named array in groups come back", async () => {
		const path = relative(process.cwd(), fresh());
		const array = noise("int16", [5, 6, 7], 1);
		await save(path, array, { dataset: "/a/b#%//c d/", spacing: [30, 4, 4.5], attributes: { title: "größe", n: 3 } });
		expect(await infoOf(path)).toMatchObject({ dataset: "a/b#%/c d", spacing: [30, 4, 4.5], axes: "zyx" });
		expectSame(await load(path, "a/b#%/c d"), array);
		const written: unknown = JSON.parse(readFileSync(join(path, "a/b#%/c d/zarr.json"), "utf8"));
		expect(written).toMatchObject({ attributes: { title: "größe", n: 3, spacing: [30, 4, 4.5] } });
	});

	it("many writes into one chunk at once lose nothing", async () => {
		const path = fresh();
		const array = noise("uint16", [40, 20, 10], 2);
		const writer = await zarr.create(path, specOf(array));
		const boxes = Array.from({ length: 40 }, (_, z): Box => ({ start: [z, 0, 0], stop: [z + 1, 20, 10] }));
		await Promise.all(boxes.map((box) => writer.write(box.start, cut(array, box))));
		await writer.finish();
		expectSame(await load(path), array);
	});

	it("regions that cut through several chunks", async () => {
		const path = fresh();
		const array = noise("uint8", [70, 130, 66], 3);
		const writer = await zarr.create(path, specOf(array));
		const boxes: Box[] = [];
		for (const z of [0, 40])
			for (const y of [0, 50, 100])
				boxes.push({ start: [z, y, 0], stop: [z === 0 ? 40 : 70, Math.min(y + 50, 130), 66] });
		await Promise.all(boxes.map((box) => writer.write(box.start, cut(array, box))));
		await writer.finish();
		expectSame(await load(path), array);
		expect(await infoOf(path)).toMatchObject({ chunks: [64, 64, 64] });
	});

	it("an array that was not finished cannot be opened; nothing partial is left once it is", async () => {
		const path = fresh();
		const array = noise("uint8", [3, 4, 5], 4);
		const writer = await zarr.create(path, specOf(array));
		await writer.write([0, 0, 0], array);
		await expectFault(zarr.open(path), path);
		await writer.finish();
		expect(readdirSync(path).sort()).toEqual(["c", "zarr.json"]);
		expect(readdirSync(join(path, "c/0/0"))).toEqual(["0"]);
		await expectFault(writer.write([0, 0, 0], array), path);
	});

	it("a folder that holds something is not written into, nor removed", async () => {
		const path = fresh();
		mkdirSync(path);
		writeFileSync(join(path, "mine.txt"), "mine");
		const array = noise("uint8", [3, 4, 5], 5);
		expect(await messageOf(save(path, array))).toContain("the folder exists and is not empty");
		expect(existsSync(join(path, "mine.txt"))).toBe(true);
		expect(await messageOf(save(fresh(), array, { dataset: "../x" }))).toContain('"../x" is no name');
	});

	it("all chunks are written, those of zeros too", async () => {
		const path = fresh();
		await save(path, { dtype: "uint8", shape: [1, 1, 130], data: new Uint8Array(130) });
		expect(readdirSync(join(path, "c/0/0")).sort()).toEqual(["0", "1", "2"]);
	});

	it("a damaged or truncated chunk is an error that names it, and the next read is not disturbed", async () => {
		for (const [file, names] of Object.entries({
			"v2.zarr": ["raw", "blosc", "blosczstd", "zlib", "gzip", "zstd", "lz4", "fortran"],
			"v3.zarr": ["raw", "gzip", "zstd", "blosc", "crc", "transpose", "sharded"],
		})) {
			for (const name of names) {
				const path = copy(file);
				const chunk = join(path, name, file === "v2.zarr" ? "0.1.1" : name === "sharded" ? "c/0/0/0" : "c/0/1/1");
				const bytes = readFileSync(chunk);
				for (const length of [0, 1, 7, 16, 20, bytes.length >> 1, bytes.length - 1]) {
					writeFileSync(chunk, bytes);
					truncateSync(chunk, Math.min(length, bytes.length - 1));
					const message = await messageOf(load(path, name));
					expect(message, `${file} ${name} cut to ${length}`).toMatch(/chunk \[0, \d, \d\] of "/);
					expect(message).toContain(path);
				}
				expect(numbers(await load(fixture(file), name))).toEqual(expected(SHAPE));
			}
		}
	});

	it("flipped bytes in a chunk give an error or voxels, nothing worse", async () => {
		const arrays = ["gzip", "zstd", "blosc", "sharded", "transpose"];
		const path = copy("v3.zarr");
		await fc.assert(
			fc.asyncProperty(
				fc.constantFrom(...arrays),
				fc.nat(10_000),
				fc.integer({ min: 1, max: 255 }),
				async (name, at, mask) => {
					const chunk = join(path, name, "c/0/0/0");
					const bytes = readFileSync(chunk);
					const damaged = Buffer.from(bytes);
					damaged[at % bytes.length] = (damaged[at % bytes.length] ?? 0) ^ mask;
					writeFileSync(chunk, damaged);
					const result = await load(path, name).catch((error: unknown) => error);
					writeFileSync(chunk, bytes);
					if (result instanceof Error) expect(isNnvolError(result, "VOLUME") ? "VOLUME" : result).toBe("VOLUME");
					expect(numbers(await load(path, name))).toEqual(expected(SHAPE));
				},
			),
			{ numRuns: 150 },
		);
	});

	const documents: readonly (readonly [string, string, RegExp])[] = [
		["", "nothing", /zarr\.json is not JSON \(it is empty\)/],
		["{", "half a document", /zarr\.json is not JSON \(it is damaged\)/],
		["[1]", "a list", /node_type undefined/],
		["null", "null", /zarr\.json holds no object/],
		['{"node_type":"array"}', "no more than a type", /zarr\.json is not valid at zarr_format/],
	];
	for (const [text, what, wanted] of documents) {
		it(`metadata that is ${what}`, async () => {
			const path = copy("root.zarr");
			writeFileSync(join(path, "zarr.json"), text);
			const message = await messageOf(zarr.open(path));
			expect(message).toMatch(wanted);
			expect(message).toContain(path);
		});
	}

	const edits: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
		["unknown codec", { codecs: [{ name: "bytes" }, { name: "jpegxl" }] }, /encoded with "jpegxl"/],
		["irregular grid", { chunk_grid: { name: "rectangular", configuration: {} } }, /chunk grid "rectangular"/],
		[
			"chunks of another rank",
			{ chunk_grid: { name: "regular", configuration: { chunk_shape: [2, 2] } } },
			/chunks 2x2/,
		],
		[
			"chunks of zero",
			{ chunk_grid: { name: "regular", configuration: { chunk_shape: [2, 0, 2] } } },
			/not valid at 1/,
		],
		["huge chunks", { chunk_grid: { name: "regular", configuration: { chunk_shape: [9e3, 9e3, 9e3] } } }, /over 1 GiB/],
		["a negative extent", { shape: [3, -4, 5] }, /not valid at shape\.1/],
		["a fill value that is none", { fill_value: "red" }, /fill_value "red" is no uint8/],
	];
	for (const [what, edit, wanted] of edits) {
		it(`metadata with ${what}`, async () => {
			const path = copy("root.zarr");
			const file = join(path, "zarr.json");
			const document: object = JSON.parse(readFileSync(file, "utf8"));
			writeFileSync(file, JSON.stringify({ ...document, ...edit }));
			expect(await messageOf(load(path))).toMatch(wanted);
		});
	}

	it("a folder that is no Zarr, and a file", async () => {
		const path = fresh();
		mkdirSync(path);
		expect(await messageOf(zarr.open(path))).toContain("is no Zarr");
		writeFileSync(join(path, "x"), "");
		expect(await messageOf(zarr.open(join(path, "x")))).toContain("expected a Zarr folder, found a file");
	});
});

describe("chunking", () => {
	it("is about a mebibyte or less, cubes in space, one along the rest", () => {
		expect(chunkShapeOf([1000, 1000, 1000], "uint8")).toEqual([64, 64, 64]);
		expect(chunkShapeOf([1000, 1000, 1000], "float64")).toEqual([32, 64, 64]);
		expect(chunkShapeOf([2, 1000, 1000, 1000], "float32")).toEqual([1, 64, 64, 64]);
		expect(chunkShapeOf([2, 3, 1000, 1000, 40], "uint8")).toEqual([1, 1, 64, 64, 40]);
		expect(chunkShapeOf([1000, 300], "uint16")).toEqual([512, 300]);
		expect(chunkShapeOf([1000, 1000], "uint64")).toEqual([256, 512]);
		expect(chunkShapeOf([5e6], "float64")).toEqual([131_072]);
	});
});
