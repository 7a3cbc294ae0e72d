import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asZyx, sameShape, shapeText, sizeOf, stridesOf, zyx } from "../../src/core/shape.ts";

const shapes = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 });

describe("shapes", () => {
	it("have strides that count every element once", () => {
		fc.assert(
			fc.property(shapes, (shape) => {
				const strides = stridesOf(shape);
				const last = shape.reduce((sum, extent, axis) => sum + (extent - 1) * (strides[axis] ?? 0), 0);
				expect(last).toBe(sizeOf(shape) - 1);
			}),
		);
		expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
		expect(sizeOf([5, 0])).toBe(0);
	});

	it("are the same in rank and extents", () => {
		expect(sameShape([2, 3], [2, 3])).toBe(true);
		expect(sameShape([2, 3], [2, 3, 1])).toBe(false);
		expect(sameShape([2, 3], [3, 2])).toBe(false);
		expect(shapeText([1, 384, 512])).toBe("1x384x512");
	});

	it("of fewer axes get missing ones in front", () => {
		expect(asZyx([5, 6])).toEqual([1, 5, 6]);
		expect(asZyx([6], 0)).toEqual([0, 0, 6]);
		expect(asZyx([4, 5, 6])).toEqual([4, 5, 6]);
		expect(() => asZyx([1, 2, 3, 4])).toThrow(RangeError);
		expect(() => zyx([1, 2])).toThrow(/three numbers/);
		expect(() => zyx([1, 2, 3, 4])).toThrow(/three numbers/);
	});
});
