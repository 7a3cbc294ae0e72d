import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import type { DType } from "../../src/core/dtype.ts";
import { DTYPES, viewAs } from "../../src/core/dtype.ts";
import { sizeOf, stridesOf } from "../../src/core/shape.ts";
import { inverseAxes, transpose } from "../../src/image/transpose.ts";

const dtypes: readonly DType[] = ["uint8", "int16", "float16", "float32", "int64", "float64"];
const cases = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }).chain((shape) =>
	fc.record({
		shape: fc.constant(shape),
		axes: fc.shuffledSubarray(
			shape.map((_, i) => i),
			{ minLength: shape.length },
		),
		dtype: fc.constantFrom(...dtypes),
	}),
);

function random(dtype: DType, shape: readonly number[]) {
	const bytes = Uint8Array.from({ length: sizeOf(shape) * DTYPES[dtype].bytes }, (_, i) => (i * 167 + 13) % 251);
	return ndarray(dtype, shape, viewAs(dtype, bytes));
}

describe("transpose", () => {
	it("puts every element where index arithmetic says, for every element type", () => {
		fc.assert(
			fc.property(cases, ({ shape, axes, dtype }) => {
				const source = random(dtype, shape);
				const target = transpose(source, axes);
				expect(target.shape).toEqual(axes.map((axis) => shape[axis]));
				const from = stridesOf(shape);
				const to = stridesOf(target.shape);
				for (const [i, value] of target.data.entries()) {
					const at = axes.reduce((sum, axis, j) => {
						const index = Math.floor(i / (to[j] ?? 1)) % (target.shape[j] ?? 1);
						return sum + index * (from[axis] ?? 0);
					}, 0);
					expect(value).toEqual(source.data[at]);
				}
			}),
		);
	});

	it("is undone by the inverse order", () => {
		fc.assert(
			fc.property(cases, ({ shape, axes, dtype }) => {
				const source = random(dtype, shape);
				expect(transpose(transpose(source, axes), inverseAxes(axes))).toEqual(source);
			}),
		);
	});

	it("moves channels to the front", () => {
		const colour = ndarray("uint8", [1, 2, 3], Uint8Array.of(1, 2, 3, 4, 5, 6));
		expect(transpose(colour, [2, 0, 1])).toEqual(ndarray("uint8", [3, 1, 2], Uint8Array.of(1, 4, 2, 5, 3, 6)));
	});

	it("keeps NaN payloads, gives the same array where nothing moves, takes empty arrays", () => {
		const bits = Uint32Array.of(1, 0x7ff00000, 2, 0xfff80000);
		const nans = ndarray("float64", [1, 2], new Float64Array(bits.buffer));
		const moved = transpose(nans, [1, 0]).data;
		expect(new Uint32Array(moved.buffer, moved.byteOffset, 4)).toEqual(bits);
		expect(transpose(nans, [0, 1])).toBe(nans);
		expect(transpose(ndarray("uint8", [0, 3], new Uint8Array(0)), [1, 0]).shape).toEqual([3, 0]);
	});

	it.each([[[0]], [[0, 0]], [[0, 2]], [[0, 1, 2]]])("refuses the order %j of two axes", (axes) => {
		expect(() => transpose(random("uint8", [2, 3]), axes)).toThrow(RangeError);
	});
});
