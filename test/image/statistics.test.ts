import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_STATISTICS, rangeOf, standardDeviation, statisticsOf } from "../../src/image/statistics.ts";
import { maskOf, numbers } from "./fixture.ts";

const SHAPE = [2, 300, 270] as const;
const long = Float32Array.from({ length: 2 * 300 * 270 }, (_, i) => 1000 + Math.sin(i * 12.9898) * (i % 17));
const longMask = Uint8Array.from(long, (_, i) => ((i * 7) % 5 < 3 ? 1 : 0));

/** Two passes over plain numbers, without cells. */
function slow(values: readonly number[]): { mean: number; std: number } {
	const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
	return { mean, std: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) };
}

describe("statisticsOf", () => {
	it("agrees with numpy's float32 mean and std", () => {
		const image = Float32Array.from(numbers.image);
		const all = statisticsOf(image, [10, 10, 10]);
		expect(all.count).toBe(1000);
		expect(Math.abs(all.mean / numbers.mean - 1)).toBeLessThan(2e-7);
		expect(Math.abs(standardDeviation(all) / numbers.std - 1)).toBeLessThan(2e-7);
		const masked = statisticsOf(image, [10, 10, 10], maskOf(numbers.mask));
		expect(Math.abs(masked.mean / numbers.maskedMean - 1)).toBeLessThan(2e-7);
		expect(Math.abs(standardDeviation(masked) / numbers.maskedStd - 1)).toBeLessThan(2e-7);
	});

	it("agrees with a plain computation over many cells, with and without a mask", () => {
		const all = statisticsOf(long, SHAPE);
		const plain = slow([...long]);
		expect(all.mean).toBeCloseTo(plain.mean, 9);
		expect(standardDeviation(all)).toBeCloseTo(plain.std, 9);
		const masked = statisticsOf(long, SHAPE, longMask);
		const kept = [...long].filter((_, i) => longMask[i] === 1);
		expect(masked.count).toBe(kept.length);
		expect(masked.mean).toBeCloseTo(slow(kept).mean, 9);
		expect(standardDeviation(masked)).toBeCloseTo(slow(kept).std, 9);
		expect([masked.min, masked.max]).toEqual([Math.min(...kept), Math.max(...kept)]);
	});

	it("takes every element type", () => {
		const values = [3, 1, 4, 1, 5];
		const expected = { count: 5, mean: 2.8, m2: 12.8, min: 1, max: 5 };
		for (const array of [Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float64Array]) {
			const found = statisticsOf(array.from(values), [1, 1, 5]);
			expect(found).toEqual({ ...expected, m2: expect.closeTo(12.8, 12) });
		}
	});

	it("keeps small differences of large values, which sums of squares lose", () => {
		const values = Float64Array.from({ length: 200_000 }, (_, i) => 1e9 + (i % 2));
		expect(standardDeviation(statisticsOf(values, [1, 2, 100_000]))).toBe(0.5);
	});

	it("has no deviation where there are no voxels, or all are equal", () => {
		expect(statisticsOf(new Uint8Array(0), [0, 3, 4])).toEqual(NO_STATISTICS);
		expect(statisticsOf(Uint8Array.of(1, 2), [1, 1, 2], new Uint8Array(2))).toEqual(NO_STATISTICS);
		expect(standardDeviation(NO_STATISTICS)).toBe(0);
		expect(standardDeviation(statisticsOf(new Float32Array(70_000).fill(0.1), [1, 70, 1000]))).toBeLessThan(1e-15);
	});

	it("passes NaN on, and refuses a mask of another length", () => {
		const found = statisticsOf(Float32Array.of(1, Number.NaN, -3), [1, 1, 3]);
		expect(found.mean).toBeNaN();
		expect([found.min, found.max]).toEqual([-3, 1]);
		expect(() => statisticsOf(new Uint8Array(3), [1, 1, 3], new Uint8Array(2))).toThrow(/3 under a mask of 2/);
		expect(() => statisticsOf(new Uint8Array(3), [1, 2, 2])).toThrow(/expected 1x2x2 voxels, found 3/);
	});
});

describe("rangeOf", () => {
	it("is that of a plain loop, and knows no negative zero", () => {
		fc.assert(
			fc.property(fc.float32Array({ noNaN: true, minLength: 1 }), fc.nat({ max: 5 }), (values, from) => {
				const some = [...values.subarray(Math.min(from, values.length - 1))];
				const { min, max } = rangeOf(values, values.length - some.length, some.length);
				expect([min, max]).toEqual([Math.min(...some) + 0, Math.max(...some) + 0]);
			}),
		);
		expect(rangeOf(new Float32Array(3), 0, 0)).toEqual({
			min: Number.POSITIVE_INFINITY,
			max: Number.NEGATIVE_INFINITY,
		});
	});
});
