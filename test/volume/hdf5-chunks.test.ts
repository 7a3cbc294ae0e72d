/**
 * HDF5: thin boxes make whole rows of chunks, and the shape of chunks keeps such a row small.
 *
 * @module
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyBox, cut, type NdArray, zeros } from "../../src/core/array.ts";
import { type Box, wholeBox } from "../../src/core/box.ts";
import { DTYPES, type DType } from "../../src/core/dtype.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { ChunkCache } from "../../src/volume/hdf5/chunk-cache.ts";
import { ChunkRows } from "../../src/volume/hdf5/chunk-rows.ts";
import { hdf5Chunks, ROW_BYTES } from "../../src/volume/hdf5/layout.ts";
import type { VolumeInfo } from "../../src/volume/volume.ts";
import { boxes, expectSame, noise, partitions } from "./conformance.ts";

/** Sends `boxes` of `array` through; gives what came out and how often each chunk was touched. */
function pass(array: NdArray, chunks: readonly number[], most: number, boxes: readonly Box[]) {
	const result = zeros(array.dtype, array.shape);
	const voxels = zeros("uint8", array.shape);
	const touched = new Map<string, number>();
	const rows = new ChunkRows(array.shape, array.dtype, chunks, most, (box, part) => {
		copyBox(part, wholeBox(part.shape), result, box.start);
		const ones = zeros("uint8", part.shape);
		ones.data.fill(1);
		const seen = cut(voxels, box);
		for (let i = 0; i < seen.data.length; i++) seen.data[i] = (seen.data[i] ?? 0) + (ones.data[i] ?? 0);
		copyBox(seen, wholeBox(seen.shape), voxels, box.start);
		for (const key of chunksOf(box, chunks)) touched.set(key, (touched.get(key) ?? 0) + 1);
	});
	for (const box of boxes) rows.add(box.start, cut(array, box));
	rows.flush();
	return { result, touched, most: voxels.data.reduce((a, b) => Math.max(a, b), 0) };
}

function chunksOf(box: Box, chunks: readonly number[]): string[] {
	let keys: string[] = [""];
	for (const [axis, chunk] of chunks.entries()) {
		const first = Math.floor((box.start[axis] ?? 0) / chunk);
		const last = Math.ceil((box.stop[axis] ?? 0) / chunk);
		keys = keys.flatMap((key) => Array.from({ length: last - first }, (_, i) => `${key},${first + i}`));
	}
	return keys;
}

const shapes = fc.integer({ min: 1, max: 4 }).chain((rank) => {
	const list = (max: number) => fc.array(fc.integer({ min: 1, max }), { minLength: rank, maxLength: rank });
	return fc.record({ shape: list(9), chunks: list(5), most: fc.integer({ min: 0, max: 400 }) });
});

describe("hdf5: rows of chunks", () => {
	it("give every voxel once, for boxes in any order and any bound", () => {
		fc.assert(
			fc.property(
				shapes.chain((s) => partitions(s.shape).map((boxes) => ({ ...s, boxes }))),
				({ shape, chunks, most, boxes }) => {
					const array = noise("uint16", shape, 3);
					const passed = pass(array, chunks, most, boxes);
					expectSame(passed.result, array);
					expect(passed.most).toBe(1);
				},
			),
			{ numRuns: 300 },
		);
	});

	it("touch each chunk once for whole planes in order, however thin", () => {
		const cases = fc.record({
			shape: fc.tuple(fc.integer({ min: 1, max: 20 }), fc.nat(8), fc.nat(8)).map(([z, y, x]) => [z, y + 1, x + 1]),
			chunks: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 3, maxLength: 3 }),
			depth: fc.integer({ min: 1, max: 7 }),
		});
		fc.assert(
			fc.property(cases, ({ shape, chunks, depth }) => {
				const [z = 0, y = 0, x = 0] = shape;
				const array = noise("uint8", shape, 4);
				const boxes = Array.from({ length: Math.ceil(z / depth) }, (_, i) => ({
					start: [i * depth, 0, 0],
					stop: [Math.min(z, (i + 1) * depth), y, x],
				}));
				const { result, touched } = pass(array, chunks, 6 * y * x, boxes);
				expectSame(result, array);
				expect([...touched.values()].every((times) => times === 1)).toBe(true);
			}),
			{ numRuns: 200 },
		);
	});
});

