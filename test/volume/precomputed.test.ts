/**
 * Precomputed: the conformance suite, laws of its layout, what cloud-volume and tensorstore wrote, and damaged volumes.
 *
 * @module
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesOf, cut, type NdArray, zeros } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import type { DType } from "../../src/core/dtype.ts";
import { boxesOf } from "../../src/volume/convert/boxes.ts";
import { defaultLayout } from "../../src/volume/default-layout.ts";
import { precomputed } from "../../src/volume/precomputed/precomputed.ts";
import { buildScales } from "../../src/volume/precomputed/scales.ts";
import type { Layout, VolumeSpec } from "../../src/volume/volume.ts";
import { boxes, expectFault, expectSame, noise, testVolumeFormat } from "./conformance.ts";

/** A single channel has no axis of its own in this format. */
const shapeOf = (rank: number) =>
	fc
		.array(fc.integer({ min: 1, max: 12 }), { minLength: rank, maxLength: rank })
		.map((shape) => (rank === 4 ? [1 + (shape[0] ?? 1), ...shape.slice(1)] : shape));

testVolumeFormat(precomputed, { runs: 3, shapeOf });

const fixture = (name: string) => join(import.meta.dirname, "..", "fixtures", "precomputed", name);
const SHAPE = [7, 6, 9];

/** What `make.py` puts into every volume. */
function expected(dtype: DType, shape: readonly number[]): NdArray {
	const array = zeros(dtype, shape);
	const { data } = array;
	for (let n = 0; n < data.length; n++) {
		const value = (Math.floor(n / 3) * 7) % 251;
		if (data instanceof BigUint64Array || data instanceof BigInt64Array) data[n] = BigInt(value) * (2n ** 33n + 1n);
		else data[n] = value;
	}
	return array;
}

async function load(path: string, dataset?: string, box?: { start: readonly number[]; stop: readonly number[] }) {
	const reader = await precomputed.open(path, dataset === undefined ? {} : { dataset });
	try {
		return await reader.read(box ?? wholeBox(reader.info.shape));
	} finally {
		await reader.close();
	}
}

async function infoOf(path: string) {
	const reader = await precomputed.open(path);
	await reader.close();
	return reader.info;
}

let folder = "";
let count = 0;
const fresh = () => join(folder, `v${count++}.precomputed`);
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "nnvol-precomputed-"));
});
afterAll(() => {
	rmSync(folder, { recursive: true, force: true });
});

describe("precomputed: what cloud-volume and tensorstore wrote", () => {
	const volumes: readonly (readonly [string, DType, readonly number[], string])[] = [
		["cv-gzip", "uint16", SHAPE, "none"],
		["cv-brotli", "uint16", SHAPE, "none"],
		["cv-seg", "uint32", SHAPE, "compressed_segmentation"],
		["ts-channels", "float32", [3, ...SHAPE], "none"],
		["ts-seg", "uint64", SHAPE, "compressed_segmentation"],
		["ts-shard", "uint16", SHAPE, "gzip"],
		["ts-murmur", "uint16", SHAPE, "none"],
		["ts-png", "uint8", SHAPE, "png"],
	];
	for (const [name, dtype, shape, compression] of volumes) {
		it(`${name}: the whole, and a box across chunks`, async () => {
			const wanted = expected(dtype, shape);
			expectSame(await load(fixture(name)), wanted);
			const lead = shape.slice(0, -3);
			const box = { start: [...lead.map(() => 1), 2, 1, 3], stop: [...lead, 7, 6, 5] };
			expectSame(await load(fixture(name), undefined, box), cut(wanted, box));
			expect(await infoOf(fixture(name))).toMatchObject({
				format: "precomputed",
				dataset: "4_5_30",
				axes: shape.length === 3 ? "zyx" : "czyx",
				spacing: [30, 5, 4],
				unit: "nanometer",
				chunks: [...lead, 3, 4, 4],
				compression,
			});
		});
	}

	it("ts-jpeg: what tensorstore reads of it", async () => {
		const found = await load(fixture("ts-jpeg"));
		expect(found.shape).toEqual([3, ...SHAPE]);
		expect(Buffer.compare(bytesOf(found), readFileSync(fixture("jpeg.values")))).toBe(0);
	});

	it("shards that are boxes are told, those of a hash are not", async () => {
		expect((await infoOf(fixture("ts-shard"))).shards).toEqual([3, 8, 8]);
		expect((await infoOf(fixture("ts-murmur"))).shards).toBeUndefined();
	});
});

