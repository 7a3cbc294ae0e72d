import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Connectivity, components, labelledComponents, removeSmall } from "../../src/image/components.ts";
import { bitsOf, maskCases, maskOf } from "./fixture.ts";
import { floodComponents, scenes } from "./flood.ts";
import { componentCases } from "./kernel-fixture.ts";

const LEVELS: readonly Connectivity[] = [1, 2, 3];

describe("components", () => {
	it.each(maskCases)("labels a mask of $shape as scipy and skimage do", ({ shape, mask, connectivity }) => {
		for (const [i, expected] of connectivity.entries()) {
			const { labels, count, sizes } = components(maskOf(mask), shape, LEVELS[i]);
			expect([...labels]).toEqual(expected.labels);
			expect(count).toBe(expected.count);
			expect([...sizes]).toEqual(
				Array.from({ length: count + 1 }, (_, label) => expected.labels.filter((v) => v === label).length),
			);
		}
	});

	it("joins thousands of provisional sets: the teeth of a comb, met by its back in the last row", () => {
		const width = 6001;
		const comb = new Uint8Array(3 * width).map((_, i) => (i >= 2 * width || (i % width) % 2 === 0 ? 1 : 0));
		const { count, sizes } = components(comb, [3, width], 1);
		expect(count).toBe(1);
		expect(sizes[1]).toBe(comb.reduce((n, v) => n + v, 0));
	});

	it("never has more objects at a higher connectivity, and mirrored masks have as many", () => {
		fc.assert(
			fc.property(fc.uint8Array({ minLength: 60, maxLength: 60, max: 1 }), (mask) => {
				const counts = LEVELS.map((level) => components(mask, [3, 4, 5], level).count);
				expect(counts).toEqual(counts.toSorted((a, b) => b - a));
				const mirrored = mask.toReversed();
				expect(LEVELS.map((level) => components(mirrored, [3, 4, 5], level).count)).toEqual(counts);
			}),
		);
	});

	it("finds what a flood fill finds, for all connectivities and shapes", () => {
		fc.assert(
			fc.property(scenes(1), ({ shape, connectivity, labels }) => {
				const { labels: found } = components(Uint8Array.from(labels), shape, connectivity);
				expect([...found]).toEqual(floodComponents(labels, shape, connectivity));
			}),
			{ numRuns: 400 },
		);
	});

	it("finds what a flood fill finds in sparse masks of long rows, with all neighbours", () => {
		const extent = fc.integer({ min: 1, max: 7 });
		const sparse = fc.tuple(
			extent,
			extent,
			fc.integer({ min: 60, max: 200 }),
			fc.integer({ min: 2, max: 9 }),
			fc.nat(),
		);
		fc.assert(
			fc.property(sparse, ([depth, height, width, rarity, seed]) => {
				let state = seed;
				const mask = Uint8Array.from({ length: depth * height * width }, () => {
					state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
					return (state >>> 16) % (rarity * 4) === 0 ? 1 : 0;
				});
				const shape = [depth, height, width];
				expect([...components(mask, shape, 3).labels]).toEqual(floodComponents(mask, shape, 3));
			}),
			{ numRuns: 100 },
		);
	});

	it("crosses the pieces that are copied to the kernel, and gives its memory back", () => {
		// walls with a gap at alternating ends: one corridor through all rows, more than one piece of them
		const [depth, height, width] = [40, 80, 128];
		const maze = new Uint8Array(depth * height * width).map((_, i) => {
			const [x, y, z] = [i % width, Math.floor(i / width) % height, Math.floor(i / (width * height))];
			if (z % 2 === 1) return y === 0 && x === (z % 4 === 1 ? 0 : width - 1) ? 1 : 0;
			return y % 2 === 0 || x === (y % 4 === 1 ? 0 : width - 1) ? 1 : 0;
		});
		const { count, sizes, labels } = components(maze, [depth, height, width]);
		expect(count).toBe(1);
		expect(sizes[1]).toBe(maze.reduce((n, v) => n + v, 0));
		expect(labels.every((label, i) => label === maze[i])).toBe(true);
		const board = new Uint8Array(8 << 20).map((_, i) => (i + (i >> 11)) & 1);
		expect(components(board, [4096, 2048]).count).toBe(4 << 20);
		expect(components(board, [4096, 2048], 2).count).toBe(1);
	});

	it("refuses lengths and connectivities that do not fit", () => {
		expect(() => components(new Uint8Array(5), [2, 3])).toThrow(RangeError);
		expect(() => components(new Uint8Array(6), [2, 3], 3)).toThrow(/up to 2/);
	});
});

describe("labelledComponents", () => {
	it.each(componentCases)(
		"labels $shape with $values values at connectivity $connectivity as scipy and cc3d do",
		(one) => {
			for (const type of [Uint8Array, Uint16Array, Uint32Array]) {
				const labels = type.from(one.labels.map((label) => (type === Uint32Array ? label : label % 251)));
				const { labels: found, count, sizes } = labelledComponents(labels, one.shape, one.connectivity);
				expect([...found]).toEqual(one.found);
				expect(count).toBe(Math.max(0, ...one.found));
				expect(sizes.reduce((a, b) => a + b, 0)).toBe(labels.length);
			}
		},
	);

	it("finds what a flood fill of each value finds", () => {
		fc.assert(
			fc.property(
				scenes(3),
				fc.constantFrom(Uint8Array, Uint16Array, Uint32Array),
				({ shape, connectivity, labels }, type) => {
					const { labels: found } = labelledComponents(type.from(labels), shape, connectivity);
					expect([...found]).toEqual(floodComponents(labels, shape, connectivity));
				},
			),
			{ numRuns: 400 },
		);
	});

	it("is what components finds in a mask, and tells values apart by all their bytes", () => {
		expect(labelledComponents(Uint16Array.of(1, 257, 257, 0), [4])).toEqual({
			labels: Uint32Array.of(1, 2, 2, 0),
			count: 2,
			sizes: Uint32Array.of(1, 1, 2),
		});
		expect([...labelledComponents(Uint32Array.of(1, 0x1000001, 0xffffffff, 0xffffffff), [4]).labels]).toEqual([
			1, 2, 3, 3,
		]);
		fc.assert(
			fc.property(scenes(1), ({ shape, connectivity, labels }) => {
				const mask = Uint8Array.from(labels);
				expect(labelledComponents(mask, shape, connectivity)).toEqual(components(mask, shape, connectivity));
			}),
		);
	});
});

describe("removeSmall", () => {
	it.each(maskCases)("thins a mask of $shape as skimage does", ({ shape, mask, connectivity }) => {
		for (const [i, { small }] of connectivity.entries()) {
			for (const [size, expected] of Object.entries(small)) {
				expect(bitsOf(removeSmall(maskOf(mask), shape, Number(size), LEVELS[i]))).toBe(expected);
			}
		}
	});

	it("keeps an object of exactly so many voxels, and all where the size is 0", () => {
		const mask = maskOf("1101110");
		expect(bitsOf(removeSmall(mask, [7], 3))).toBe("0001110");
		expect(bitsOf(removeSmall(mask, [7], 2))).toBe("1101110");
		expect(bitsOf(removeSmall(mask, [7], 0))).toBe("1101110");
		expect(bitsOf(mask)).toBe("1101110");
	});
});
