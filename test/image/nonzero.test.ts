import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut, ndarray } from "../../src/core/array.ts";
import { shift, wholeBox } from "../../src/core/box.ts";
import { sizeOf, stridesOf } from "../../src/core/shape.ts";
import { joinBoxes, nonzeroBox, nonzeroMask, nonzeroPart } from "../../src/image/nonzero.ts";

const images = fc
	.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 })
	.chain((shape) =>
		fc.tuple(
			fc.constant(shape),
			fc.uint8Array({ minLength: sizeOf(shape), maxLength: sizeOf(shape), max: 12 }),
			fc.uint8Array({ minLength: sizeOf(shape), maxLength: sizeOf(shape), max: 12 }),
		),
	)
	.map(([shape, a, b]) => ({ shape, channels: [a, b].map((c) => c.map((v) => (v > 11 ? v : 0))) }));

describe("nonzeroBox", () => {
	it("is the smallest box around the voxels of both channels", () => {
		fc.assert(
			fc.property(images, ({ shape, channels }) => {
				const strides = stridesOf(shape);
				const mask = nonzeroMask(channels, shape);
				const set = [...mask.keys()].filter((i) => channels.some((c) => (c[i] ?? 0) !== 0));
				expect([...mask.keys()].filter((i) => mask[i] === 1)).toEqual(set);
				const along = (i: number, axis: number) => Math.floor(i / (strides[axis] ?? 1)) % (shape[axis] ?? 1);
				const expected = {
					start: shape.map((_, axis) => Math.min(...set.map((i) => along(i, axis)))),
					stop: shape.map((_, axis) => Math.max(...set.map((i) => along(i, axis))) + 1),
				};
				expect(nonzeroBox(channels, shape)).toEqual(set.length === 0 ? wholeBox(shape) : expected);
			}),
		);
	});

	it("can be joined from parts", () => {
		fc.assert(
			fc.property(images, fc.integer({ min: 0, max: 6 }), ({ shape, channels }, at) => {
				const middle = Math.min(at, shape[0] ?? 0);
				const parts = [
					{ start: shape.map(() => 0), stop: [middle, ...shape.slice(1)] },
					{ start: [middle, ...shape.slice(1).map(() => 0)], stop: shape },
				].map((box) => {
					const size = [(box.stop[0] ?? 0) - (box.start[0] ?? 0), ...shape.slice(1)];
					const found = nonzeroPart(
						channels.map((data) => cut(ndarray("uint8", shape, Uint8Array.from(data)), box).data),
						size,
					);
					return found && shift(found, box.start);
				});
				expect(joinBoxes(parts[0], parts[1])).toEqual(nonzeroPart(channels, shape));
			}),
		);
	});

	it("is undefined for a part without a voxel, and joining such parts changes nothing", () => {
		const box = { start: [1], stop: [2] };
		expect(nonzeroPart([new Uint8Array(4)], [4])).toBeUndefined();
		expect(joinBoxes(undefined, box)).toEqual(box);
		expect(joinBoxes(box, undefined)).toEqual(box);
		expect(joinBoxes(undefined, undefined)).toBeUndefined();
	});

	it("counts NaN and negative values, not -0", () => {
		expect(nonzeroBox([Float32Array.of(0, Number.NaN, 0, -1, -0, 0)], [6])).toEqual({ start: [1], stop: [4] });
	});

	it("refuses channels of another size", () => {
		expect(() => nonzeroBox([new Uint8Array(5)], [2, 3])).toThrow(/2x3/);
		expect(() => nonzeroMask([new Uint8Array(5)], [2, 3])).toThrow(RangeError);
	});
});
