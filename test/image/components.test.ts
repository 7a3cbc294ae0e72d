import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Connectivity, components, removeSmall } from "../../src/image/components.ts";
import { bitsOf, maskCases, maskOf } from "./fixture.ts";

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

	it("refuses lengths and connectivities that do not fit", () => {
		expect(() => components(new Uint8Array(5), [2, 3])).toThrow(RangeError);
		expect(() => components(new Uint8Array(6), [2, 3], 3)).toThrow(/up to 2/);
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
