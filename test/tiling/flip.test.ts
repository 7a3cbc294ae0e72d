import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sizeOf, stridesOf } from "../../src/core/shape.ts";
import { addFlipped, flipInto } from "../../src/tiling/flip.ts";

const cases = fc
	.tuple(fc.integer({ min: 1, max: 3 }), fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }))
	.chain(([channels, shape]) =>
		fc.tuple(fc.constant(channels), fc.constant(shape), fc.subarray(shape.map((_, i) => i))),
	);

function numbered(length: number): Float32Array {
	return Float32Array.from({ length }, (_, i) => i + 1);
}

/** The mirrored array by index arithmetic, one element at a time. */
function slowFlip(source: Float32Array, shape: readonly number[], axes: readonly number[]): Float32Array {
	const full = [source.length / sizeOf(shape), ...shape];
	const strides = stridesOf(full);
	return source.map((_, at) => {
		const index = strides.map((stride, i) => Math.floor(at / stride) % (full[i] ?? 1));
		const from = index.map((v, i) => (axes.includes(i - 1) ? (full[i] ?? 0) - 1 - v : v));
		return source[from.reduce((sum, v, i) => sum + v * (strides[i] ?? 0), 0)] ?? 0;
	});
}

describe("flipInto", () => {
	it("mirrors every axis as index arithmetic does", () => {
		fc.assert(
			fc.property(cases, ([channels, shape, axes]) => {
				const source = numbered(channels * sizeOf(shape));
				const target = new Float32Array(source.length);
				flipInto(source, target, channels, shape, axes);
				expect(target).toEqual(slowFlip(source, shape, axes));
			}),
		);
	});

	it("refuses sizes and axes that do not fit, and work in place", () => {
		const six = numbered(6);
		expect(() => flipInto(six, six, 1, [2, 3], [0])).toThrow(RangeError);
		expect(() => flipInto(six, numbered(5), 1, [2, 3], [0])).toThrow(RangeError);
		expect(() => flipInto(six, numbered(6), 1, [2, 3], [2])).toThrow(/axes 0 to 1/);
		expect(() => flipInto(six, numbered(6), 1, [2, 3], [-1])).toThrow(RangeError);
		expect(() => flipInto(six, numbered(6), 1, [1, 1, 2, 3], [0])).toThrow(/up to three axes/);
	});
});

describe("addFlipped", () => {
	it("adds what flipInto writes", () => {
		fc.assert(
			fc.property(cases, ([channels, shape, axes]) => {
				const source = numbered(channels * sizeOf(shape));
				const target = source.map((v) => v * 1000);
				addFlipped(source, target, channels, shape, axes);
				const flipped = slowFlip(source, shape, axes);
				expect(target).toEqual(source.map((v, i) => v * 1000 + (flipped[i] ?? 0)));
			}),
		);
	});
});