/** Extents of chunks, and of shards as the format can have them: by cubes of chunks, or all of them. */
const layouts = (dtype: DType): fc.Arbitrary<(shape: readonly number[]) => Layout> => {
	const labels = dtype === "uint32" || dtype === "uint64";
	const chunk = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 1, max: 5 })));
	return fc
		.tuple(
			chunk,
			fc.constantFrom("chunk", "two", "all", "one"),
			fc.constantFrom("none", "gzip", ...(labels ? (["compressed_segmentation"] as const) : [])),
		)
		.map(([extents, kind, packing]) => (shape) => {
			const lead = shape.slice(0, -3);
			const chunks = [...lead, ...extents];
			if (kind === "chunk") return { chunks, compression: packing === "gzip" ? "none" : packing };
			const factor = kind === "one" ? 1 : kind === "two" ? 2 : 16;
			return { chunks, shards: [...lead, ...extents.map((n) => n * factor)], compression: packing };
		});
};

describe("precomputed: regions", () => {
	const cases = fc.constantFrom<DType>("uint8", "uint16", "uint32", "uint64", "float32").chain((dtype) =>
		fc.tuple(fc.constantFrom(3, 4), layouts(dtype), fc.nat()).chain(([rank, layoutOf, seed]) =>
			shapeOf(rank).chain((shape) => {
				const layout = layoutOf(shape);
				return fc.record({
					spec: fc.constant<VolumeSpec>({ dtype, shape, axes: "", layout }),
					box: boxes(shape),
					order: fc.array(fc.nat(), { minLength: 64, maxLength: 64 }),
					seed: fc.constant(seed),
				});
			}),
		),
	);

	it("in any order, by writers that come and go, some of them twice: what is written is what is read", async () => {
		await fc.assert(
			fc.asyncProperty(cases, async ({ spec, box, order, seed }) => {
				const path = fresh();
				const array = labelsOf(spec, seed);
				let writer = await precomputed.openRegions?.(path, spec);
				const regions = writer === undefined ? [] : [...boxesOf(spec.shape, writer.unit)];
				const shuffled = regions
					.map((region, i) => ({ region, key: order[i % order.length] ?? 0 }))
					.sort((a, b) => a.key - b.key);
				for (const { region, key } of shuffled) {
					if (key % 3 === 0) {
						await writer?.close();
						writer = await precomputed.openRegions?.(path, spec);
					}
					if (key % 5 === 0) await writer?.write(region.start, cut(noiseLike(array), region));
					await writer?.write(region.start, cut(array, region));
				}
				await writer?.finish();
				await writer?.finish();
				await writer?.close();
				expectSame(await load(path), array);
				expectSame(await load(path, undefined, box), cut(array, box));
				rmSync(path, { recursive: true });
			}),
			{ numRuns: 25 },
		);
	});

	it("boxes of any cut through shards", async () => {
		const shape = [9, 10, 11];
		const spec: VolumeSpec = { dtype: "uint16", shape, axes: "zyx", layout: { chunks: [2, 3, 4], shards: [4, 6, 8] } };
		const array = noise("uint16", shape, 5);
		const path = fresh();
		const writer = await precomputed.create(path, spec);
		await Promise.all([...boxesOf(shape, [1, 10, 11])].map((box) => writer.write(box.start, cut(array, box))));
		await writer.finish();
		expectSame(await load(path), array);
		expect(await infoOf(path)).toMatchObject({ shards: [4, 6, 8], chunks: [2, 3, 4], compression: "gzip" });
	});

	it("what was not written reads as 0", async () => {
		for (const layout of [{ chunks: [4, 4, 4] }, { chunks: [2, 2, 2], shards: [4, 4, 4] }]) {
			const path = fresh();
			const spec: VolumeSpec = { dtype: "uint8", shape: [8, 8, 8], axes: "zyx", layout };
			const writer = await precomputed.openRegions?.(path, spec);
			await writer?.write([4, 0, 4], noise("uint8", [4, 4, 4], 3));
			await writer?.close();
			const wanted = zeros("uint8", [8, 8, 8]);
			const { copyBox } = await import("../../src/core/array.ts");
			copyBox(noise("uint8", [4, 4, 4], 3), wholeBox([4, 4, 4]), wanted, [4, 0, 4]);
			expectSame(await load(path), wanted);
		}
	});

	it("a single channel with an axis of its own is written without it", async () => {
		const path = fresh();
		const spec: VolumeSpec = { dtype: "uint8", shape: [1, 5, 6, 7], axes: "czyx", layout: { chunks: [1, 4, 4, 4] } };
		const array = noise("uint8", [1, 5, 6, 7], 3);
		const writer = await precomputed.openRegions?.(path, spec);
		expect(writer?.info.shape).toEqual([1, 5, 6, 7]);
		await writer?.write([0, 0, 0, 0], array);
		await writer?.close();
		expectSame(await load(path), { ...array, shape: [5, 6, 7] });
	});

	it("regions that are no whole units, other layouts, other things in the folder are refused", async () => {
		const path = fresh();
		const spec: VolumeSpec = { dtype: "uint8", shape: [8, 8, 8], axes: "zyx", layout: { chunks: [4, 4, 4] } };
		const writer = await precomputed.openRegions?.(path, spec);
		if (writer === undefined) throw new Error("no writer");
		await expectFault(writer.write([0, 0, 0], noise("uint8", [4, 4, 3], 1)), path);
		await expectFault(writer.write([0, 0, 2], noise("uint8", [4, 4, 4], 1)), path);
		await writer.close();
		await expectFault(writer.write([0, 0, 0], noise("uint8", [4, 4, 4], 1)), path);
		const open = async (other: Partial<VolumeSpec>) => precomputed.openRegions?.(path, { ...spec, ...other });
		await expectFault(open({ shape: [8, 8, 9] }), path);
		await expectFault(open({ dtype: "uint16" }), path);
		await expectFault(open({ layout: { chunks: [4, 4, 8] } }), path);
		await expectFault(open({ layout: { chunks: [4, 4, 4], shards: [8, 8, 8] } }), path);
		await expectFault(precomputed.create(path, spec), path);
		const foreign = join(folder, "foreign");
		mkdirSync(foreign);
		writeFileSync(join(foreign, "a.txt"), "x");
		await expectFault(precomputed.openRegions?.(foreign, spec) ?? Promise.resolve(), foreign);
	});

	it("a volume of many chunks has shards by default, and they are what openRegions writes", async () => {
		const shape = [3000, 4000, 5000];
		const layout = defaultLayout("precomputed", shape, "uint8");
		expect(layout).toEqual({ chunks: [64, 64, 64], shards: [128, 256, 256] });
		expect(defaultLayout("n5", shape, "uint8")).toEqual({ chunks: [64, 64, 64] });
		expect(defaultLayout("precomputed", [500, 500, 500], "uint8").shards).toBeUndefined();
		for (const given of [{}, { layout }]) {
			const writer = await precomputed.openRegions?.(fresh(), { dtype: "uint8", shape, axes: "zyx", ...given });
			expect(writer?.unit).toEqual([128, 256, 256]);
			await writer?.close();
		}
	});

	it("layouts that cannot be had are refused, shards with what can", async () => {
		const make = (layout: Layout, dtype: DType = "uint8") =>
			precomputed.create(fresh(), { dtype, shape: [64, 64, 64], axes: "zyx", layout });
		await expectFault(make({ compression: "gzip" }), folder);
		await expectFault(make({ compression: "zstd" }), folder);
		await expectFault(make({ compression: "compressed_segmentation" }), folder);
		await expectFault(make({ chunks: [8, 8] }), folder);
		await expectFault(make({ chunks: [8, 8, 8], shards: [8, 8, 12] }), folder);
		await expect(make({ chunks: [8, 8, 8], shards: [8, 32, 32] })).rejects.toThrow(/choose one of .*2x2x2/);
	});
});

