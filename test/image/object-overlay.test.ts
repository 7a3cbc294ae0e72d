import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { colourOf, greyLevels, objectOverlay } from "../../src/image/object-overlay.ts";

describe("colourOf", () => {
	it("gives colours of 0 to 255 that neighbouring ids do not share", () => {
		for (let id = 1; id < 3000; id++) {
			const colour = colourOf(id);
			for (const part of colour) expect(Number.isInteger(part) && part >= 0 && part <= 255).toBe(true);
			for (let other = id + 1; other < id + 5; other++) {
				const apart = colourOf(other).reduce((sum, part, c) => sum + Math.abs(part - (colour[c] ?? 0)), 0);
				expect(apart).toBeGreaterThan(60);
			}
			expect(Math.max(...colour) - Math.min(...colour)).toBeGreaterThan(100);
		}
	});
});

describe("greyLevels", () => {
	it("stretch from black to white, whatever the values", () => {
		fc.assert(
			fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 2 }), (values) => {
				const levels = greyLevels(Float32Array.from(values));
				const order = values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
				for (let i = 1; i < order.length; i++) {
					expect(levels[order[i] ?? 0]).toBeGreaterThanOrEqual(levels[order[i - 1] ?? 0] ?? 0);
				}
			}),
		);
		expect([...greyLevels(Float32Array.of(2, 4, 3))]).toEqual([0, 255, 128]);
		expect([...greyLevels(Float32Array.of(5, 5))]).toEqual([0, 0]);
		expect([...greyLevels(Float32Array.of(Number.NaN, 0, 1))]).toEqual([0, 0, 255]);
	});
});

describe("objectOverlay", () => {
	it("outlines objects, tints them, and leaves the rest grey", () => {
		const labels = Uint32Array.from("11112111121111200003", Number);
		const grey = new Uint8Array(20).fill(200);
		const { shape, data } = objectOverlay(grey, labels, [4, 5]);
		expect(shape).toEqual([4, 5, 3]);
		const at = (y: number, x: number) => [...data.slice(3 * (5 * y + x), 3 * (5 * y + x) + 3)];
		expect(at(3, 1)).toEqual([200, 200, 200]);
		expect(at(0, 0)).toEqual(colourOf(1).map((part) => Math.round(0.6 * 200 + 0.4 * part)));
		expect(at(0, 3)).toEqual([...colourOf(1)]);
		expect(at(0, 4)).toEqual([...colourOf(2)]);
		expect(at(2, 1)).toEqual([...colourOf(1)]);
		expect(at(3, 4)).toEqual([...colourOf(3)]);
	});

	it("refuses lengths that do not fit", () => {
		expect(() => objectOverlay(new Uint8Array(3), new Uint32Array(4), [2, 2])).toThrow(RangeError);
	});
});
