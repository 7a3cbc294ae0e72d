import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Box, boxShape, contains, intersect, isEmpty, shift, wholeBox } from "../../src/core/box.ts";

const RANK = 3;
const numbers = (min: number, max: number) => fc.array(fc.integer({ min, max }), { minLength: RANK, maxLength: RANK });
const boxes = fc
	.tuple(numbers(-4, 4), numbers(0, 5))
	.map(([start, extent]): Box => ({ start, stop: start.map((first, axis) => first + (extent[axis] ?? 0)) }));

const holds = (box: Box, point: readonly number[]) =>
	point.every((v, axis) => v >= (box.start[axis] ?? 0) && v < (box.stop[axis] ?? 0));

describe("boxes", () => {
	it("share exactly the voxels that lie in both", () => {
		fc.assert(
			fc.property(boxes, boxes, numbers(-5, 10), (a, b, point) => {
				expect(holds(intersect(a, b), point)).toBe(holds(a, point) && holds(b, point));
				expect(intersect(a, b)).toEqual(intersect(b, a));
			}),
		);
	});

	it("are empty where they hold no voxel", () => {
		fc.assert(
			fc.property(boxes, (box) => {
				expect(isEmpty(box)).toBe(boxShape(box).some((extent) => extent === 0));
			}),
		);
		expect(isEmpty(intersect({ start: [0], stop: [2] }, { start: [5], stop: [6] }))).toBe(true);
	});

	it("move and come back, keeping their shape", () => {
		fc.assert(
			fc.property(boxes, numbers(-9, 9), (box, offset) => {
				const moved = shift(box, offset);
				expect(boxShape(moved)).toEqual(boxShape(box));
				expect(moved.start).toEqual(box.start.map((first, axis) => first + (offset[axis] ?? 0)));
				const back = shift(
					moved,
					offset.map((v) => -v),
				);
				expect(back.start.map(Number)).toEqual(box.start.map((v) => v + 0));
			}),
		);
	});

	it("contain what they share with another, and no more than themselves", () => {
		fc.assert(
			fc.property(boxes, boxes, (a, b) => {
				const shared = intersect(a, b);
				if (!isEmpty(shared)) expect(contains(a, shared) && contains(b, shared)).toBe(true);
				if (contains(a, b)) expect(shared).toEqual(b);
			}),
		);
		expect(contains(wholeBox([3, 4]), { start: [0, 1], stop: [3, 5] })).toBe(false);
		expect(contains(wholeBox([3, 4]), { start: [-1, 0], stop: [3, 4] })).toBe(false);
		expect(wholeBox([3, 4])).toEqual({ start: [0, 0], stop: [3, 4] });
	});
});