/** Values of few kinds in runs for labels, noise for the rest. */
function labelsOf({ dtype, shape, layout }: VolumeSpec, seed: number): NdArray {
	const array = noise(dtype, shape, seed);
	if (layout?.compression !== "compressed_segmentation") return array;
	const { data } = array;
	for (let n = 0; n < data.length; n++) {
		const run = Math.floor(n / (1 + (seed % 7))) % (1 + (seed % 40));
		if (data instanceof BigUint64Array) data[n] = BigInt(run) * 0x1_0000_0001n + 2n ** 60n;
		else if (!(data instanceof BigInt64Array)) data[n] = run * 65_537;
	}
	return array;
}

function noiseLike(array: NdArray): NdArray {
	return noise(array.dtype, array.shape, 99);
}

describe("precomputed: scales", () => {
	/** The mean of the voxels that each coarse one covers, rounded half to even. */
	function meanOf(fine: NdArray, factors: readonly number[]): number[] {
		const [nz = 1, ny = 1, nx = 1] = fine.shape;
		const [fz = 1, fy = 1, fx = 1] = factors;
		const out: number[] = [];
		for (let z = 0; z < nz; z += fz)
			for (let y = 0; y < ny; y += fy)
				for (let x = 0; x < nx; x += fx) {
					const box = {
						start: [z, y, x],
						stop: [Math.min(z + fz, nz), Math.min(y + fy, ny), Math.min(x + fx, nx)],
					};
					const values = Array.from(cut(fine, box).data, Number);
					const mean = values.reduce((a, b) => a + b, 0) / values.length;
					const half = mean % 1 === 0.5;
					out.push(half ? 2 * Math.round(mean / 2) : Math.round(mean));
				}
		return out;
	}

	for (const [name, layout] of Object.entries({
		chunks: { chunks: [4, 4, 4] },
		shards: { chunks: [2, 2, 2], shards: [4, 4, 4] },
	} satisfies Record<string, Layout>)) {
		it(`images, ${name}: each the mean of the one before, z only where voxels are near cubes`, async () => {
			const path = fresh();
			const array = noise("uint8", [7, 21, 18], 4);
			const spec: VolumeSpec = { dtype: "uint8", shape: array.shape, axes: "zyx", spacing: [16, 4, 4], layout };
			const writer = await precomputed.create(path, spec);
			await writer.write([0, 0, 0], array);
			await writer.finish();
			const scales = await buildScales(path, { count: 3, kind: "image" });
			expect(scales).toEqual([
				{ name: "4_4_16", shape: [7, 21, 18], spacing: [16, 4, 4] },
				{ name: "8_8_16", shape: [7, 11, 9], spacing: [16, 8, 8] },
				{ name: "16_16_16", shape: [7, 6, 5], spacing: [16, 16, 16] },
				{ name: "32_32_32", shape: [4, 3, 3], spacing: [32, 32, 32] },
			]);
			let fine = array;
			for (const [n, factors] of [
				[1, 2, 2],
				[1, 2, 2],
				[2, 2, 2],
			].entries()) {
				const coarse = await load(path, scales[n + 1]?.name);
				expect(Array.from(coarse.data, Number)).toEqual(meanOf(fine, factors));
				fine = coarse;
			}
			expect((await infoOf(path)).scales).toEqual(scales);
		});
	}

	it("labels: the most frequent, of equally frequent the smallest; 64 bits are kept", async () => {
		const path = fresh();
		const spec: VolumeSpec = {
			dtype: "uint64",
			shape: [1, 2, 6],
			axes: "zyx",
			layout: { compression: "compressed_segmentation" },
		};
		const big = 2n ** 63n + 5n;
		const array: NdArray = {
			dtype: "uint64",
			shape: [1, 2, 6],
			data: BigUint64Array.from([big, big, 7n, 3n, 9n, 9n, 1n, 2n, 3n, 7n, 9n, 9n]),
		};
		const writer = await precomputed.create(path, spec);
		await writer.write([0, 0, 0], array);
		await writer.finish();
		await buildScales(path, { count: 1, kind: "segmentation" });
		expect((await load(path, "2_2_1")).data).toEqual(BigUint64Array.from([big, 3n, 9n]));
		expect(JSON.parse(readFileSync(join(path, "info"), "utf8"))).toMatchObject({ type: "segmentation" });
	});

	it("after a crash it goes on; named scales are left, unless they are to be made again", async () => {
		const path = fresh();
		const spec: VolumeSpec = { dtype: "uint8", shape: [8, 8, 8], axes: "zyx", layout: { chunks: [2, 2, 2] } };
		const writer = await precomputed.create(path, spec);
		await writer.write([0, 0, 0], noise("uint8", [8, 8, 8], 2));
		await writer.finish();
		const controller = new AbortController();
		const stop = buildScales(path, {
			count: 2,
			kind: "image",
			signal: controller.signal,
			onProgress: (_, done) => {
				if (done === 3) controller.abort();
			},
		});
		await expectFault(stop, path, "CANCELLED");
		expect((await infoOf(path)).scales).toHaveLength(1);
		expect(readdirSync(join(path, "2_2_2")).length).toBeGreaterThan(0);
		const whole = fresh();
		cpSync(path, whole, { recursive: true });
		rmSync(join(whole, "2_2_2"), { recursive: true });
		await buildScales(path, { count: 2, kind: "image" });
		await buildScales(whole, { count: 2, kind: "image" });
		for (const key of ["2_2_2", "4_4_4"]) expectSame(await load(path, key), await load(whole, key));
		rmSync(join(path, "2_2_2"), { recursive: true });
		await buildScales(path, { count: 2, kind: "image" });
		expect(existsSync(join(path, "2_2_2"))).toBe(false);
		await buildScales(path, { count: 2, kind: "image", again: true });
		expectSame(await load(path, "2_2_2"), await load(whole, "2_2_2"));
	});
});

