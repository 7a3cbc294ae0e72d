import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { splineTable, torchTable } from "../../src/image/resample-table.ts";

const indices = z.array(z.number());
const cases = z
	.array(z.object({ from: z.number(), to: z.number(), spline: indices, nearest: indices, exact: indices }))
	.parse(JSON.parse(readFileSync(new URL("../fixtures/resample/axes.json", import.meta.url), "utf8")));

describe("nearest interpolation", () => {
	it.each(cases)("takes scipy's and torch's voxels, $from to $to", ({ from, to, spline, nearest, exact }) => {
		expect([...splineTable(from, to, 0).start]).toEqual(spline);
		expect([...torchTable(from, to, "nearest").start]).toEqual(nearest);
		expect([...torchTable(from, to, "nearest-exact").start]).toEqual(exact);
	});
});

describe("every table", () => {
	it("stays within its padded line, in order, with weights that add up to 1", () => {
		const extent = fc.integer({ min: 1, max: 400 });
		fc.assert(
			fc.property(extent, extent, (from, to) => {
				const tables = [
					...([0, 1, 2, 3, 4, 5] as const).map((order) => splineTable(from, to, order)),
					...(["linear", "nearest", "nearest-exact"] as const).map((mode) => torchTable(from, to, mode)),
				];
				for (const { start, weights, taps, pad } of tables) {
					expect(start[0]).toBeGreaterThanOrEqual(0);
					expect((start[to - 1] ?? 0) + taps).toBeLessThanOrEqual(from + 2 * pad);
					expect(start.every((at, k) => k === 0 || at >= (start[k - 1] ?? 0))).toBe(true);
					for (let k = 0; k < to; k++) {
						const sum = weights.subarray(k * taps, (k + 1) * taps).reduce((a, b) => a + b, 0);
						expect(Math.abs(sum - 1)).toBeLessThan(1e-7);
					}
				}
			}),
			{ numRuns: 50 },
		);
	});
});
