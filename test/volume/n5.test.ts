/**
 * N5: the conformance suite, laws of its blocks, what tensorstore wrote, and damaged containers.
 *
 * @module
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cut, type NdArray, zeros } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import type { DType } from "../../src/core/dtype.ts";
import { boxesOf } from "../../src/volume/convert/boxes.ts";
import { packLz4Blocks, unpackLz4Blocks } from "../../src/volume/n5/lz4-blocks.ts";
import { n5 } from "../../src/volume/n5/n5.ts";
import { xxHash32 } from "../../src/volume/n5/xxhash.ts";
import type { VolumeSpec } from "../../src/volume/volume.ts";
import { boxes, expectFault, expectSame, noise, testVolumeFormat } from "./conformance.ts";

testVolumeFormat(n5, { runs: 2 });

const fixture = (...names: string[]) => join(import.meta.dirname, "..", "fixtures", "n5", ...names);
const PACKINGS = fixture("packings.n5");
const SHAPE = [5, 6, 7];

/** What `make.py` puts into every array. */
function expected(dtype: DType, shape: readonly number[]): NdArray {
	const array = zeros(dtype, shape);
	const { data } = array;
	for (let n = 0; n < data.length; n++) {
		const value = (Math.floor(n / 3) * 7) % 251;
		if (data instanceof BigUint64Array || data instanceof BigInt64Array) data[n] = BigInt(value);
		else data[n] = value;
	}
	return array;
}

async function load(path: string, dataset?: string, box?: { start: readonly number[]; stop: readonly number[] }) {
	const reader = await n5.open(path, dataset === undefined ? {} : { dataset });
	try {
		return await reader.read(box ?? wholeBox(reader.info.shape));
	} finally {
		await reader.close();
	}
}

async function infoOf(path: string, dataset?: string) {
	const reader = await n5.open(path, dataset === undefined ? {} : { dataset });
	await reader.close();
	return reader.info;
}

let folder = "";
let count = 0;
const fresh = () => join(folder, `v${count++}.n5`);
const put = (path: string, document: unknown) => {
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, typeof document === "string" ? document : JSON.stringify(document));
};
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "nnvol-n5-"));
});
afterAll(() => {
	rmSync(folder, { recursive: true, force: true });
});

describe("n5: what tensorstore wrote", () => {
	for (const name of ["raw", "gzip", "zlib", "zstd", "blosc"]) {
		it(`${name}: the whole, and a box across blocks`, async () => {
			const wanted = expected("uint16", SHAPE);
			expectSame(await load(PACKINGS, name), wanted);
			const box = { start: [1, 2, 3], stop: [4, 5, 6] };
			expectSame(await load(PACKINGS, name, box), cut(wanted, box));
			const compression = name === "raw" ? "none" : name;
			expect(await infoOf(PACKINGS, name)).toMatchObject({ dataset: name, chunks: [3, 4, 4], compression });
		});
	}
	for (const dtype of ["int8", "int32", "uint64", "float64"] as const) {
		it(`${dtype}, with axes, units and voxel size`, async () => {
			expectSame(await load(PACKINGS, `types/${dtype}`), expected(dtype, SHAPE));
			const info = await infoOf(PACKINGS, `types/${dtype}`);
			expect(info).toMatchObject({ axes: "zyx", spacing: [30, 5, 4], unit: "nanometer" });
		});
	}
	for (const name of ["bzip2", "xz"]) {
		it(`${name} is refused by name`, async () => {
			await expectFault(load(PACKINGS, name), PACKINGS, "UNBUILT");
			await expect(load(PACKINGS, name)).rejects.toThrow(name);
		});
	}

	it("a pyramid opens at its finest level, and tells the others", async () => {
		const path = fixture("pyramid.n5");
		expectSame(await load(path), expected("uint8", SHAPE));
		expectSame(await load(path, "em"), expected("uint8", SHAPE));
		expect((await load(path, "em/s1")).shape).toEqual([3, 3, 4]);
		expect(await infoOf(path)).toMatchObject({
			dataset: "em/s0",
			spacing: [2, 0.6, 0.5],
			unit: "micrometer",
			scales: [
				{ name: "em/s0", shape: SHAPE, spacing: [2, 0.6, 0.5] },
				{ name: "em/s1", shape: [3, 3, 4], spacing: [4, 1.2, 1] },
			],
		});
	});

	it("several arrays: the error lists them", async () => {
		await expect(load(PACKINGS)).rejects.toThrow(/"blosc", "bzip2", "gzip", "raw"/);
		await expect(load(PACKINGS, "nothing")).rejects.toThrow(/found no array/);
	});
});