describe("hdf5: chunks that are kept", () => {
	const infoOf = (shape: number[], chunks: number[], compression: string): VolumeInfo => ({
		format: "hdf5",
		path: "x.h5",
		dtype: "uint8",
		shape,
		axes: "",
		chunks,
		compression,
	});

	it("give the voxels of any boxes", () => {
		const cases = shapes.chain(({ shape, chunks }) =>
			fc.array(boxes(shape), { minLength: 1, maxLength: 8 }).map((wanted) => ({ shape, chunks, wanted })),
		);
		fc.assert(
			fc.property(cases, ({ shape, chunks, wanted }) => {
				const array = noise("uint8", shape, 5);
				const cache = new ChunkCache(infoOf(shape, chunks, "gzip"), (box) => cut(array, box));
				for (const box of wanted) expectSame(cache.read(box), cut(array, box));
			}),
			{ numRuns: 200 },
		);
	});

	it("unpack a chunk once where planes are read one by one, and copy nothing more where nothing is packed", () => {
		const array = noise("uint8", [20, 6, 6], 5);
		for (const [compression, wanted] of [
			[
				"gzip",
				[
					[0, 8],
					[8, 16],
					[16, 20],
				],
			],
			["none", Array.from({ length: 20 }, (_, z) => [z, z + 1])],
		] as const) {
			const asked: (readonly (number | undefined)[])[] = [];
			const cache = new ChunkCache(infoOf([20, 6, 6], [8, 4, 4], compression), (box) => {
				asked.push([box.start[0], box.stop[0]]);
				return cut(array, box);
			});
			for (let z = 0; z < 20; z++) cache.read({ start: [z, 0, 0], stop: [z + 1, 6, 6] });
			expect(asked).toEqual(wanted);
		}
	});

	it("are not kept where they are too large", () => {
		const asked: Box[] = [];
		const cache = new ChunkCache(infoOf([2000, 1000, 1000], [1000, 1000, 1000], "gzip"), (box) => {
			asked.push(box);
			return zeros("uint8", [1, 2, 2]);
		});
		const box = { start: [0, 0, 0], stop: [1, 2, 2] };
		cache.read(box);
		expect(asked).toEqual([box]);
	});
});

describe("hdf5: the shape of chunks", () => {
	it("keeps a row of them within the bound, and chunks of a useful size", () => {
		const extent = fc.integer({ min: 1, max: 60_000 });
		const types = fc.constantFrom<DType>("uint8", "uint16", "float32", "float64");
		fc.assert(
			fc.property(fc.tuple(extent, extent, extent), types, (shape, dtype) => {
				const chunks = hdf5Chunks({ shape, dtype });
				const width = DTYPES[dtype].bytes;
				const [depth = 0] = chunks;
				const plane = sizeOf(shape.slice(1)) * width;
				if (depth > 1) expect(depth * plane).toBeLessThanOrEqual(ROW_BYTES);
				expect(sizeOf(chunks) * width).toBeLessThanOrEqual(1 << 20);
				expect(chunks.every((chunk, axis) => chunk >= 1 && chunk <= (shape[axis] ?? 0))).toBe(true);
			}),
		);
		expect(hdf5Chunks({ shape: [500, 500, 500], dtype: "uint8" })).toEqual([64, 64, 64]);
		expect(hdf5Chunks({ shape: [1000, 4096, 4096], dtype: "uint8" })).toEqual([8, 128, 256]);
		expect(hdf5Chunks({ shape: [1000, 20_000, 20_000], dtype: "uint16" })).toEqual([1, 512, 512]);
		expect(hdf5Chunks({ shape: [4, 500, 500, 500], dtype: "float32" })).toEqual([1, 32, 64, 128]);
	});
});
