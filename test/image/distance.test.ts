import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { asZyx, sizeOf } from "../../src/core/shape.ts";
import { type Border, distance, distanceLabels } from "../../src/image/distance.ts";
import { bytesOf, casesOf, floatsOf, integersOf } from "./arrays.ts";

const cases = casesOf(
	"distance.json",
	z.object({
		shape: z.array(z.number()),
		spacing: z.array(z.number()),
		mask: z.string(),
		scipy: z.string(),
		bordered: z.string(),
		labels: z.string(),
		labelled: z.string(),
		labelledBordered: z.string(),
	}),
);

/** The largest difference, relative to the values. */
function difference(found: Float32Array, expected: Float32Array): number {
	expect(found.length).toBe(expected.length);
	return found.reduce((most, value, i) => {
		const other = expected[i] ?? 0;
		return value === other ? most : Math.max(most, Math.abs(value - other) / Math.max(1e-30, Math.abs(other)));
	}, 0);
}

/** The same by looking at all pairs of voxels. */
function bruteForce(labels: Uint8Array, shape: readonly number[], spacing: readonly number[], border: Border) {
	const extent = asZyx(shape);
	const steps = asZyx(spacing);
	const [, height, width] = extent;
	const places = Array.from(labels, (_, i) => [
		Math.floor(i / (width * height)),
		Math.floor(i / width) % height,
		i % width,
	]);
	return Float32Array.from(labels, (label, i) => {
		if (label === 0) return 0;
		let least = Number.POSITIVE_INFINITY;
		for (const [j, other] of labels.entries()) {
			if (other === label) continue;
			const parts = steps.map((step, axis) => (((places[i]?.[axis] ?? 0) - (places[j]?.[axis] ?? 0)) * step) ** 2);
			least = Math.min(least, Math.sqrt(parts.reduce((a, b) => a + b, 0)));
		}
		for (let axis = 3 - shape.length; border === "background" && axis < 3; axis++) {
			const at = places[i]?.[axis] ?? 0;
			least = Math.min(least, Math.min(at + 1, (extent[axis] ?? 0) - at) * (steps[axis] ?? 0));
		}
		return least;
	});
}

const spacings = fc.array(fc.double({ min: 0.1, max: 50, noNaN: true }), { minLength: 3, maxLength: 3 });
const volumes = fc
	.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 9 }))
	.chain((shape) =>
		fc.record({
			shape: fc.constant(shape),
			labels: fc.uint8Array({ minLength: sizeOf(shape), maxLength: sizeOf(shape), max: 2 }),
			spacing: spacings,
			border: fc.constantFrom<Border>("background", "ignored"),
		}),
	);

/** Lines so long, with so little background, that the search along them is given up. */
const needles = fc.tuple(fc.constantFrom(...[0, 1, 2]), fc.integer({ min: 50, max: 130 })).chain(([axis, length]) => {
	const shape = [2, 3, 2].map((extent, i) => (i === axis ? length : extent));
	return fc.record({
		shape: fc.constant(shape),
		holes: fc.array(fc.nat(sizeOf(shape) - 1), { maxLength: 4 }),
		spacing: spacings,
		border: fc.constantFrom<Border>("background", "ignored"),
		label: fc.constantFrom(0, 2),
	});
});

describe("distance", () => {
	it.each(cases)("is scipy's and edt's for $shape at $spacing", ({ shape, spacing, mask, scipy, bordered }) => {
		expect(difference(distance(bytesOf(mask), shape, spacing), floatsOf(scipy))).toBeLessThan(3e-7);
		expect(difference(distance(bytesOf(mask), shape, spacing, "background"), floatsOf(bordered))).toBeLessThan(1e-6);
	});

	it("is what looking at all pairs of voxels gives", () => {
		fc.assert(
			fc.property(volumes, ({ shape, labels, spacing, border }) => {
				const mask = labels.map((v) => (v > 0 ? 1 : 0));
				const expected = bruteForce(mask, shape, spacing, border);
				expect(difference(distance(labels, shape, spacing, border), expected)).toBeLessThan(3e-7);
			}),
		);
	});

	it("is infinite where there is no background at all", () => {
		expect([...distance(new Uint8Array(6).fill(1), [2, 3], [1, 1])]).toEqual(Array(6).fill(Number.POSITIVE_INFINITY));
	});

	it("looks at one section where the spacing has no number for z, whose sides are then no border", () => {
		const row = new Uint8Array([1, 1, 1]);
		expect([...distance(row, [1, 1, 3], [2], "background")]).toEqual([2, 4, 2]);
		expect([...distance(row, [1, 1, 3], [1, 1, 2], "background")]).toEqual([1, 1, 1]);
	});

	it("refuses lengths and spacings that do not fit", () => {
		const mask = new Uint8Array(6);
		expect(() => distance(mask, [2, 4], [1, 1])).toThrow(RangeError);
		expect(() => distance(mask, [2, 3], [1])).toThrow(/spacing of \[1\]/);
		expect(() => distance(mask, [2, 3], [1, 0])).toThrow(/above 0/);
	});
});

describe("distanceLabels", () => {
	it("is what looking at all pairs of voxels gives along lines that are too long to be searched", () => {
		fc.assert(
			fc.property(needles, ({ shape, holes, spacing, border, label }) => {
				const labels = new Uint8Array(sizeOf(shape)).fill(1);
				for (const hole of holes) labels[hole] = label;
				const expected = bruteForce(labels, shape, spacing, border);
				expect(difference(distanceLabels(labels, shape, spacing, border), expected)).toBeLessThan(5e-7);
				if (label === 0) expect(difference(distance(labels, shape, spacing, border), expected)).toBeLessThan(5e-7);
			}),
			{ numRuns: 40 },
		);
	});

	it.each(cases)("is edt's for $shape at $spacing", ({ shape, spacing, labels, labelled, labelledBordered }) => {
		const voxels = integersOf(labels);
		expect(difference(distanceLabels(voxels, shape, spacing), floatsOf(labelled))).toBeLessThan(1e-6);
		expect(difference(distanceLabels(voxels, shape, spacing, "background"), floatsOf(labelledBordered))).toBeLessThan(
			1e-6,
		);
	});

	it("is what looking at all pairs of voxels gives", () => {
		fc.assert(
			fc.property(volumes, ({ shape, labels, spacing, border }) => {
				const expected = bruteForce(labels, shape, spacing, border);
				expect(difference(distanceLabels(labels, shape, spacing, border), expected)).toBeLessThan(3e-7);
			}),
		);
	});
});
