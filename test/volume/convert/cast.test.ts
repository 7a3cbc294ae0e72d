/**
 * Element types change without a value changed in silence. numpy gave the literal expectations (`astype`, `rint`, `clip`).
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, type NdArray, ndarray } from "../../../src/core/array.ts";
import { DTYPES, type DType, isDType } from "../../../src/core/dtype.ts";
import { fromHalf } from "../../../src/core/float16.ts";
import { castTo, holdsAll } from "../../../src/volume/convert/cast.ts";
import { noise } from "../noise.ts";

const TYPES = Object.keys(DTYPES).filter(isDType);

/** What the elements stand for; NaN as text, for comparison. */
function valuesOf({ dtype, data }: NdArray): (number | bigint | string)[] {
	return Array.from<number | bigint, number | bigint | string>(data, (raw) => {
		const value = dtype === "float16" ? fromHalf(Number(raw)) : raw;
		return Number.isNaN(value) ? "NaN" : value;
	});
}

describe("casts", () => {
	const pairs = fc.tuple(fc.constantFrom(...TYPES), fc.constantFrom(...TYPES), fc.nat());
	it("into a type that holds every value change none, there and back", () => {
		fc.assert(
			fc.property(pairs, ([from, to, seed]) => {
				fc.pre(holdsAll(from, to));
				const array = noise(from, [7, 9], seed);
				const there = castTo(array, to);
				expect([there.rounded, there.cut]).toEqual([0, 0]);
				expect(valuesOf(there.array).map(String)).toEqual(valuesOf(array).map(String));
				expect(valuesOf(castTo(there.array, from).array)).toEqual(valuesOf(array));
			}),
			{ numRuns: 400 },
		);
	});
	it("into any type count every value that is another one afterwards", () => {
		fc.assert(
			fc.property(pairs, ([from, to, seed]) => {
				const array = noise(from, [5, 9], seed);
				const { array: found, rounded, cut } = castTo(array, to);
				const [before, after] = [valuesOf(array), valuesOf(found)];
				const changed = before.filter((value, i) => !same(value, after[i]));
				expect(rounded + cut).toBe(changed.length);
				expect(found.shape).toEqual(array.shape);
				expect(bytesOf(found).length).toBe(array.data.length * DTYPES[to].bytes);
			}),
			{ numRuns: 600 },
		);
	});
	it("tell which types hold all of another", () => {
		const held = (from: DType) => TYPES.filter((to) => holdsAll(from, to));
		expect(held("uint8")).toEqual(TYPES.filter((to) => to !== "int8"));
		expect(held("int16")).toEqual(["int16", "int32", "int64", "float32", "float64"]);
		expect(held("uint32")).toEqual(["uint32", "uint64", "int64", "float64"]);
		expect(held("int64")).toEqual(["int64"]);
		expect(held("float32")).toEqual(["float32", "float64"]);
		expect(held("float16")).toEqual(["float16", "float32", "float64"]);
	});
	it("round half to even and cut at the limits", () => {
		const floats = ndarray("float32", [8], Float32Array.of(0.5, 1.5, 2.5, -0.4, 255.5, 300, Number.NaN, -1 / 0));
		expect(castTo(floats, "uint8")).toMatchObject({ rounded: 4, cut: 4 });
		expect(valuesOf(castTo(floats, "uint8").array)).toEqual([0, 2, 2, 0, 255, 255, 0, 0]);
		const wide = ndarray("uint64", [3], BigUint64Array.of(2n ** 63n, 2n ** 53n + 1n, 7n));
		expect(castTo(wide, "int64").array.data).toEqual(BigInt64Array.of(2n ** 63n - 1n, 2n ** 53n + 1n, 7n));
		expect(castTo(wide, "float64")).toMatchObject({ rounded: 1, cut: 0 });
		expect(castTo(wide, "uint16")).toMatchObject({ rounded: 0, cut: 2 });
		const large = ndarray("float64", [3], Float64Array.of(1e300, 70000, -0.1));
		expect(valuesOf(castTo(large, "float32").array)).toEqual([
			Math.fround(3.4028234663852886e38),
			70000,
			Math.fround(-0.1),
		]);
		expect(castTo(large, "float16")).toMatchObject({ rounded: 1, cut: 2 });
	});
});

/** The same number, whatever type holds it; -0 and 0 are one. */
function same(a: number | bigint | string, b: number | bigint | string | undefined): boolean {
	if (typeof a === "bigint" && typeof b === "number") return Number.isInteger(b) && BigInt(b) === a;
	if (typeof b === "bigint" && typeof a === "number") return Number.isInteger(a) && BigInt(a) === b;
	return a === b;
}
