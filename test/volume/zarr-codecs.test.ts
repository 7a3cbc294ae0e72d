/**
 * The codecs of Zarr: what is packed is unpacked, against other implementations where there are any, and damage is told.
 *
 * @module
 */

import fc from "fast-check";
import { Blosc, LZ4, Zstd } from "numcodecs";
import { describe, expect, it } from "vitest";
import { cut, type NdArray } from "../../src/core/array.ts";
import { boxShape } from "../../src/core/box.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { layoutOf } from "../../src/volume/chunking.ts";
import { packBlosc, unpackBlosc } from "../../src/volume/zarr/blosc.ts";
import { copyVoxels, cutPadded, isZero } from "../../src/volume/zarr/copy.ts";
import { crc32c } from "../../src/volume/zarr/crc32c.ts";
import { packLz4, unpackLz4 } from "../../src/volume/zarr/lz4.ts";
import { packBytes, unpackBytes } from "../../src/volume/zarr/pack.ts";
import { shuffle, undelta, unshuffle } from "../../src/volume/zarr/shuffle.ts";
import { packZstd, unpackZstd } from "../../src/volume/zarr/zstd.ts";
import { boxes, expectSame, noise } from "./conformance.ts";

/** Bytes that repeat, bytes that do not, runs, and mixtures. */
const payloads = fc.oneof(
	fc.uint8Array({ maxLength: 400 }),
	fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 3000 })).map(([unit, times]) => {
		const bytes = new Uint8Array(unit.length * times);
		for (let i = 0; i < bytes.length; i++) bytes[i] = unit[i % unit.length] ?? 0;
		return bytes;
	}),
	fc
		.array(fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 700 })), { maxLength: 30 })
		.map((runs) => Uint8Array.from(runs.flatMap(([value, length]) => new Array<number>(length).fill(value)))),
);

const same = (a: Uint8Array, b: Uint8Array) => expect(Buffer.compare(a, b)).toBe(0);

describe("zarr codecs", () => {
	it("lz4: read by numcodecs, and numcodecs' read here", async () => {
		const theirs = LZ4.fromConfig({ id: "lz4" });
		await fc.assert(
			fc.asyncProperty(payloads, async (bytes) => {
				same(unpackLz4(packLz4(bytes), bytes.length), bytes);
				if (bytes.length === 0) return;
				same(await theirs.decode(packLz4(bytes)), bytes);
				same(unpackLz4(await theirs.encode(bytes), bytes.length), bytes);
			}),
			{ numRuns: 150 },
		);
	});

	it("blosc: read by numcodecs, and each of its kinds read here", async () => {
		const kinds = fc.record({
			cname: fc.constantFrom("lz4", "zstd", "zlib", "blosclz", "lz4hc"),
			clevel: fc.integer({ min: 0, max: 9 }),
			shuffle: fc.constantFrom(0, 1, 2),
		});
		await fc.assert(
			fc.asyncProperty(payloads, fc.constantFrom(1, 2, 4, 8), kinds, async (payload, width, kind) => {
				const bytes = payload.subarray(0, payload.length - (payload.length % width));
				if (bytes.length === 0) return;
				const packed = await packBlosc(bytes, width);
				same(await unpackBlosc(packed, bytes.length), bytes);
				same(await Blosc.fromConfig({ id: "blosc" }).decode(packed), bytes);
				const theirs = await Blosc.fromConfig({ id: "blosc", ...kind }).encode(bytes);
				same(await unpackBlosc(theirs.slice(), bytes.length), bytes);
			}),
			{ numRuns: 100 },
		);
	});

	it("zstd: read by numcodecs, and numcodecs' read here; too much is refused before it is unpacked", async () => {
		const theirs = Zstd.fromConfig({ id: "zstd", level: 3 });
		await fc.assert(
			fc.asyncProperty(payloads, async (bytes) => {
				if (bytes.length === 0) return;
				const packed = await packZstd(bytes, 1);
				same(await unpackZstd(packed, bytes.length), bytes);
				same(await theirs.decode(packed), bytes);
				same(await unpackZstd(await theirs.encode(bytes), bytes.length), bytes);
				await expect(unpackZstd(packed, bytes.length - 1)).rejects.toThrow(RangeError);
				await expect(unpackZstd(packed.subarray(0, packed.length - 1), bytes.length)).rejects.toThrow(RangeError);
			}),
			{ numRuns: 60 },
		);
		const bomb = await packZstd(new Uint8Array(1 << 26), 1);
		await expect(unpackZstd(bomb, 1000)).rejects.toThrow(/unpacks to 67108864 bytes, expected 1000/);
	});

	it("gzip that unpacks to more than is due is refused", async () => {
		const bomb = await packBytes(new Uint8Array(1 << 24), [{ id: "gzip", config: {} }], 1);
		await expect(unpackBytes(bomb, [{ id: "gzip", config: {} }], 1000, 1)).rejects.toThrow();
	});

	it("damaged bytes are an error or bytes, never more and never a hang", async () => {
		const codec = fc.constantFrom("lz4", "blosc", "zstd", "gzip");
		await fc.assert(
			fc.asyncProperty(payloads, codec, fc.nat(), fc.nat(255), async (bytes, id, at, value) => {
				const packed = (await packBytes(bytes, [{ id, config: {} }], 1)).slice();
				packed[at % packed.length] = value;
				const result = await unpackBytes(packed, [{ id, config: {} }], bytes.length, 1).catch(() => new Uint8Array());
				expect(result.length).toBeLessThanOrEqual(bytes.length);
			}),
			{ numRuns: 200 },
		);
	});

	it("crc32c of the vectors of RFC 3720", () => {
		expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
		expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
		expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
		expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
		expect(crc32c(new Uint8Array())).toBe(0);
	});

	it("shuffle and its undoing; running sums", () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 90 }), fc.constantFrom(1, 2, 3, 4, 8), (bytes, width) => {
				same(unshuffle(shuffle(bytes, width), width), bytes);
			}),
		);
		expect([...shuffle(new Uint8Array([1, 2, 3, 4, 5]), 2)]).toEqual([1, 3, 2, 4, 5]);
		expect([...undelta(new Uint8Array([250, 3, 5, 0]), "|u1")]).toEqual([250, 253, 2, 2]);
		expect([
			...new Int32Array(undelta(new Uint8Array(new Int32Array([5, -7, 1]).buffer), "<i4").slice().buffer),
		]).toEqual([5, -2, -1]);
		expect([
			...new Float64Array(undelta(new Uint8Array(new Float64Array([0.5, 1, 2]).buffer), "<f8").slice().buffer),
		]).toEqual([0.5, 1.5, 3.5]);
		expect(() => undelta(new Uint8Array(8), ">i4")).toThrow(TypeError);
	});
});

