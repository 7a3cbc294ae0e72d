import { describe, expect, it } from "vitest";
import { resampleData, resampleSegmentation } from "../../src/preprocess/resample.ts";
import { dataCases, labelCases, largestDifference } from "./resample-fixture.ts";

const UNIT = [1, 1, 1] as const;

describe("resampleData", () => {
	it.each(dataCases)("is nnU-Net's: $title", ({ array, from, to, spacing, toSpacing, how, expected }) => {
		const result = resampleData(array, to, spacing, toSpacing, how);
		expect(result.shape).toEqual([array.shape[0], ...to]);
		expect(largestDifference(result.data, expected), from.join()).toBeLessThan(1e-6);
	});
});

describe("resampleSegmentation", () => {
	it.each(labelCases)("is nnU-Net's: $title", ({ labels, to, spacing, how, expected }) => {
		const result = resampleSegmentation(labels, to, spacing, UNIT, how);
		expect(result.shape).toEqual(to);
		expect([...result.data]).toEqual([...expected.data]);
	});
});