describe("precomputed: damaged volumes", () => {
	const copy = (name: string) => {
		const path = fresh();
		cpSync(fixture(name), path, { recursive: true });
		return path;
	};
	const chunkOf = (path: string, n = 0) => {
		const names = readdirSync(join(path, "4_5_30")).sort();
		return join(path, "4_5_30", names[n] ?? "");
	};

	for (const name of [
		"cv-gzip",
		"cv-brotli",
		"cv-seg",
		"ts-seg",
		"ts-channels",
		"ts-shard",
		"ts-murmur",
		"ts-png",
		"ts-jpeg",
	]) {
		it(`${name}: a chunk cut anywhere is an error that names it, or voxels where the rest is not read`, async () => {
			const bytes = readFileSync(chunkOf(fixture(name)));
			await fc.assert(
				fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async (length) => {
					const path = copy(name);
					writeFileSync(chunkOf(path), bytes.subarray(0, length));
					const found = await load(path).catch((error: unknown) => error);
					if (found instanceof Error) {
						expect(found).toMatchObject({ code: "VOLUME" });
						expect(found.message).toMatch(/4_5_30/);
					} else expect(["ts-seg", "cv-seg", "ts-jpeg"]).toContain(name);
					rmSync(path, { recursive: true });
				}),
				{ numRuns: 6 },
			);
		});
		it(`${name}: a flipped byte gives an error or voxels, nothing worse`, async () => {
			const bytes = readFileSync(chunkOf(fixture(name)));
			const path = copy(name);
			await fc.assert(
				fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
					const bad = Buffer.from(bytes);
					bad[at] = (bad[at] ?? 0) ^ mask;
					writeFileSync(chunkOf(path), bad);
					const found = await load(path).catch((error: unknown) => error);
					if (found instanceof Error) expect(found).toMatchObject({ code: "VOLUME" });
				}),
				{ numRuns: 6 },
			);
		});
	}

	it("a gzip chunk that unpacks to more than it should is not unpacked", async () => {
		const path = copy("cv-gzip");
		const { gzipSync } = await import("node:zlib");
		writeFileSync(chunkOf(path), gzipSync(Buffer.alloc(1 << 24)));
		await expectFault(load(path), path);
	});

	it("infos that are none", async () => {
		const good = JSON.parse(readFileSync(join(fixture("ts-seg"), "info"), "utf8"));
		const [scale] = good.scales;
		const bad: readonly unknown[] = [
			"",
			"{",
			"[]",
			{ ...good, scales: [] },
			{ ...good, data_type: "complex64" },
			{ ...good, num_channels: 0 },
			{ ...good, num_channels: 1e9 },
			{ ...good, scales: [scale, scale] },
			{ ...good, scales: [{ ...scale, size: [1e300, 1, 1] }] },
			{ ...good, scales: [{ ...scale, size: [0, 1, 1] }] },
			{ ...good, scales: [{ ...scale, chunk_sizes: [[4096, 4096, 4096]] }] },
			{ ...good, scales: [{ ...scale, chunk_sizes: [] }] },
			{ ...good, scales: [{ ...scale, compressed_segmentation_block_size: undefined }] },
			{ ...good, scales: [{ ...scale, compressed_segmentation_block_size: [2 ** 20, 2 ** 20, 1] }] },
			{ ...good, data_type: "uint8" },
			{ ...good, scales: [{ ...scale, sharding: { "@type": "other" } }] },
			{ ...good, "@type": "neuroglancer_legacy_mesh" },
		];
		for (const document of bad) {
			const path = fresh();
			mkdirSync(path);
			writeFileSync(join(path, "info"), typeof document === "string" ? document : JSON.stringify(document));
			await expectFault(load(path), path);
		}
		const path = fresh();
		mkdirSync(path);
		writeFileSync(join(path, "info"), JSON.stringify({ ...good, scales: [{ ...scale, encoding: "fpzip" }] }));
		await expectFault(load(path), path, "UNBUILT");
		await expectFault(load(fixture("ts-seg"), "8_8_8"), "ts-seg");
	});

	it("a key that leads out of the folder", async () => {
		const good = JSON.parse(readFileSync(join(fixture("ts-seg"), "info"), "utf8"));
		const path = fresh();
		mkdirSync(path);
		const [scale] = good.scales;
		writeFileSync(join(path, "info"), JSON.stringify({ ...good, scales: [{ ...scale, key: "../../etc" }] }));
		await expectFault(load(path), path);
	});

	it("a volume of 2^50 voxels opens, and a box of it reads", async () => {
		const good = JSON.parse(readFileSync(join(fixture("ts-shard"), "info"), "utf8"));
		const [scale] = good.scales;
		const path = fresh();
		mkdirSync(path);
		const sharding = { ...scale.sharding, shard_bits: 40 };
		const size = [2 ** 18, 2 ** 16, 2 ** 16];
		writeFileSync(join(path, "info"), JSON.stringify({ ...good, scales: [{ ...scale, size, sharding }] }));
		const box = { start: [60_000, 60_000, 200_000], stop: [60_002, 60_003, 200_005] };
		expectSame(await load(path, undefined, box), zeros("uint16", [2, 3, 5]));
	});
});
