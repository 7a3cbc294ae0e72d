import fc from "fast-check";
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

const volumes = fc
	.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 70 }))
	.chain((shape) =>
		fc.record({
			shape: fc.constant(shape),
			mask: fc.uint8Array({ minLength: sizeOf(shape), maxLength: sizeOf(shape), max: 1 }),
			footprint: fc.record({
				radius: fc.integer({ min: 0, max: 3 }),
				connectivity: fc.constantFrom(...Object.values(LEVELS)),
				ball: fc.boolean(),
			}),
		}),
	);

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

	it("are each other's on the rest of a mask, where nothing lies outside", () => {
		fc.assert(
			fc.property(volumes, ({ mask, shape, footprint }) => {
				const rest = mask.map((v) => 1 - v);
				const ignoring: Footprint = { ...footprint, border: "ignored" };
				expect([...erode(mask, shape, ignoring)]).toEqual([...dilate(rest, shape, footprint)].map((v) => 1 - v));
			}),
		);
	});

	it("open to a part of a mask and close to more than it, and do nothing the second time", () => {
		fc.assert(
			fc.property(volumes, ({ mask, shape, footprint }) => {
				const ignoring: Footprint = { ...footprint, border: "ignored" };
				const opened = open(mask, shape, ignoring);
				const closed = close(mask, shape, ignoring);
				expect(mask.every((value, i) => (opened[i] ?? 2) <= value && value <= (closed[i] ?? -1))).toBe(true);
				expect([...open(opened, shape, ignoring)]).toEqual([...opened]);
				expect([...close(closed, shape, ignoring)]).toEqual([...closed]);
			}),
		);
	});

	it("measure a ball by the spacing", () => {
		const point = new Uint8Array(45);
		point[22] = 1;
		const ball = dilate(point, [3, 3, 5], { ball: true, radius: 2, spacing: [3, 2, 1] });
		expect(ball.join("")).toBe(["000000000000000", "001001111100100", "000000000000000"].join(""));
	});

	it("change nothing where the radius is 0, but what foreground is called", () => {
		const mask = new Uint8Array([0, 7, 0, 1, 0, 0]);
		for (const change of [erode, dilate, open, close]) {
			expect([...change(mask, [2, 3], { radius: 0 })]).toEqual([0, 1, 0, 1, 0, 0]);
		}
	});

	it("refuse masks and footprints that do not fit", () => {
		const mask = new Uint8Array(6);
		expect(() => erode(mask, [2, 4])).toThrow(RangeError);
		expect(() => erode(mask, [2, 3], { connectivity: 3 })).toThrow(/up to 2/);
		expect(() => erode(mask, [2, 3], { radius: 1.5 })).toThrow(/a whole number/);
		expect(() => dilate(mask, [2, 3], { radius: -1, ball: true })).toThrow(/-1/);
	});
});
