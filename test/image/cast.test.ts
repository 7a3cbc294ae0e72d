import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type NdArray, ndarray } from "../../src/core/array.ts";
import { toHalf } from "../../src/core/float16.ts";
import { quantise, toFloat32 } from "../../src/image/cast.ts";
import { numbers } from "./fixture.ts";

const stores = z.enum(["uint8", "int8", "uint16", "int16", "uint32", "int32", "float16", "float32", "float64"]);

describe("toFloat32", () => {
	it("rounds 64-bit integers once, as numpy does", () => {
		const unsigned = ndarray("uint64", [9], BigUint64Array.from(numbers.uint64, BigInt));
		expect(toFloat32(unsigned).data).toEqual(Float32Array.from(numbers.uint64AsFloat));
		const signed = ndarray("int64", [8], BigInt64Array.from(numbers.int64, BigInt));
		expect(toFloat32(signed).data.map((v) => v + 0)).toEqual(Float32Array.from(numbers.int64AsFloat));
	});

	it("keeps values of every type, and the shape", () => {
		const arrays: readonly NdArray[] = [
			ndarray("uint8", [1, 2], Uint8Array.of(0, 255)),
			ndarray("int8", [1, 2], Int8Array.of(0, -128)),
			ndarray("uint16", [1, 2], Uint16Array.of(0, 65535)),
			ndarray("int16", [1, 2], Int16Array.of(0, -32768)),
			ndarray("uint32", [1, 2], Uint32Array.of(0, 4294967295)),
			ndarray("int32", [1, 2], Int32Array.of(0, -2147483648)),
			ndarray("float16", [1, 2], Uint16Array.of(0, toHalf(-1.5))),
			ndarray("float64", [1, 2], Float64Array.of(0, 0.1)),
		];
		expect(arrays.map((array) => toFloat32(array).data[1])).toEqual([
			255,
			-128,
			65535,
			-32768,
			4294967296,
			-2147483648,
			-1.5,
			Math.fround(0.1),
		]);
		for (const array of arrays) expect(toFloat32(array)).toMatchObject({ dtype: "float32", shape: [1, 2] });
	});

	it("hands float32 on as it is", () => {
		const array = ndarray("float32", [2], Float32Array.of(1, 2));
		expect(toFloat32(array)).toBe(array);
	});
});

describe("quantise", () => {
	it.each(Object.entries(numbers.stored))("stores as %s as numpy rounds and clips", (name, expected) => {
		const [dtype, scale] = name.split(" ");
		const found = quantise(Float32Array.from(numbers.data), Number(scale), stores.parse(dtype));
		expect([...found].map((v) => Number(v) + 0)).toEqual(expected.map((v) => v + 0));
	});

	it("makes 0 and 255 of a mask", () => {
		expect(quantise(Float32Array.of(0, 1, 0.5), 255, "uint8")).toEqual(Uint8Array.of(0, 255, 128));
	});

	it("clamps infinities, refuses NaN for integers and names the element", () => {
		const ends = Float32Array.of(Infinity, -Infinity);
		expect(quantise(ends, 1, "int16")).toEqual(Int16Array.of(32767, -32768));
		expect(() => quantise(Float32Array.of(0, Number.NaN), 1, "uint8")).toThrow(/NaN at element 1/);
		expect(quantise(Float32Array.of(Number.NaN), 1, "float32")[0]).toBeNaN();
	});
});
