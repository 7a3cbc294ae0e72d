/**
 * Boxes of a copy: each voxel once, within memory, whole units, in the file's order where that is asked for.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boxShape } from "../../../src/core/box.ts";
import { sizeOf, stridesOf } from "../../../src/core/shape.ts";
import { boxesOf, isForward, planBoxes } from "../../../src/volume/convert/boxes.ts";

const extents = (rank: number, max: number) =>
	fc.array(fc.integer({ min: 1, max }), { minLength: rank, maxLength: rank });
const plans = fc.integer({ min: 1, max: 4 }).chain((rank) =>
	fc.record({
		shape: extents(rank, 9),
		unit: extents(rank, 6),
		chunks: fc.option(extents(rank, 6), { nil: undefined }),
		inOrder: fc.boolean(),
		most: fc.integer({ min: 1, max: 900 }),
	}),
);

describe("boxes of a copy", () => {
	it("cover the volume once, hold whole units, and fit the memory", () => {
		fc.assert(
			fc.property(plans, ({ shape, unit, chunks, inOrder, most }) => {
				const step = inOrder ? shape.map(() => 1) : unit;
				const clipped = step.map((extent, axis) => Math.min(extent, shape[axis] ?? 1));
				const found = planBoxes({ shape, unit: step, inOrder, prefer: [chunks], most });
				if (found === undefined) {
					expect(sizeOf(clipped)).toBeGreaterThan(most);
					return;
				}
				const seen = new Uint8Array(sizeOf(shape));
				const strides = stridesOf(shape);
				let last = -1;
				for (const box of boxesOf(shape, found)) {
					expect(sizeOf(boxShape(box))).toBeLessThanOrEqual(most);
					for (const [axis, start] of box.start.entries()) {
						expect(start % (step[axis] ?? 1)).toBe(0);
						const stop = box.stop[axis] ?? 0;
						expect(stop === shape[axis] || stop % (step[axis] ?? 1) === 0).toBe(true);
					}
					let first = Number.POSITIVE_INFINITY;
					let end = -1;
					for (let n = 0; n < seen.length; n++) {
						const at = shape.map((extent, axis) => Math.floor(n / (strides[axis] ?? 1)) % extent);
						if (!at.every((v, axis) => v >= (box.start[axis] ?? 0) && v < (box.stop[axis] ?? 0))) continue;
						seen[n] = (seen[n] ?? 0) + 1;
						first = Math.min(first, n);
						end = n;
					}
					if (inOrder || isForward(shape, found)) {
						expect(first).toBe(last + 1);
						expect(end - first + 1).toBe(sizeOf(boxShape(box)));
						last = end;
					}
				}
				expect(seen.every((count) => count === 1)).toBe(true);
				if (inOrder) expect(isForward(shape, found)).toBe(true);
			}),
			{ numRuns: 150 },
		);
	});
	it("take the input's chunks along where there is room for them, else the output's units alone", () => {
		const plan = { shape: [256, 256, 256], unit: [1, 64, 64], inOrder: false, prefer: [[32, 32, 32]] };
		expect(planBoxes({ ...plan, most: 256 ** 3 })).toEqual([256, 256, 256]);
		expect(planBoxes({ ...plan, most: 100 * 256 * 256 })).toEqual([96, 256, 256]);
		expect(planBoxes({ ...plan, most: 32 * 64 * 200 })).toEqual([32, 64, 192]);
		expect(planBoxes({ ...plan, most: 64 * 64 })).toEqual([1, 64, 64]);
		expect(planBoxes({ ...plan, most: 64 * 64 - 1 })).toBeUndefined();
	});
	it("are whole sections where a file is written from front to back, bands of rows where one has no room", () => {
		const plan = { shape: [50, 40, 30], unit: [1, 1, 1], inOrder: true, prefer: [[8, 16, 16]] };
		expect(planBoxes({ ...plan, most: 20 * 40 * 30 })).toEqual([16, 40, 30]);
		expect(planBoxes({ ...plan, most: 5 * 40 * 30 })).toEqual([5, 40, 30]);
		expect(planBoxes({ ...plan, most: 35 * 30 })).toEqual([1, 32, 30]);
	});
});
