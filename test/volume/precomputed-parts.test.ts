/**
 * The parts of precomputed that are pure functions: Morton codes, hashes, shards, compressed_segmentation.
 *
 * @module
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Zyx } from "../../src/core/shape.ts";
import { axesOfBits, boxOfBits, mortonCode } from "../../src/volume/precomputed/morton.ts";
import { murmurHash } from "../../src/volume/precomputed/murmur.ts";
import { decodeSegmentation } from "../../src/volume/precomputed/segmentation-decode.ts";
import { encodeSegmentation } from "../../src/volume/precomputed/segmentation-encode.ts";
import { addressOf, shardBox, shardingFor } from "../../src/volume/precomputed/sharding.ts";

const grids = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));

/** Every chunk of a grid, x, y, z. */
function chunksOf([nx, ny, nz]: readonly [number, number, number]): (readonly [number, number, number])[] {
	const all: (readonly [number, number, number])[] = [];
	for (let z = 0; z < nz; z++) for (let y = 0; y < ny; y++) for (let x = 0; x < nx; x++) all.push([x, y, z]);
	return all;
}

describe("Morton codes", () => {
	it("of the format's own example: bits take turns until an axis has no more", () => {
		const axes = axesOfBits([3, 3, 1]);
		expect(axes).toEqual([0, 1, 0, 1]);
		expect(mortonCode([2, 1, 0], axes)).toBe(0b0110n);
		expect(axesOfBits([5, 2, 1])).toEqual([0, 1, 0, 0]);
		expect(axesOfBits([1, 1, 1])).toEqual([]);
	});

	it("tell all chunks apart and stay below two to the number of bits", () => {
		fc.assert(
			fc.property(grids, (grid) => {
				const axes = axesOfBits(grid);
				const codes = chunksOf(grid).map((at) => mortonCode(at, axes));
				expect(new Set(codes).size).toBe(codes.length);
				expect(codes.every((code) => code < 2n ** BigInt(axes.length))).toBe(true);
			}),
		);
	});

	it("of 2^k that follow each other fill a box", () => {
		fc.assert(
			fc.property(grids, fc.nat(9), (grid, bits) => {
				const axes = axesOfBits(grid);
				const box = boxOfBits(axes, bits);
				const groups = new Map<bigint, string>();
				for (const at of chunksOf(grid)) {
					const group = mortonCode(at, axes) >> BigInt(Math.min(bits, axes.length));
					const place = at.map((n, axis) => Math.floor(n / (box[axis] ?? 1))).join();
					expect(groups.get(group) ?? place).toBe(place);
					groups.set(group, place);
				}
			}),
		);
	});

	it("reach 64 bits", () => {
		const axes = axesOfBits([2 ** 22, 2 ** 21, 2 ** 21]);
		expect(axes.length).toBe(64);
		expect(mortonCode([2 ** 22 - 1, 2 ** 21 - 1, 2 ** 21 - 1], axes)).toBe(2n ** 64n - 1n);
	});
});

describe("shards", () => {
	it("hold the chunks of the box that was asked for, or the error names what there is", () => {
		fc.assert(
			fc.property(grids, fc.nat(9), (grid, bits) => {
				const axes = axesOfBits(grid);
				const box = boxOfBits(axes, bits);
				const sharding = shardingFor("x", grid, box, true);
				expect(shardBox(sharding, grid)).toEqual(box);
				const shards = new Map<bigint, string>();
				for (const at of chunksOf(grid)) {
					const { shard, minishard } = addressOf(mortonCode(at, axes), sharding);
					expect(minishard).toBeLessThan(2 ** sharding.minishard_bits);
					const place = at.map((n, axis) => Math.floor(n / (box[axis] ?? 1))).join();
					expect(shards.get(shard) ?? place).toBe(place);
					shards.set(shard, place);
				}
			}),
		);
		expect(() => shardingFor("x", [8, 8, 8], [1, 1, 4], true)).toThrow(/2x2x2/);
	});

	it("hash as MurmurHash3_x86_128 of the reference program does", () => {
		// mmh3.hash64(struct.pack("<Q", key), 0, x64arch=False)[0], as an unsigned number
		expect(HASHES.map(([key]) => murmurHash(key))).toEqual(HASHES.map(([, hash]) => hash));
	});
});

