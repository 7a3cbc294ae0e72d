import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, type NdArray, ndarray } from "../../src/core/array.ts";
import { DTYPES, type DType, viewAs } from "../../src/core/dtype.ts";
import { toFloat32 } from "../../src/image/cast.ts";
import { applyScale, type ChannelScale, figureOf, scaleOf } from "../../src/preprocess/scale.ts";
import { scalerOf } from "../../src/preprocess/scaler.ts";

const IMAGE = { kind: "image" } as const;
const dtypes = fc.constantFrom<DType[]>(
	"uint8",
	"int8",
	"uint16",
	"int16",
	"uint32",
	"int32",
	"uint64",
	"int64",
	"float16",
	"float32",
	"float64",
);
const number = fc.oneof(fc.double({ min: -300, max: 300, noNaN: true }), fc.constantFrom(0, -0, 1e-50, 1e30));
const scales: fc.Arbitrary<ChannelScale> = fc.oneof(
	fc.constant({ kind: "none" } as const),
	fc.record({
		kind: fc.constant("scale" as const),
		subtract: number,
		divide: fc.double({ min: 1e-8, max: 1e5, noNaN: true }),
	}),
	fc.record({
		kind: fc.constant("scale" as const),
		clip: fc.record({ lower: number, upper: number }),
		subtract: number,
		divide: fc.double({ min: 1e-8, max: 1e5, noNaN: true }),
	}),
);

/** Any bits at all as elements of `dtype`: NaN, infinities and negative zeros among floats. */
function arrayOfBits(dtype: DType, bits: Uint8Array): NdArray {
	const count = Math.floor(bits.length / DTYPES[dtype].bytes);
	return ndarray(dtype, [count], viewAs(dtype, bits.slice(0, count * DTYPES[dtype].bytes)));
}

/** Bits, with one pattern for all NaN. */
function bitsOf(values: Float32Array): Uint8Array {
	return new Uint8Array(values.map((value) => (Number.isNaN(value) ? Number.NaN : value)).buffer);
}

describe("scalerOf", () => {
	it("has the bits of toFloat32 and applyScale for every type and scale", () => {
		fc.assert(
			fc.property(
				dtypes,
				scales,
				fc.uint8Array({ minLength: 16, maxLength: 400 }),
				fc.nat({ max: 3 }),
				(dtype, scale, bits, from) => {
					const array = arrayOfBits(dtype, bits);
					const count = Math.max(0, array.data.length - from);
					const expected = toFloat32(array).data.slice(from);
					applyScale(expected, scale);
					const target = new Float32Array(count + 4).fill(7);
					const scaler = scalerOf(dtype, scale);
					scaler(array.data, from, target, 2, count);
					expect(bitsOf(target.subarray(2, 2 + count))).toEqual(bitsOf(expected));
					expect([target[0], target[1], ...target.subarray(2 + count)]).toEqual([7, 7, 7, 7]);
				},
			),
			{ numRuns: 400 },
		);
	});

	it("takes small numbers as they are", () => {
		const values = Float64Array.of(0, -0, 1, -1, 1e-50, -200, 300, 0.1);
		for (const scale of [
			{ kind: "none" },
			{ kind: "scale", subtract: 0.1, divide: 3, clip: { lower: 0.1, upper: 200.7 } },
		] as const) {
			const expected = toFloat32(ndarray("float64", [8], values)).data;
			applyScale(expected, scale);
			const target = new Float32Array(8);
			scalerOf("float64", scale)(values, 0, target, 0, 8);
			expect(bytesOf(ndarray("float32", [8], target))).toEqual(bitsOf(expected));
		}
	});

	it("refuses an array of another type", () => {
		const target = new Float32Array(1);
		for (const dtype of ["uint8", "int8", "uint16", "int16", "float32"] as const) {
			expect(() => scalerOf(dtype, { kind: "none" })(new Float64Array(1), 0, target, 0, 1)).toThrow(
				/found Float64Array/,
			);
		}
		expect(() => scalerOf("int64", { kind: "none" })(new Float64Array(1), 0, target, 0, 1)).toThrow(TypeError);
		expect(() => scalerOf("uint32", { kind: "none" })(new BigInt64Array(1), 0, target, 0, 1)).toThrow(TypeError);
	});
});

describe("scaleOf", () => {
	const range = { min: 2, max: 10 };

	it("takes the image's moments or given ones", () => {
		const zscore = { kind: "zscore", useMask: false } as const;
		const moments = { count: 4, mean: 5, m2: 36 };
		expect(scaleOf(zscore, { moments })).toEqual({ kind: "scale", subtract: 5, divide: 3 });
		expect(scaleOf(zscore, {}, { mean: 1, std: 0 })).toEqual({ kind: "scale", subtract: 1, divide: 1e-8 });
		expect(() => scaleOf(zscore, {})).toThrow(RangeError);
		expect(() => scaleOf(zscore, { moments: { ...moments, mean: Number.NaN } })).toThrow(/NaN or infinity/);
		expect([figureOf(zscore, IMAGE), figureOf(zscore, { kind: "fixed", mean: [0], std: [1] })]).toEqual([
			"moments",
			"none",
		]);
	});

	it("takes the range, or nothing, where the scheme says so", () => {
		expect(scaleOf({ kind: "rescale01" }, { range })).toEqual({ kind: "scale", subtract: 2, divide: 8 });
		expect(scaleOf({ kind: "rgb01" }, { range })).toEqual({ kind: "scale", subtract: 0, divide: 255 });
		expect(() => scaleOf({ kind: "rgb01" }, { range: { min: -1, max: 3 } })).toThrow(/found -1 to 3/);
		expect(scaleOf({ kind: "none" }, {})).toEqual({ kind: "none" });
		const ct = { kind: "ct", mean: 3, std: 2, lower: -1, upper: 9 } as const;
		expect(scaleOf(ct, {})).toEqual({ kind: "scale", subtract: 3, divide: 2, clip: { lower: -1, upper: 9 } });
		expect([figureOf(ct, IMAGE), figureOf({ kind: "rgb01" }, IMAGE), figureOf({ kind: "rescale01" }, IMAGE)]).toEqual([
			"none",
			"range",
			"range",
		]);
	});
});

describe("applyScale", () => {
	it("leaves voxels outside of the mask alone", () => {
		const values = Float32Array.of(1, 2, 3);
		applyScale(values, { kind: "scale", clip: { lower: 0, upper: 2 }, subtract: 1, divide: 2 }, Uint8Array.of(1, 0, 5));
		expect([...values]).toEqual([0, 2, 0.5]);
	});
});
