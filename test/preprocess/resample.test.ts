import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { zyx } from "../../src/core/shape.ts";
import { DEFAULT_LABEL_RESAMPLING } from "../../src/model/resampling.ts";
import { resampleData, resampleSegmentation } from "../../src/preprocess/resample.ts";
import { arrayOf, dataCases, labelCases, largestDifference, TOLERANCE } from "./resample-fixture.ts";

const UNIT = [1, 1, 1] as const;
const ORDERS = [0, 1, 2, 3, 4, 5] as const;
const extent = fc.integer({ min: 1, max: 9 });

describe("resampleData", () => {
	it.each(dataCases)("is nnU-Net's: $title", ({ array, to, spacing, toSpacing, how, every, expected }) => {
		const result = resampleData(array, to, spacing, toSpacing, how);
		expect(result.shape).toEqual([array.shape[0], ...to]);
		expect(largestDifference(result.data, expected, every)).toBeLessThan(TOLERANCE);
	});

	it("keeps an array whose extents do not change, and every array where the plans resample nothing", () => {
		const array = arrayOf(1, [2, 3, 4, 5]);
		for (const { how } of dataCases) expect(resampleData(array, [3, 4, 5], UNIT, [2, 9, 2], how)).toBe(array);
		expect(resampleData(array, [9, 9, 9], UNIT, UNIT, { name: "no_resampling_hack" })).toBe(array);
	});

	it("leaves its input as it was", () => {
		for (const { array, to, spacing, toSpacing, how } of dataCases) {
			const before = array.data.slice();
			resampleData(array, to, spacing, toSpacing, how);
			expect(array.data).toEqual(before);
		}
	});

	it("never exceeds the range of a channel, and gives the constant of a constant", () => {
		const shape = fc.tuple(extent, extent, extent);
		fc.assert(
			fc.property(shape, shape, fc.constantFrom(...ORDERS), fc.nat(), (before, after, order, seed) => {
				const how = { ...DEFAULT_LABEL_RESAMPLING, order };
				const array = arrayOf(seed, [1, ...before]);
				const [low, high] = [Math.min(...array.data), Math.max(...array.data)];
				const { data } = resampleData(array, after, UNIT, UNIT, how);
				expect(data.every((value) => value >= low && value <= high)).toBe(true);
				const flat = ndarray("float32", array.shape, array.data.slice().fill(3.25));
				const constant = resampleData(flat, after, UNIT, UNIT, how);
				expect(constant.data.every((value) => Math.abs(value - 3.25) < 1e-6)).toBe(true);
			}),
		);
	});
});

describe("resampleSegmentation", () => {
	it.each(labelCases)("is nnU-Net's: $title", ({ labels, to, spacing, how, expected }) => {
		const result = resampleSegmentation(labels, to, spacing, UNIT, how);
		expect(result.shape).toEqual(to);
		expect(result.data).toEqual(expected.data);
	});

	it("keeps labels whose extents do not change, and all labels where the plans resample nothing", () => {
		for (const { labels, how } of labelCases) {
			expect(resampleSegmentation(labels, zyx(labels.shape), UNIT, [2, 9, 2], how)).toBe(labels);
			expect(resampleSegmentation(labels, [20, 20, 20], UNIT, UNIT, { name: "no_resampling_hack" })).toBe(labels);
		}
	});

	it("gives labels that there are, large and negative ones too", () => {
		const shape = fc.tuple(extent, extent, extent);
		const hows = fc.constantFrom(...labelCases.map(({ how }) => how));
		fc.assert(
			fc.property(shape, shape, hows, fc.nat(), (before, after, how, seed) => {
				const drawn = arrayOf(seed, before).data;
				const labels = Int16Array.from(drawn, (value) => [-32768, -1, 0, 32767][Math.floor(value + 2)] ?? 0);
				const { data } = resampleSegmentation(ndarray("int16", before, labels), after, [1, 1, 4], UNIT, how);
				const there = new Set([0, ...labels]);
				expect(data.every((label) => there.has(label))).toBe(true);
			}),
		);
	});
});
