import { describe, expect, it } from "vitest";
import type { Activation } from "../../src/export/activate.ts";
import type { Ensemble } from "../../src/plan/settings.ts";
import { ViewCombiner } from "../../src/run/views.ts";

const NONE: readonly Activation[] = ["none"];

/** Joins views of one head over a patch of 1x3. */
function joined(
	ensemble: Ensemble,
	views: readonly (readonly [readonly number[], readonly number[]])[],
	activations = NONE,
): number[] {
	const combiner = new ViewCombiner(1, [1, 3], ensemble, activations);
	const seen = views.map(([values, axes]) => combiner.add(Float32Array.from(values), axes));
	expect(seen).toEqual(views.map((_, n) => n + 1));
	return [...combiner.finish()];
}

const plain = [[1, 2, 9], []] as const;
const flipped = [[6, 4, 3], [1]] as const; // 3, 4, 6 when turned back

describe("ViewCombiner", () => {
	it("turns views back before it joins them", () => {
		expect(joined("mean-logits", [plain, flipped])).toEqual([2, 3, 7.5]);
		expect(joined("min", [plain, flipped])).toEqual([1, 2, 6]);
		expect(joined("max", [plain, flipped])).toEqual([3, 4, 9]);
		expect(joined("max", [flipped])).toEqual([3, 4, 6]);
	});

	it("adds in the order of the views and divides once, as nnU-Net", () => {
		const third = Math.fround(Math.fround(Math.fround(0.1) + Math.fround(0.2)) + Math.fround(0.7));
		expect(
			joined("mean-logits", [
				[[0.1, 0, 0], []],
				[[0, 0, 0.2], [1]],
				[[0.7, 0, 0], [0]],
			])[0],
		).toBe(Math.fround(third / 3));
	});

	it("acts before it joins, but for the mean of logits", () => {
		const views = [
			[[0, 0, 0], []],
			[[100, 100, 100], []],
		] as const;
		expect(joined("mean-activated", views, ["sigmoid"])).toEqual([0.75, 0.75, 0.75]);
		expect(joined("max", views, ["sigmoid"])).toEqual([1, 1, 1]);
		expect(joined("min", views, ["sigmoid"])).toEqual([0.5, 0.5, 0.5]);
		expect(joined("mean-logits", views, ["sigmoid"])).toEqual([50, 50, 50]);
	});

	it("begins again after reset", () => {
		const combiner = new ViewCombiner(1, [1, 3], "max", NONE);
		combiner.add(Float32Array.of(9, 9, 9), []);
		combiner.finish();
		combiner.reset();
		expect(combiner.add(Float32Array.of(-1, -2, -3), [])).toBe(1);
		expect([...combiner.finish()]).toEqual([-1, -2, -3]);
	});
});
