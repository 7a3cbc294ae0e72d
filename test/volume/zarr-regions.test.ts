/**
 * Zarr written region by region: any order, any number of writers, again after a crash, and never over something else.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesOf, cut, type NdArray } from "../../src/core/array.ts";
import { type Box, wholeBox } from "../../src/core/box.ts";
import { isNnvolError } from "../../src/core/errors.ts";
import type { Shape } from "../../src/core/shape.ts";
import { chunksOver } from "../../src/volume/chunked/chunk-grid.ts";
import type { Compression, Layout, RegionWriter, VolumeSpec } from "../../src/volume/volume.ts";
import { zarr } from "../../src/volume/zarr/zarr.ts";
import { expectFault, expectSame, noise } from "./conformance.ts";

let folder = "";
let count = 0;
const fresh = () => join(folder, `${count++}.zarr`);

beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "nnvol-zarr-regions-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function openRegions(path: string, spec: VolumeSpec): Promise<RegionWriter> {
	if (zarr.openRegions === undefined) throw new Error("zarr has no regions");
	return zarr.openRegions(path, spec);
}

async function load(path: string, dataset?: string): Promise<NdArray> {
	const reader = await zarr.open(path, dataset === undefined ? {} : { dataset });
	try {
		return await reader.read(wholeBox(reader.info.shape));
	} finally {
		await reader.close();
	}
}

async function messageOf(work: Promise<unknown>): Promise<string> {
	const error: unknown = await work.then(
		() => undefined,
		(e: unknown) => e,
	);
	return isNnvolError(error, "VOLUME") ? error.message : `not a VOLUME error: ${String(error)}`;
}

/** Every unit of an array, cut at its end. */
function regionsOf(shape: Shape, unit: Shape): Box[] {
	return [...chunksOver(wholeBox(shape), unit)].map((at) => {
		const start = at.map((n, axis) => n * (unit[axis] ?? 1));
		return { start, stop: start.map((s, axis) => Math.min(s + (unit[axis] ?? 1), shape[axis] ?? 0)) };
	});
}

const compressions = ["none", "gzip", "zstd", "blosc", "lz4"] as const;

/** Random shapes, chunks and shards of any rank. */
const cases = fc.integer({ min: 1, max: 4 }).chain((rank) =>
	fc.record({
		shape: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: rank, maxLength: rank }),
		chunks: fc.array(fc.integer({ min: 2, max: 6 }), { minLength: rank, maxLength: rank }),
		factors: fc.option(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: rank, maxLength: rank })),
		compression: fc.constantFrom(...compressions),
		dtype: fc.constantFrom(...zarr.writes),
		seed: fc.nat(),
		zeros: fc.boolean(),
	}),
);

type Case = { readonly chunks: number[]; readonly factors: number[] | null; readonly compression: Compression };

function layoutOfCase({ chunks, factors, compression }: Case): Layout {
	const shards = factors?.map((factor, axis) => factor * (chunks[axis] ?? 1));
	return { chunks, compression, ...(shards === undefined ? {} : { shards }) };
}

