import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { tileStarts } from "../../src/tiling/steps.ts";

const fixture = z
	.array(z.tuple([z.number(), z.number(), z.number(), z.array(z.number())]))
	.parse(JSON.parse(readFileSync(new URL("../fixtures/tiling/steps.json", import.meta.url), "utf8")));

describe("tileStarts", () => {
	it("gives nnU-Net's starts for 500 axes", () => {
		expect(fixture).toHaveLength(500);
		for (const [size, tile, step, starts] of fixture) {
			expect(tileStarts(size, tile, step), `${size}/${tile}/${step}`).toEqual(starts);
		}
	});

	it("gives the documented examples", () => {
		expect(tileStarts(110, 64, 0.5)).toEqual([0, 23, 46]);
		expect(tileStarts(200, 64, 0.5)).toEqual([0, 27, 54, 82, 109, 136]);
		expect(tileStarts(64, 64, 0.5)).toEqual([0]);
	});

	it("rounds halves to even", () => {
		// spacing 2.5: 2.5 goes down to 2, 7.5 up to 8
		expect(tileStarts(14, 4, 0.75)).toEqual([0, 2, 5, 8, 10]);
	});

	it("starts at 0, ends with the axis, never steps farther than asked, is sorted", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 64 }),
				fc.integer({ min: 0, max: 500 }),
				fc.double({ min: 0.1, max: 1, noNaN: true }),
				(tile, more, step) => {
					const starts = tileStarts(tile + more, tile, step);
					expect(starts[0]).toBe(0);
					expect(starts.at(-1)).toBe(more);
					for (let i = 1; i < starts.length; i++) {
						const gap = (starts[i] ?? 0) - (starts[i - 1] ?? 0);
						expect(gap).toBeGreaterThanOrEqual(0);
						// rounding may add up to one voxel; never a gap that no tile covers
						expect(gap).toBeLessThanOrEqual(Math.min(tile, tile * step + 1));
					}
				},
			),
		);
	});

	it.each([0, -0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses a step of %s", (step) => {
		expect(() => tileStarts(100, 10, step)).toThrow(expect.objectContaining({ code: "CONFIG" }));
	});

	it("refuses a step that would never end", () => {
		expect(() => tileStarts(100, 10, 1e-12)).toThrow(/choose at least 0\.1/);
	});

	it.each([
		[5, 6],
		[5, 0],
		[5.5, 2],
		[Number.NaN, 2],
	])("refuses an axis of %s with tiles of %s", (size, tile) => {
		expect(() => tileStarts(size, tile, 0.5)).toThrow(RangeError);
	});
});