const HASHES: readonly (readonly [bigint, bigint])[] = [
	[0x0n, 0x4772b084e028ae41n],
	[0x1n, 0xe8bd67d616d4ce9an],
	[0x2n, 0xd62f9cd21b013f5an],
	[0xffn, 0x4e2fc5b5b87bf79an],
	[0xffffffffn, 0x7260ffc08751ben],
	[0x100000000n, 0xbbb12d133b78fd64n],
	[0x123456789abcdef0n, 0x535693d33dd34552n],
	[0xffffffffffffffffn, 0x574f66bd212b5d1an],
];

describe("compressed_segmentation", () => {
	const shapes = fc.tuple(
		fc.integer({ min: 1, max: 9 }),
		fc.integer({ min: 1, max: 9 }),
		fc.integer({ min: 1, max: 9 }),
	);
	const cases = fc
		.tuple(
			shapes,
			shapes,
			fc.integer({ min: 1, max: 3 }),
			fc.constantFrom<1 | 2>(1, 2),
			fc.constantFrom(1, 2, 3, 5, 17, 300),
		)
		.chain(([shape, block, channels, words, labels]) =>
			fc
				.uniqueArray(fc.bigInt({ min: 0n, max: words === 1 ? 2n ** 32n - 1n : 2n ** 64n - 1n }), {
					minLength: 1,
					maxLength: labels,
				})
				.chain((table) =>
					fc
						.array(fc.nat(table.length - 1), {
							minLength: channels * shape[0] * shape[1] * shape[2],
							maxLength: channels * shape[0] * shape[1] * shape[2],
						})
						.map((picks) => ({ shape, block, channels, words, labels: picks.map((pick) => table[pick] ?? 0n) })),
				),
		);

	function wordsOf(labels: readonly bigint[], words: 1 | 2): Uint32Array {
		return Uint32Array.from(
			labels.flatMap((label) => (words === 1 ? [Number(label)] : [Number(label & 0xffffffffn), Number(label >> 32n)])),
		);
	}

	it("comes back as it went, any labels in any blocks, 32 and 64 bits", () => {
		fc.assert(
			fc.property(cases, ({ shape, block, channels, words, labels }) => {
				const data = wordsOf(labels, words);
				const packed = encodeSegmentation(data, channels, shape, block, words);
				if (typeof packed === "string") throw new Error(packed);
				expect(decodeSegmentation(new Uint8Array(packed.buffer), channels, shape, block, words)).toEqual(data);
			}),
		);
	});

	it("one label takes two words a block and one table", () => {
		const shape: Zyx = [16, 16, 16];
		const packed = encodeSegmentation(new Uint32Array(2 * 4096).fill(7), 1, shape, [8, 8, 8], 2);
		expect(packed.length).toBe(1 + 8 * 2 + 2);
	});

	it("damaged words are told, never read beyond", () => {
		const shape: Zyx = [4, 5, 6];
		const data = Uint32Array.from({ length: 120 }, (_, n) => n % 7);
		const packed = encodeSegmentation(data, 1, shape, [3, 3, 3], 1);
		if (typeof packed === "string") throw new Error(packed);
		fc.assert(
			fc.property(fc.nat(packed.length - 1), fc.integer({ min: 0, max: 2 ** 32 - 1 }), (at, word) => {
				const bad = packed.slice();
				bad[at] = word;
				const found = decodeSegmentation(new Uint8Array(bad.buffer), 1, shape, [3, 3, 3], 1);
				expect(typeof found === "string" || found.length === 120).toBe(true);
			}),
		);
		for (let length = 0; length < packed.length; length++) {
			const found = decodeSegmentation(new Uint8Array(packed.slice(0, length).buffer), 1, shape, [3, 3, 3], 1);
			expect(typeof found).toBe("string");
		}
	});
});
