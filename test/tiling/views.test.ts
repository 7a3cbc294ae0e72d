import { describe, expect, it } from "vitest";
import { explicitViews, mirrorViews } from "../../src/tiling/views.ts";

describe("mirrorViews", () => {
	it("has identity first, then combinations by size", () => {
		expect(mirrorViews([])).toEqual([[]]);
		expect(mirrorViews([0, 1])).toEqual([[], [0], [1], [0, 1]]);
		expect(mirrorViews([0, 1, 2])).toEqual([[], [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]);
	});

	it.each([[[0, 0]], [[-1]], [[0.5]]])("refuses axes %j", (axes) => {
		expect(() => mirrorViews(axes)).toThrow(expect.objectContaining({ code: "CONFIG" }));
	});
});

describe("explicitViews", () => {
	it("puts identity first and drops what is there already", () => {
		expect(explicitViews([[1], [2], [2, 1], [], [1, 2], [1]])).toEqual([[], [1], [2], [1, 2]]);
		expect(explicitViews([])).toEqual([[]]);
	});

	it("refuses an axis named twice in one view", () => {
		expect(() => explicitViews([[1, 1]])).toThrow(/different axes/);
	});
});