describe("zarr regions", () => {
	for (const zarrFormat of [3, 2] as const) {
		it(`version ${zarrFormat}: units in any order, twice, by two writers, give the array`, async () => {
			await fc.assert(
				fc.asyncProperty(cases, fc.infiniteStream(fc.nat()), async (each, order) => {
					const { dtype, shape } = each;
					const layout = { ...layoutOfCase(zarrFormat === 2 ? { ...each, factors: null } : each), zarrFormat };
					const spec: VolumeSpec = { dtype, shape, axes: "", layout };
					const array = noise(dtype, shape, each.seed);
					if (each.zeros) bytesOf(array).fill(0, bytesOf(array).length >> 1);
					const path = fresh();
					const writers = [await openRegions(path, spec), await openRegions(path, spec)];
					const [first] = writers;
					const regions = regionsOf(shape, first?.unit ?? []);
					const keyed = [...regions, ...regions.slice(0, 2)].map((box) => ({ box, key: order.next().value ?? 0 }));
					const sorted = keyed.sort((a, b) => a.key - b.key);
					await Promise.all(sorted.map(({ box }, n) => writers[n % 2]?.write(box.start, cut(array, box))));
					expectSame(await load(path), array);
					for (const writer of writers) {
						await writer.finish();
						await writer.close();
					}
					expectSame(await load(path), array);
				}),
				{ numRuns: 40 },
			);
		});
	}

	it("one write of many units at once", async () => {
		const path = fresh();
		const array = noise("uint16", [9, 20, 33], 1);
		const writer = await openRegions(path, {
			dtype: "uint16",
			shape: array.shape,
			axes: "zyx",
			layout: { chunks: [4, 4, 8], shards: [4, 8, 16] },
		});
		expect(writer.unit).toEqual([4, 8, 16]);
		expect(writer.info).toMatchObject({ chunks: [4, 4, 8], shards: [4, 8, 16], compression: "gzip", axes: "zyx" });
		await writer.write([0, 0, 0], array);
		await writer.close();
		expectSame(await load(path), array);
	});

	it("what was never written reads as zeros, and its unit is missing; a unit of zeros is there", async () => {
		const path = fresh();
		const writer = await openRegions(path, {
			dtype: "uint8",
			shape: [4, 4],
			axes: "yx",
			layout: { chunks: [2, 2], compression: "none" },
		});
		await writer.write([0, 2], { dtype: "uint8", shape: [2, 2], data: new Uint8Array(4) });
		await writer.close();
		expect([...(await load(path)).data]).toEqual(new Array(16).fill(0));
		expect(readdirSync(join(path, "c"))).toEqual(["0"]);
		expect([...readFileSync(join(path, "c/0/1"))]).toEqual([0, 0, 0, 0]);
	});

	it("opens what is there, in a group too, and says what differs where it is another", async () => {
		const path = fresh();
		const layout: Layout = { chunks: [2, 2], shards: [4, 4], compression: "zstd" };
		const spec: VolumeSpec = { dtype: "uint8", shape: [8, 8], axes: "yx", dataset: "a/b", layout };
		const array = noise("uint8", [8, 8], 3);
		const writer = await openRegions(path, spec);
		await writer.write([0, 0], array);
		await writer.close();
		await (await openRegions(path, spec)).close();
		expectSame(await load(path, "a/b"), array);
		const others: readonly (readonly [Partial<VolumeSpec>, RegExp])[] = [
			[{ shape: [8, 9] }, /its shape is \[8,8\], expected \[8,9\]/],
			[{ dtype: "uint16" }, /its data_type is "uint8", expected "uint16"/],
			[
				{ layout: { ...layout, chunks: [4, 4] } },
				/its codecs is .*"chunk_shape":\[2,2\].*expected .*"chunk_shape":\[4,4\]/,
			],
			[{ layout: { ...layout, compression: "none" } }, /its codecs is /],
			[{ layout: { ...layout, shards: [8, 4] } }, /its chunk_grid is /],
			[{ layout: { chunks: [2, 2], zarrFormat: 2 } }, /a group of Zarr version 3 is there/],
			[{ dataset: "a" }, /a group is there, expected an array/],
			[{ dataset: "a/b/c" }, /an array is there, expected a group/],
		];
		for (const [change, wanted] of others) {
			const message = await messageOf(openRegions(path, { ...spec, ...change }));
			expect(message).toMatch(wanted);
			expect(message).toContain(path);
		}
		expectSame(await load(path, "a/b"), array);
	});

	it("does not write into a folder that holds something else", async () => {
		const path = fresh();
		mkdirSync(path);
		writeFileSync(join(path, "mine.txt"), "mine");
		const spec: VolumeSpec = { dtype: "uint8", shape: [8, 8], axes: "yx" };
		expect(await messageOf(openRegions(path, spec))).toMatch(/not empty \(it has "mine.txt"\)/);
		expect(readdirSync(path)).toEqual(["mine.txt"]);
	});

	it("refuses regions that are no whole units, layouts that are none, and writes after close", async () => {
		const path = fresh();
		const spec: VolumeSpec = { dtype: "uint8", shape: [8, 9], axes: "yx", layout: { chunks: [4, 4] } };
		const writer = await openRegions(path, spec);
		await expectFault(writer.write([0, 0], noise("uint8", [4, 5], 1)), path);
		await expectFault(writer.write([2, 0], noise("uint8", [4, 4], 1)), path);
		await expectFault(writer.write([0, 0], noise("int8", [4, 4], 1)), path);
		await expectFault(writer.write([4, 4], noise("uint8", [8, 5], 1)), path);
		await writer.write([4, 4], noise("uint8", [4, 5], 1));
		await writer.close();
		await expectFault(writer.write([0, 0], noise("uint8", [4, 4], 1)), path);
		for (const layout of [
			{ chunks: [4] },
			{ chunks: [4, 0] },
			{ chunks: [4, 4], shards: [6, 8] },
			{ chunks: [4, 4], shards: [8, 8], zarrFormat: 2 } as const,
		]) {
			await expectFault(openRegions(fresh(), { ...spec, layout }), folder);
		}
		expect(await messageOf(openRegions(fresh(), { ...spec, dataset: "../x" }))).toContain('"../x" is no name');
	});
});
