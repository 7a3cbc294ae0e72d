import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut, ndarray } from "../../src/core/array.ts";
import { boxShape } from "../../src/core/box.ts";
import { toHalf } from "../../src/core/float16.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { insertBox } from "../../src/image/insert.ts";

const spans = fc.record({ before: fc.nat(3), size: fc.integer({ min: 1, max: 4 }), after: fc.nat(3) });

describe("insertBox", () => {
	it("is undone by cutting the box out, and holds the fill elsewhere", () => {
		fc.assert(
			fc.property(fc.array(spans, { minLength: 1, maxLength: 4 }), (axes) => {
				const box = {
					start: axes.map(({ before }) => before),
					stop: axes.map(({ before, size }) => before + size),
				};
				const shape = axes.map(({ before, size, after }) => before + size + after);
				const inner = ndarray("float32", boxShape(box), new Float32Array(sizeOf(boxShape(box))).fill(3));
				const whole = insertBox(inner, box.start, shape, 7);
				expect(cut(whole, box)).toEqual(inner);
				expect(whole.data.filter((v) => v === 7)).toHaveLength(sizeOf(shape) - inner.data.length);
			}),
		);
	});

	it("fills channels with values of their own", () => {
		const probabilities = ndarray("float32", [2, 1], Float32Array.of(0.25, 0.75));
		expect([...insertBox(probabilities, [0, 1], [2, 3], [1, 0]).data]).toEqual([1, 0.25, 1, 0, 0.75, 0]);
		expect([...insertBox(probabilities, [0, 1], [2, 3], [3, 2]).data]).toEqual([3, 0.25, 3, 2, 0.75, 2]);
	});

	it("fills every element type", () => {
		expect(insertBox(ndarray("int64", [1], BigInt64Array.of(5n)), [1], [2], -1).data).toEqual(
			BigInt64Array.of(-1n, 5n),
		);
		expect(insertBox(ndarray("float16", [1], Uint16Array.of(0)), [0], [2], 1.5).data).toEqual(
			Uint16Array.of(0, toHalf(1.5)),
		);
		expect(insertBox(ndarray("uint8", [1], Uint8Array.of(9)), [0], [2]).data).toEqual(Uint8Array.of(9, 0));
	});

	it("refuses boxes that stick out and fills that do not divide", () => {
		const two = ndarray("uint8", [2], Uint8Array.of(1, 2));
		expect(() => insertBox(two, [2], [3])).toThrow(/2 at \[2\]/);
		expect(() => insertBox(two, [-1], [3])).toThrow(RangeError);
		expect(() => insertBox(two, [0, 0], [3, 3])).toThrow(RangeError);
		expect(() => insertBox(two, [0], [3], [1, 2])).toThrow(/2 fill values/);
	});
});
