import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { mean, nanMean } from "../../src/score/mean.ts";

const FILE = join(import.meta.dirname, "../fixtures/score/means.json");
const entries = z
	.array(
		z.object({
			values: z.array(z.number().nullable()),
			whole: z.array(z.number()),
			mean: z.number(),
			nanmean: z.number(),
		}),
	)
	.parse(JSON.parse(readFileSync(FILE, "utf8")));

describe("means", () => {
	it("are numpy's to the last bit, for every number of values", () => {
		expect(entries.length).toBeGreaterThan(10);
		for (const { values, whole, ...expected } of entries) {
			expect(mean(whole)).toBe(expected.mean);
			expect(nanMean(values.map((value) => value ?? Number.NaN))).toBe(expected.nanmean);
		}
	});

	it("are NaN where nothing is there to average", () => {
		expect(mean([])).toBeNaN();
		expect(nanMean([])).toBeNaN();
		expect(nanMean([Number.NaN])).toBeNaN();
		expect(mean([1, Number.NaN])).toBeNaN();
		expect(nanMean([1, Number.NaN, 3])).toBe(2);
	});
});
