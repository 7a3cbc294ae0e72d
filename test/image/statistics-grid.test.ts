import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut, ndarray } from "../../src/core/array.ts";
import { sizeOf, type Zyx } from "../../src/core/shape.ts";
import { CELL, statisticsOf } from "../../src/image/statistics.ts";
import { collectPlanes, mergePlanes } from "../../src/image/statistics-grid.ts";

/** Voxels that no two orders of addition sum to the same. */
function volume(shape: Zyx) {
	const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => 1000 + Math.sin(i * 12.9898) * (i % 17));
	const mask = Uint8Array.from(data, (_, i) => ((i * 7) % 5 < 3 ? 1 : 0));
	return { image: ndarray("float32", shape, data), mask: ndarray("uint8", shape, mask) };
}

/** Bricks of `depth` planes and `rows` x `columns` cells that cover `shape`. */
function bricksOf(shape: Zyx, [depth, rows, columns]: Zyx) {
	const steps = [depth, rows * CELL, columns * CELL] as const;
	const starts = (axis: 0 | 1 | 2) =>
		Array.from({ length: Math.ceil(shape[axis] / steps[axis]) }, (_, n) => n * steps[axis]);
	return starts(0).flatMap((z) =>
		starts(1).flatMap((y) =>
			starts(2).map((x) => {
				const start = [z, y, x] as const;
				return { start, stop: start.map((at, axis) => Math.min(at + (steps[axis] ?? 0), shape[axis] ?? 0)) };
			}),
		),
	);
}

describe("collectPlanes", () => {
	const shapes = fc.tuple(
		fc.integer({ min: 1, max: 5 }),
		fc.constantFrom(1, 255, 256, 257, 600),
		fc.constantFrom(3, 256, 300, 513),
	);
	const sizes = fc.tuple(
		fc.integer({ min: 1, max: 3 }),
		fc.integer({ min: 1, max: 3 }),
		fc.integer({ min: 1, max: 3 }),
	);

	it("has the bits of the whole, whatever the bricks and their order, with and without a mask", () => {
		fc.assert(
			fc.property(shapes, sizes, fc.boolean(), fc.infiniteStream(fc.nat()), (shape, brick, masked, order) => {
				const { image, mask } = volume(shape);
				const whole = statisticsOf(image.data, shape, masked ? mask.data : undefined);
				const collector = collectPlanes(shape);
				const boxes = bricksOf(shape, brick).map((box) => ({ box, at: order.next().value }));
				for (const { box } of boxes.sort((a, b) => a.at - b.at)) {
					const [z, y, x] = box.start;
					const part = cut(image, box);
					const size: Zyx = [part.shape[0] ?? 0, part.shape[1] ?? 0, part.shape[2] ?? 0];
					collector.push([z, y, x], { data: part.data, size, mask: masked ? cut(mask, box).data : undefined });
				}
				expect(mergePlanes(collector.finish())).toEqual(whole);
			}),
			{ numRuns: 25 },
		);
	});

	it("is the same for integers and the floats they become", () => {
		const bytes = Uint8Array.from({ length: 2 * 300 * 40 }, (_, i) => (i * i) % 251);
		const size: Zyx = [2, 300, 40];
		expect(statisticsOf(bytes, size)).toEqual(statisticsOf(Float32Array.from(bytes), size));
	});

	it("refuses bricks off the grid, of another length, and to finish before the last", () => {
		const collector = collectPlanes([2, 300, 300]);
		const brick = (size: Zyx) => ({ data: new Uint8Array(sizeOf(size)), size });
		expect(() => collector.push([0, 100, 0], brick([1, 200, 300]))).toThrow(/grid of 256/);
		expect(() => collector.push([0, 0, 0], brick([1, 300, 200]))).toThrow(/200 at \[0, 0, 0\] of 2x300x300/);
		expect(() => collector.push([2, 0, 0], brick([1, 300, 300]))).toThrow(RangeError);
		expect(() => collector.push([0, 0, 0], { data: new Uint8Array(3), size: [1, 1, 4] })).toThrow(/1x1x4/);
		collector.push([0, 0, 0], brick([1, 300, 300]));
		expect(() => collector.finish()).toThrow(/of 2 planes, 1 came whole/);
	});

	it("has figures of no voxels for a volume without any", () => {
		expect(mergePlanes(collectPlanes([0, 3, 3]).finish()).count).toBe(0);
		expect(mergePlanes(collectPlanes([3, 0, 3]).finish()).count).toBe(0);
	});
});
