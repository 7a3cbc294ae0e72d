import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editDistance, likelyName } from "../../src/config/likely.ts";

describe("editDistance", () => {
	it.each([
		["", "abc", 3],
		["kitten", "sitting", 3],
		["overlp", "overlap", 1],
		["Overlap", "overlap", 0],
	] as const)("%s to %s is %i", (a, b, distance) => {
		expect(editDistance(a, b)).toBe(distance);
	});

	it("is symmetric and obeys the triangle's law", () => {
		const words = fc.stringMatching(/^[a-d]{0,6}$/);
		fc.assert(
			fc.property(words, words, words, (a, b, c) => {
				expect(editDistance(a, b)).toBe(editDistance(b, a));
				expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
			}),
		);
	});
});

describe("likelyName", () => {
	it("finds what is near enough, the nearest first", () => {
		expect(likelyName("stp", ["stop", "step_size", "step"])).toBe("stop");
		expect(likelyName("xyz", ["step", "overlap"])).toBeUndefined();
		expect(likelyName("x".repeat(1000), ["x".repeat(999)])).toBeUndefined();
	});
});