describe("n5: regions", () => {
	const cases = fc
		.tuple(
			fc.constantFrom(...n5.writes),
			fc.integer({ min: 1, max: 4 }),
			fc.constantFrom("none", "gzip", "zstd", "blosc", "lz4"),
			fc.constantFrom("", "main", "a/b"),
		)
		.chain(([dtype, rank, compression, dataset]) => {
			const extents = (max: number) => fc.array(fc.integer({ min: 1, max }), { minLength: rank, maxLength: rank });
			return fc.tuple(extents(9), extents(5)).chain(([shape, chunks]) =>
				fc.record({
					spec: fc.constant<VolumeSpec>({
						dtype,
						shape,
						axes: "",
						layout: { chunks, compression },
						...(dataset === "" ? {} : { dataset }),
					}),
					box: boxes(shape),
					order: fc.array(fc.nat(), { minLength: 64, maxLength: 64 }),
					seed: fc.nat(),
				}),
			);
		});

	it("in any order, by writers that come and go: what is written is what is read", async () => {
		await fc.assert(
			fc.asyncProperty(cases, async ({ spec, box, order, seed }) => {
				const path = fresh();
				const array = noise(spec.dtype, spec.shape, seed);
				let writer = await n5.openRegions?.(path, spec);
				const regions = [...boxesOf(spec.shape, writer?.unit ?? spec.shape)]
					.map((region, i) => ({ region, key: order[i % order.length] ?? 0 }))
					.sort((a, b) => a.key - b.key);
				for (const { region, key } of regions) {
					if (key % 3 === 0) {
						await writer?.close();
						writer = await n5.openRegions?.(path, spec);
					}
					await writer?.write(region.start, cut(array, region));
				}
				await writer?.finish();
				await writer?.close();
				expectSame(await load(path), array);
				expectSame(await load(path, spec.dataset, box), cut(array, box));
				rmSync(path, { recursive: true });
			}),
			{ numRuns: 30 },
		);
	});

	it("axes, voxel size, unit and attributes come back", async () => {
		const path = fresh();
		const spec: VolumeSpec = {
			dtype: "uint8",
			shape: [2, 3, 4, 5],
			axes: "czyx",
			spacing: [30, 5, 4],
			unit: "nanometer",
			attributes: { model: "m" },
		};
		await (await n5.create(path, spec)).finish();
		expect(await infoOf(path)).toMatchObject({ axes: "czyx", spacing: [30, 5, 4], unit: "nanometer" });
		expect(JSON.parse(readFileSync(join(path, "attributes.json"), "utf8"))).toMatchObject({
			n5: "2.0.0",
			dimensions: [5, 4, 3, 2],
			pixelResolution: [4, 5, 30, 1],
			axes: ["x", "y", "z", "c"],
			units: ["nm", "nm", "nm", ""],
			model: "m",
		});
		expectSame(await load(path), zeros("uint8", [2, 3, 4, 5]));
	});

	it("other layouts and other things in the folder are refused; a second array is let in", async () => {
		const path = fresh();
		const spec: VolumeSpec = { dtype: "uint8", shape: [8, 8], axes: "yx", dataset: "a" };
		await (await n5.openRegions?.(path, spec))?.close();
		const open = async (other: Partial<VolumeSpec>) => n5.openRegions?.(path, { ...spec, ...other });
		await expectFault(open({ shape: [8, 9] }), path);
		await expectFault(open({ dtype: "int8" }), path);
		await expectFault(open({ layout: { compression: "none" } }), path);
		await expectFault(open({ layout: { shards: [8, 8] } }), path);
		await expectFault(open({ layout: { compression: "compressed_segmentation" } }), path);
		await expectFault(open({ dataset: "../b" }), path);
		await (await open({ dataset: "b" }))?.close();
		await expect(load(path)).rejects.toThrow(/"a", "b"/);
		const foreign = join(folder, "foreign");
		put(join(foreign, "a.txt"), "x");
		await expectFault(n5.openRegions?.(foreign, spec) ?? Promise.resolve(), foreign);
	});
});

