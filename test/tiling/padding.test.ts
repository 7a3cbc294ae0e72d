import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { padToPatch } from "../../src/tiling/padding.ts";

const axes = z.array(z.number());
const fixture = z
	.array(z.tuple([axes, axes, axes, axes, axes]))
	.parse(JSON.parse(readFileSync(new URL("../fixtures/tiling/padding.json", import.meta.url), "utf8")));

describe("padToPatch", () => {
	it.each(fixture)("pads %j to %j as nnU-Net does", (shape, patch, padded, before, after) => {
		expect(padToPatch(shape, patch)).toEqual({ shape: padded, before, after });
	});

	it("leaves larger volumes alone and refuses other ranks", () => {
		expect(padToPatch([10, 20], [10, 8])).toEqual({ shape: [10, 20], before: [0, 0], after: [0, 0] });
		expect(() => padToPatch([10, 20], [8])).toThrow(RangeError);
	});
});
