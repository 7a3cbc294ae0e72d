import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, copyBox, cut, hasDType, type NdArray, ndarray, reshape, rows, zeros } from "../../src/core/array.ts";
import { type Box, boxShape, wholeBox } from "../../src/core/box.ts";
import { DTYPES, type DType, isDType } from "../../src/core/dtype.ts";
import { sizeOf, stridesOf } from "../../src/core/shape.ts";

const DTYPE_NAMES = Object.keys(DTYPES).filter(isDType);

/** An array whose bytes are all different from those of a blank one. */
function numbered<D extends DType>(dtype: D, shape: readonly number[]): NdArray<D> {
	const array = zeros(dtype, shape);
	const bytes = bytesOf(array);
	for (let i = 0; i < bytes.length; i++) bytes[i] = 1 + (i % 251);
	return array;
}

/** Bytes of the element at `index`. */
function element(array: NdArray, index: readonly number[]): readonly number[] {
	const width = DTYPES[array.dtype].bytes;
	const strides = stridesOf(array.shape);
	const at = index.reduce((sum, v, axis) => sum + v * (strides[axis] ?? 0), 0) * width;
	return [...bytesOf(array).subarray(at, at + width)];
}

function* indices(shape: readonly number[]): Generator<number[]> {
	for (let n = 0; n < sizeOf(shape); n++) {
		const strides = stridesOf(shape);
		yield shape.map((extent, axis) => Math.floor(n / (strides[axis] ?? 1)) % extent);
	}
}

const copies = fc
	.array(
		fc.record({
			extent: fc.integer({ min: 1, max: 4 }),
			before: fc.nat(2),
			after: fc.nat(2),
			at: fc.nat(2),
			room: fc.nat(2),
		}),
		{
			minLength: 1,
			maxLength: 4,
		},
	)
	.map((axes) => ({
		source: axes.map(({ extent, before, after }) => extent + before + after),
		target: axes.map(({ extent, at, room }) => extent + at + room),
		box: { start: axes.map(({ before }) => before), stop: axes.map(({ extent, before }) => extent + before) },
		at: axes.map(({ at }) => at),
	}));

describe("copyBox", () => {
	it("copies the box and nothing else, for every element type and rank", () => {
		fc.assert(
			fc.property(copies, fc.constantFrom(...DTYPE_NAMES), (copy, dtype) => {
				const source = numbered(dtype, copy.source);
				const target = zeros(dtype, copy.target);
				copyBox(source, copy.box, target, copy.at);
				for (const index of indices(copy.target)) {
					const from = index.map((v, axis) => v - (copy.at[axis] ?? 0) + (copy.box.start[axis] ?? 0));
					const isInside = from.every((v, axis) => v >= (copy.box.start[axis] ?? 0) && v < (copy.box.stop[axis] ?? 0));
					const blank = new Array<number>(DTYPES[dtype].bytes).fill(0);
					expect(element(target, index)).toEqual(isInside ? element(source, from) : blank);
				}
			}),
		);
	});

	it("puts together again what was cut apart", () => {
		fc.assert(
			fc.property(copies, fc.nat(3), fc.nat(4), (copy, axisAt, share) => {
				const shape = copy.source;
				const axis = axisAt % shape.length;
				const middle = Math.min(share, shape[axis] ?? 0);
				const source = numbered("int16", shape);
				const whole = wholeBox(shape);
				const low: Box = { start: whole.start, stop: whole.stop.map((v, a) => (a === axis ? middle : v)) };
				const high: Box = { start: whole.start.map((v, a) => (a === axis ? middle : v)), stop: whole.stop };
				const target = zeros("int16", shape);
				for (const box of [low, high]) {
					const part = cut(source, box);
					expect(part.shape).toEqual(boxShape(box));
					copyBox(part, wholeBox(part.shape), target, box.start);
				}
				expect(target.data).toEqual(source.data);
			}),
		);
	});

	it("refuses boxes and places outside their arrays, and other element types", () => {
		const source = numbered("uint8", [3, 4]);
		expect(() => cut(source, { start: [0, 0], stop: [3, 5] })).toThrow(RangeError);
		expect(() => cut(source, { start: [-1, 0], stop: [2, 2] })).toThrow(RangeError);
		expect(() => copyBox(source, wholeBox([3, 4]), zeros("uint8", [3, 4]), [0, 1])).toThrow(RangeError);
		expect(() => copyBox(source, wholeBox([3, 4]), zeros("int8", [3, 4]), [0, 0])).toThrow(TypeError);
		expect(source.data).toEqual(numbered("uint8", [3, 4]).data);
	});

	it("copies nothing from an empty box", () => {
		const target = zeros("uint8", [2, 2]);
		copyBox(numbered("uint8", [2, 2]), { start: [1, 1], stop: [1, 2] }, target, [0, 0]);
		expect(target.data).toEqual(new Uint8Array(4));
	});
});

describe("ndarray", () => {
	it("refuses a length that is not the shape's", () => {
		expect(() => ndarray("uint8", [2, 3], new Uint8Array(5))).toThrow(/2x3 needs 6 elements, found 5/);
	});

	it("keeps its memory under another shape", () => {
		const array = numbered("uint16", [2, 6]);
		expect(reshape(array, [3, 4]).data).toBe(array.data);
		expect(() => reshape(array, [3, 3])).toThrow(RangeError);
		expect(hasDType(array, "uint16")).toBe(true);
		expect(hasDType(array, "float16")).toBe(false);
	});

	it("gives the bytes of a view, not of the buffer under it", () => {
		const buffer = Uint16Array.of(1, 2, 3, 4);
		expect([...bytesOf(ndarray("uint16", [2], buffer.subarray(1, 3)))]).toEqual([2, 0, 3, 0]);
	});
});

describe("rows", () => {
	it("visits every row once, in C order", () => {
		expect(Array.from(rows([2, 2, 5]), (index) => [...index])).toEqual([
			[0, 0, 0],
			[0, 1, 0],
			[1, 0, 0],
			[1, 1, 0],
		]);
		expect(Array.from(rows([7]), (index) => [...index])).toEqual([[0]]);
		expect(Array.from(rows([0, 3]))).toEqual([]);
	});
});
