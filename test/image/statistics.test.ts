import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	channelStatistics,
	collectStatistics,
	mergeStatistics,
	NO_STATISTICS,
	STATISTICS_CELL,
	type Statistics,
	standardDeviation,
	statisticsOf,
} from "../../src/image/statistics.ts";
import { maskOf, numbers } from "./fixture.ts";

const long = Float32Array.from(
	{ length: 3 * STATISTICS_CELL + 777 },
	(_, i) => 1000 + Math.sin(i * 12.9898) * (i % 17),
);
const longMask = Uint8Array.from(long, (_, i) => ((i * 7) % 5 < 3 ? 1 : 0));

/** Two passes over plain numbers, without cells. */
function slow(values: readonly number[]): { mean: number; std: number } {
	const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
	return { mean, std: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) };
}

describe("statisticsOf", () => {
	it("agrees with numpy's float32 mean and std", () => {
		const image = Float32Array.from(numbers.image);
		const all = statisticsOf(image);
		expect(all.count).toBe(1000);
		expect(Math.abs(all.mean / numbers.mean - 1)).toBeLessThan(2e-7);
		expect(Math.abs(standardDeviation(all) / numbers.std - 1)).toBeLessThan(2e-7);
		const masked = statisticsOf(image, maskOf(numbers.mask));
		expect(Math.abs(masked.mean / numbers.maskedMean - 1)).toBeLessThan(2e-7);
		expect(Math.abs(standardDeviation(masked) / numbers.maskedStd - 1)).toBeLessThan(2e-7);
	});

	it("agrees with a plain computation over many cells, with and without a mask", () => {
		const all = statisticsOf(long);
		const plain = slow([...long]);
		expect(all.mean).toBeCloseTo(plain.mean, 9);
		expect(standardDeviation(all)).toBeCloseTo(plain.std, 9);
		const masked = statisticsOf(long, longMask);
		const kept = [...long].filter((_, i) => longMask[i] === 1);
		expect(masked.count).toBe(kept.length);
		expect(masked.mean).toBeCloseTo(slow(kept).mean, 9);
		expect(standardDeviation(masked)).toBeCloseTo(slow(kept).std, 9);
		expect([masked.min, masked.max]).toEqual([Math.min(...kept), Math.max(...kept)]);
	});

	it("takes every element type, and each channel by itself", () => {
		const values = [3, 1, 4, 1, 5];
		const expected = { count: 5, mean: 2.8, m2: 12.8, min: 1, max: 5 };
		for (const array of [Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float64Array]) {
			const found = statisticsOf(array.from(values));
			expect(found).toEqual({ ...expected, m2: expect.closeTo(12.8, 12) });
		}
		expect(channelStatistics([Uint8Array.of(2, 4), Float32Array.of(0, 8)]).map(({ mean }) => mean)).toEqual([3, 4]);
	});

	it("keeps small differences of large values, which sums of squares lose", () => {
		const values = Float64Array.from({ length: 200_000 }, (_, i) => 1e9 + (i % 2));
		expect(standardDeviation(statisticsOf(values))).toBe(0.5);
	});

	it("has no deviation where there are no voxels, or all are equal", () => {
		expect(statisticsOf(new Uint8Array(0))).toEqual(NO_STATISTICS);
		expect(statisticsOf(Uint8Array.of(1, 2), new Uint8Array(2))).toEqual(NO_STATISTICS);
		expect(standardDeviation(NO_STATISTICS)).toBe(0);
		expect(standardDeviation(statisticsOf(new Float32Array(70_000).fill(0.1)))).toBeLessThan(1e-15);
	});

	it("passes NaN on, and refuses a mask of another length", () => {
		expect(statisticsOf(Float32Array.of(1, Number.NaN)).mean).toBeNaN();
		expect(() => statisticsOf(new Uint8Array(3), new Uint8Array(2))).toThrow(RangeError);
	});
});

describe("collectStatistics", () => {
	it("has the same bits however the voxels are cut", () => {
		const whole = statisticsOf(long, longMask);
		fc.assert(
			fc.property(fc.array(fc.integer({ min: 0, max: long.length }), { maxLength: 12 }), (cuts) => {
				const collector = collectStatistics();
				const at = [0, ...cuts.sort((a, b) => a - b), long.length];
				for (const [i, stop] of at.entries()) {
					const start = at[i - 1] ?? 0;
					collector.push(long.subarray(start, stop), longMask.subarray(start, stop));
				}
				expect(collector.finish()).toEqual(whole);
			}),
			{ numRuns: 30 },
		);
	});

	it("has the same bits where workers take whole cells and merge them in order", () => {
		let merged: Statistics = NO_STATISTICS;
		for (let at = 0; at < long.length; at += STATISTICS_CELL) {
			merged = mergeStatistics(merged, statisticsOf(long.subarray(at, at + STATISTICS_CELL)));
		}
		expect(merged).toEqual(statisticsOf(long));
	});

	it("can go on after finish", () => {
		const collector = collectStatistics();
		collector.push(Uint8Array.of(1, 2));
		expect(collector.finish().mean).toBe(1.5);
		collector.push(Uint8Array.of(6));
		expect(collector.finish()).toEqual(statisticsOf(Uint8Array.of(1, 2, 6)));
	});
});
