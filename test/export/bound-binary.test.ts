import { describe, expect, it } from "vitest";
import { boundBinary } from "../../src/export/channels.ts";

const values = () => Float32Array.from([0.9, 0.9, 0.9, 0, 0.6, 0.9, 0.2, 0.7, 0, 0, 0.9, 0.9, 0.9, 0.4, 0.3]);

describe("boundBinary", () => {
	it("keeps values within the mask, lifts filled holes just above the threshold, and clears the rest", () => {
		const found = values();
		boundBinary(found, [1, 3, 5], { threshold: 0.5, removeSmall: 2, fillHoles: true });
		const hole = found[6] ?? 0;
		expect(hole).toBeGreaterThan(0.5);
		expect(hole).toBeLessThan(0.5000001);
		const expected = values();
		expected[6] = hole;
		for (const i of [3, 4, 13, 14]) expected[i] = 0;
		expect(found).toEqual(expected);
	});

	it.each([0, -0.5, 0.1, 1])("lifts to the least above %d", (threshold) => {
		const found = Float32Array.from([9, 9, 9, 9, -9, 9, 9, 9, 9]);
		boundBinary(found, [1, 3, 3], { threshold, removeSmall: 0, fillHoles: true });
		const least = found[4] ?? 0;
		expect(least).toBeGreaterThan(threshold);
		expect(least - threshold).toBeLessThan(1e-6);
	});
});