describe("n5: voxel sizes of other dialects", () => {
	const base = { dimensions: [4, 5, 6], blockSize: [4, 4, 4], dataType: "uint8", compression: { type: "raw" } };
	const dialects: readonly (readonly [string, object, object])[] = [
		["n5-viewer", { pixelResolution: [4, 5, 30], downsamplingFactors: [2, 2, 1] }, { spacing: [30, 10, 8] }],
		["Paintera", { resolution: [4, 5, 30], downsamplingFactors: [2, 2, 1] }, { spacing: [30, 5, 4] }],
		[
			"COSEM",
			{ transform: { axes: ["z", "y", "x"], scale: [30, 5, 4], units: ["nm", "nm", "nm"], translate: [0, 0, 0] } },
			{ axes: "zyx", spacing: [30, 5, 4], unit: "nanometer" },
		],
		["turned axes", { axes: ["z", "y", "x"], resolution: [30, 5, 4] }, { axes: "xyz", spacing: [30, 5, 4] }],
		["nonsense", { axes: ["x", "x", "t"], resolution: [-1, "a"] }, { axes: "" }],
	];
	for (const [name, attributes, wanted] of dialects) {
		it(name, async () => {
			const path = fresh();
			put(join(path, "attributes.json"), { ...base, ...attributes });
			const info = await infoOf(path);
			expect(info).toMatchObject(wanted);
			expect("spacing" in info).toBe("spacing" in wanted);
		});
	}
});

describe("n5: lz4 as lz4-java streams it", () => {
	it("xxHash of the reference program", () => {
		// xxhash.xxh32(bytes, seed=0x9747b28c).intdigest()
		const bytes = Uint8Array.from({ length: 101 }, (_, n) => n);
		for (const [length, hash] of XXHASHES) expect(xxHash32(bytes.subarray(0, length), 0x9747b28c)).toBe(hash);
	});

	it("reads what Python's lz4 and xxhash put together: blocks that gain nothing, and one that does", () => {
		const wanted = [
			...Array.from({ length: 300 }, (_, n) => (Math.floor(n / 3) * 7) % 251),
			...Array.from({ length: 150 }, () => 7),
			...Array.from({ length: 50 }, (_, n) => n),
		];
		expect([...unpackLz4Blocks(Buffer.from(LZ4_STREAM, "base64"), wanted.length)]).toEqual(wanted);
	});

	it("comes back as it went; cut or damaged it is an error or, where the rest is not read, the same", () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(200), fc.nat(), fc.nat(), (some, times, at, mask) => {
				const bytes = new Uint8Array(Buffer.concat(Array.from({ length: times + 1 }, () => some)));
				const packed = packLz4Blocks(bytes);
				expect(Buffer.compare(unpackLz4Blocks(packed, bytes.length), bytes)).toBe(0);
				const bad = packed.slice();
				bad[at % bad.length] = (bad[at % bad.length] ?? 0) ^ (mask % 256);
				for (const damaged of [bad, packed.subarray(0, at % packed.length)]) {
					let found: Uint8Array | undefined;
					try {
						found = unpackLz4Blocks(damaged, bytes.length);
					} catch (error) {
						expect(error).toBeInstanceOf(RangeError);
					}
					if (found !== undefined) expect(found.length).toBe(bytes.length);
				}
			}),
		);
	});
});

const LZ4_STREAM =
	"TFo0QmxvY2sQyAAAAMgAAAAIaSUKAAAABwcHDg4OFRUVHBwcIyMjKioqMTExODg4Pz8/RkZGTU1NVFRUW1tbYmJiaWlpcHBwd3d3fn5+hYWFjIyMk5OTmpqaoaGhqKior6+vtra2vb29xMTEy8vL0tLS2dnZ4ODg5+fn7u7u9fX1AQEBCAgIDw8PFhYWHR0dJCQkKysrMjIyOTk5QEBAR0dHTk5OVVVVXFxcY2NjampqcXFxeHh4f39/hoaGjY2NlJSUm5uboqKiqampsLCwt7e3vr6+xcXFzMzM09NMWjRCbG9jaxBkAAAAZAAAABN0UgrT2tra4eHh6Ojo7+/v9vb2AgICCQkJEBAQFxcXHh4eJSUlLCwsMzMzOjo6QUFBSEhIT09PVlZWXV1dZGRka2trcnJyeXl5gICAh4eHjo6OlZWVnJyco6OjqqqqsbGxuLi4v7+/TFo0QmxvY2sgOQAAAMgAAAB/7dILHwcBAILwIwABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLzAxTFo0QmxvY2sQAAAAAAAAAAAAAAAA";

