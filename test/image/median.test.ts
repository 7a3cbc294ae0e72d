import { describe, expect, it } from "vitest";
import { z } from "zod";
import { median } from "../../src/image/median.ts";
import { bytesOf, casesOf, floatsOf } from "./arrays.ts";

const cases = casesOf(
	"median.json",
	z.object({
		shape: z.array(z.number()),
		bits: z.string(),
		grey: z.string(),
		real: z.string(),
		medians: z.array(z.object({ size: z.array(z.number()), bits: z.string(), grey: z.string(), real: z.string() })),
	}),
);

describe("median", () => {
	it.each(cases)("filters $shape as scipy does", ({ shape, bits, grey, real, medians }) => {
		for (const { size, ...expected } of medians) {
			expect([...median(bytesOf(bits), shape, size)]).toEqual([...bytesOf(expected.bits)]);
			expect([...median(bytesOf(grey), shape, size)]).toEqual([...bytesOf(expected.grey)]);
			expect([...median(floatsOf(real), shape, size)]).toEqual([...floatsOf(expected.real)]);
		}
	});

	it("refuses lengths and sizes that do not fit", () => {
		expect(() => median(new Uint8Array(5), [2, 3], [3, 3])).toThrow(RangeError);
		expect(() => median(new Uint8Array(6), [2, 3], [3])).toThrow(/size of \[3\]/);
		expect(() => median(new Uint8Array(6), [2, 3], [3, 0])).toThrow(/above 0/);
	});
});
