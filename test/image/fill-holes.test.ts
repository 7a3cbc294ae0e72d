import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { components } from "../../src/image/components.ts";
import { fillHoles, fillHolesInSections } from "../../src/image/fill-holes.ts";
import { bitsOf, maskCases, maskOf } from "./fixture.ts";
import { objectCases } from "./kernel-fixture.ts";

describe("fillHoles", () => {
	it.each(maskCases)("fills a mask of $shape as scipy does", ({ shape, mask, filled }) => {
		expect(bitsOf(fillHoles(maskOf(mask), shape))).toBe(filled);
	});

	it.each(objectCases)("fills $shape whole and section by section as scipy does", (one) => {
		const mask = Uint8Array.from(one.mask);
		expect([...fillHoles(mask, one.shape)]).toEqual(one.filled);
		if (one.filledSections === undefined) expect([...fillHolesInSections(mask, one.shape)]).toEqual(one.filled);
		else expect([...fillHolesInSections(mask, one.shape)]).toEqual(one.filledSections);
		expect(() => fillHolesInSections(mask, [7, 7])).toThrow(RangeError);
	});

	it("fills nothing in a 3D mask of one slice, but in the same mask as 2D", () => {
		const ring = maskOf("111101111");
		expect(bitsOf(fillHoles(ring, [1, 3, 3]))).toBe("111101111");
		expect(bitsOf(fillHoles(ring, [3, 3]))).toBe("111111111");
	});

	it("leaves background only where it touches the border, and filling twice changes nothing", () => {
		fc.assert(
			fc.property(fc.uint8Array({ minLength: 120, maxLength: 120, max: 1 }), (mask) => {
				for (const shape of [
					[10, 12],
					[4, 5, 6],
				]) {
					const filled = fillHoles(mask, shape);
					expect(filled.every((v, i) => v >= (mask[i] ?? 0))).toBe(true);
					expect(fillHoles(filled, shape)).toEqual(filled);
					const { labels, count } = components(
						filled.map((v) => 1 - v),
						shape,
					);
					expect(touching(labels, shape).size).toBe(count);
				}
			}),
		);
	});

	it("takes any value but 0 as foreground, holds a large cavity, refuses other lengths", () => {
		expect(bitsOf(fillHoles(Uint8Array.of(0, 255, 0, 7), [4]))).toBe("0111");
		const open = new Uint8Array(300 * 300);
		expect(fillHoles(open, [300, 300]).includes(1)).toBe(false);
		expect(() => fillHoles(open, [300, 299])).toThrow(RangeError);
	});
});

/** Labels found on the border. */
function touching(labels: Uint32Array, shape: readonly number[]): Set<number> {
	const found = new Set<number>();
	for (const [at, label] of labels.entries()) {
		let rest = at;
		for (const extent of shape.toReversed()) {
			const v = rest % extent;
			rest = Math.floor(rest / extent);
			if (label > 0 && (v === 0 || v === extent - 1)) found.add(label);
		}
	}
	return found;
}