const XXHASHES: readonly (readonly [number, number])[] = [
	[0, 0x8d3b42d8],
	[1, 0xba2acfb9],
	[3, 0x5092887c],
	[4, 0x4ae2d183],
	[5, 0x6e069296],
	[15, 0xf7904b87],
	[16, 0x91507297],
	[17, 0x568606e1],
	[31, 0x4cd00cd0],
	[64, 0x7dca2bf8],
	[101, 0xca49c2ce],
];

describe("n5: damaged containers", () => {
	for (const name of ["raw", "gzip", "zlib", "zstd", "blosc"]) {
		it(`${name}: a block cut anywhere is an error that names it`, async () => {
			const path = fresh();
			cpSync(PACKINGS, path, { recursive: true });
			const key = join(path, name, "1", "0", "0");
			const bytes = readFileSync(key);
			for (const length of [0, 3, 15, 16, 20, bytes.length - 1]) {
				truncateSync(key, length);
				const error: unknown = await load(path, name).catch((e: unknown) => e);
				expect(error).toMatchObject({ code: "VOLUME" });
				expect(String(error)).toContain(`${name}/1/0/0`);
				writeFileSync(key, bytes);
			}
		});
		it(`${name}: a flipped byte gives an error or voxels, nothing worse`, async () => {
			const path = fresh();
			cpSync(PACKINGS, path, { recursive: true });
			const key = join(path, name, "0", "0", "0");
			const bytes = readFileSync(key);
			await fc.assert(
				fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
					const bad = Buffer.from(bytes);
					bad[at] = (bad[at] ?? 0) ^ mask;
					writeFileSync(key, bad);
					const found = await load(path, name).catch((error: unknown) => error);
					if (found instanceof Error) expect(found).toMatchObject({ code: "VOLUME" });
				}),
				{ numRuns: 20 },
			);
		});
	}

	it("attributes that describe no array that can be read", async () => {
		const good = { dimensions: [4, 5], blockSize: [4, 4], dataType: "uint8", compression: { type: "raw" } };
		const bad: readonly unknown[] = [
			"",
			"{",
			"[]",
			{},
			{ ...good, dimensions: [4, 0] },
			{ ...good, dimensions: [] },
			{ ...good, dimensions: [4, 1e300] },
			{ ...good, blockSize: [4] },
			{ ...good, blockSize: [1 << 20, 1 << 20] },
			{ ...good, blockSize: [0, 4] },
			{ ...good, dataType: "string" },
			{ ...good, compression: "gzip" },
		];
		for (const document of bad) {
			const path = fresh();
			put(join(path, "attributes.json"), document);
			await expectFault(load(path), path);
		}
	});

	it("blocks whose header does not fit: other rank, larger than a block, lists of labels", async () => {
		const path = fresh();
		put(join(path, "attributes.json"), {
			dimensions: [4, 4],
			blockSize: [4, 4],
			dataType: "uint8",
			compressionType: "raw",
		});
		const header = (mode: number, ...extents: number[]) => {
			const bytes = Buffer.alloc(4 + 4 * extents.length);
			bytes.writeUInt16BE(mode, 0);
			bytes.writeUInt16BE(mode === 1 ? extents.length - 1 : extents.length, 2);
			for (const [i, extent] of extents.entries()) bytes.writeUInt32BE(extent, 4 + 4 * i);
			return Buffer.concat([bytes, Buffer.alloc(16, 9)]);
		};
		mkdirSync(join(path, "0"));
		const block = join(path, "0", "0");
		for (const bad of [
			header(0, 4),
			header(0, 4, 4, 1),
			header(0, 2 ** 31, 4),
			header(0, 0, 4),
			header(2, 4, 4),
			header(1, 4, 4, 17),
		]) {
			writeFileSync(block, bad);
			await expectFault(load(path), path);
		}
		writeFileSync(block, header(1, 4, 4, 16));
		expect(Array.from((await load(path)).data, Number)).toEqual(Array(16).fill(9));
	});
});