describe("zarr copies", () => {
	const cases = fc
		.record({
			shape: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
			dtype: fc.constantFrom("uint8", "int16", "float32", "uint64"),
			offset: fc.nat(3),
			seed: fc.nat(),
		})
		.chain((each) => fc.tuple(fc.constant(each), boxes(each.shape)));

	it("are those of `copyBox`, at any alignment", () => {
		fc.assert(
			fc.property(cases, ([{ shape, dtype, offset, seed }, box]) => {
				const source = noise(dtype, shape, seed);
				const wide: NdArray = noise(dtype, [...shape.slice(0, -1), (shape.at(-1) ?? 1) + offset], seed + 1);
				const at = box.start.map((start, axis) => (axis === shape.length - 1 ? start + offset : start));
				copyVoxels(source, box, wide, at);
				expectSame(
					cut(wide, { start: at, stop: at.map((s, axis) => s + (boxShape(box)[axis] ?? 0)) }),
					cut(source, box),
				);
			}),
			{ numRuns: 300 },
		);
	});

	it("cut with zeros beyond the end", () => {
		const source = noise("uint8", [3, 3], 1);
		const found = cutPadded(source, { start: [2, 1], stop: [4, 5] });
		expect([...found.data]).toEqual([source.data[7], source.data[8], 0, 0, 0, 0, 0, 0].map(Number));
	});

	it("tell zeros, wherever the other byte is", () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 40 }), fc.nat(7), fc.nat(), (length, offset, at) => {
				const data = new Uint8Array(new ArrayBuffer(64), offset, length);
				expect(isZero({ dtype: "uint8", shape: [length], data })).toBe(true);
				if (length === 0) return;
				data[at % length] = 1;
				expect(isZero({ dtype: "uint8", shape: [length], data })).toBe(false);
			}),
		);
	});
});

describe("layout", () => {
	const filesOf = (shape: readonly number[], unit: readonly number[]) =>
		sizeOf(shape.map((extent, axis) => Math.ceil(extent / (unit[axis] ?? 1))));

	it("has shards where chunks would be more than a thousand", () => {
		expect(layoutOf([640, 640, 640], "uint8")).toEqual({ chunks: [64, 64, 64] });
		expect(layoutOf([1500, 1500, 1500], "uint8")).toEqual({ chunks: [64, 64, 64], shards: [64, 256, 256] });
		expect(layoutOf([10_000, 10_000, 10_000], "uint8")).toEqual({ chunks: [64, 64, 64], shards: [256, 512, 512] });
		expect(layoutOf([200_000, 200_000], "uint16")).toEqual({ chunks: [512, 512], shards: [4096, 8192] });
	});

	it("shards are whole chunks of 64 MiB at most, and few where that is possible", () => {
		const shapes = fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 4 });
		fc.assert(
			fc.property(shapes, fc.constantFrom("uint8", "uint16", "float32", "float64"), (shape, dtype) => {
				const { chunks, shards = chunks } = layoutOf(shape, dtype);
				const width = { uint8: 1, uint16: 2, float32: 4, float64: 8 }[dtype];
				expect(shards.every((extent, axis) => extent % (chunks[axis] ?? 1) === 0)).toBe(true);
				expect(sizeOf(shards) * width).toBeLessThanOrEqual(1 << 26);
				const isFull = sizeOf(shards) * width * 2 > 1 << 26;
				const isFlat = shape.slice(-3).every((extent, axis) => extent <= (shards.slice(-3)[axis] ?? 0));
				expect(filesOf(shape, shards) <= 1000 || isFull || isFlat).toBe(true);
			}),
		);
	});
});
