import { describe, expect, it } from "vitest";
import { z } from "zod";
import { sizeOf } from "../../src/core/shape.ts";
import { close, dilate, erode, type Footprint, open } from "../../src/image/morphology.ts";
import { casesOf, unpacked } from "./arrays.ts";

const cases = casesOf(
	"morphology.json",
	z.object({ shape: z.array(z.number()), mask: z.string(), expected: z.record(z.string(), z.string()) }),
);

const LEVELS = { "1": 1, "2": 2, "3": 3 } as const;

function footprintOf(structure: string, radius: number): Footprint {
	const connectivity = Object.entries(LEVELS).find(([name]) => name === structure)?.[1];
	return connectivity === undefined ? { ball: true, radius } : { connectivity, radius };
}

describe("erode, dilate, open, close", () => {
	it.each(cases)("change a mask of $shape as scipy does", ({ shape, mask, expected }) => {
		const voxels = sizeOf(shape);
		const before = unpacked(mask, voxels);
		for (const [name, packed] of Object.entries(expected)) {
			const [kind = "", structure = "", radius = ""] = name.split(" ");
			const footprint = footprintOf(structure, Number(radius));
			const found =
				kind === "erode"
					? erode(before, shape, footprint)
					: kind === "ignored"
						? erode(before, shape, { ...footprint, border: "ignored" })
						: kind === "dilate"
							? dilate(before, shape, footprint)
							: kind === "open"
								? open(before, shape, footprint)
								: close(before, shape, footprint);
			expect(found.join(""), name).toBe(unpacked(packed, voxels).join(""));
		}
	});
});
