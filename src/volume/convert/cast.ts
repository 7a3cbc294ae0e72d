/**
 * From one element type to another without a value changed in silence: what was rounded or cut is counted.
 *
 * Integers are rounded half to even, as numpy's `rint`. A value beyond the new type's range, infinity in an integer type,
 * and NaN in one (which becomes 0) count as cut.
 *
 * @module
 */
import { type NdArray, ndarray } from "../../core/array.ts";
import { allocate, type DataOf, DTYPES, type DType } from "../../core/dtype.ts";
import { fromHalf, toHalf } from "../../core/float16.ts";
import { roundHalfEven } from "../../core/rounding.ts";

/** An array in its new type, and how many of its values are others than before. */
export type Cast = { readonly array: NdArray; readonly rounded: number; readonly cut: number };

/** What holds plain numbers, or the bits of float16. */
type Numbers = Exclude<DataOf<DType>, BigUint64Array | BigInt64Array>;

type Changes = { rounded: number; cut: number };

/** Bits of a float that hold whole numbers exactly. */
const MANTISSA: Readonly<Partial<Record<DType, number>>> = { float16: 11, float32: 24, float64: 53 };

/** Largest finite values of floats. */
const LARGEST: Readonly<Partial<Record<DType, number>>> = {
	float16: 65504,
	float32: 3.4028234663852886e38,
	float64: Number.MAX_VALUE,
};

const INT64 = [-(2n ** 63n), 2n ** 63n - 1n] as const;
const UINT64 = [0n, 2n ** 64n - 1n] as const;

/** True where every value of `from` is one of `to`. */
export function holdsAll(from: DType, to: DType): boolean {
	const [a, b] = [DTYPES[from], DTYPES[to]];
	if (b.kind === "float") {
		const bits = a.kind === "float" ? (MANTISSA[from] ?? 0) : a.bytes * 8 - (a.kind === "int" ? 1 : 0);
		return bits <= (MANTISSA[to] ?? 0);
	}
	if (a.kind === "float") return false;
	if (a.kind === b.kind) return a.bytes <= b.bytes;
	return a.kind === "uint" && a.bytes < b.bytes;
}

/** The elements of `array` as `dtype`. */
export function castTo(array: NdArray, dtype: DType): Cast {
	if (array.dtype === dtype) return { array, rounded: 0, cut: 0 };
	const changes = { rounded: 0, cut: 0 };
	const data = allocate(dtype, array.data.length);
	fill(array, dtype, data, changes);
	return { array: ndarray(dtype, array.shape, data), ...changes };
}

function fill(from: NdArray, dtype: DType, out: DataOf<DType>, changes: Changes): void {
	const isBig = from.data instanceof BigUint64Array || from.data instanceof BigInt64Array;
	if (out instanceof BigUint64Array || out instanceof BigInt64Array) {
		fillBig(from, dtype, out, changes);
	} else if (isBig) {
		fillFromBig(from.data, dtype, out, changes);
	} else if (holdsAll(from.dtype, dtype) && from.dtype !== "float16" && dtype !== "float16") {
		// the engine's own loop, where nothing can change
		out.set(plainNumbers(from.data));
	} else if (DTYPES[dtype].kind === "float") {
		fillFloats(from, dtype, out, changes);
	} else fillIntegers(from, dtype, out, changes);
}

function plainNumbers(data: DataOf<DType>): ArrayLike<number> {
	return data instanceof BigUint64Array || data instanceof BigInt64Array ? [] : data;
}

function fillIntegers(from: NdArray, dtype: DType, out: Numbers, changes: Changes): void {
	const [low, high] = limitsOf(dtype);
	const data = plainNumbers(from.data);
	const isHalf = from.dtype === "float16";
	for (let i = 0; i < data.length; i++) {
		const stored = data[i] ?? 0;
		const value = isHalf ? fromHalf(stored) : stored;
		const whole = roundHalfEven(value);
		const kept = whole >= low && whole <= high ? whole : limited(whole, low, high);
		out[i] = kept;
		if (kept !== whole) changes.cut += 1;
		else if (whole !== value) changes.rounded += 1;
	}
}

/** The nearest value within the limits; 0 for NaN. */
function limited(value: number, low: number, high: number): number {
	if (value < low) return low;
	return value > high ? high : 0;
}

function fillFloats(from: NdArray, dtype: DType, out: Numbers, changes: Changes): void {
	const data = plainNumbers(from.data);
	const isHalf = from.dtype === "float16";
	for (let i = 0; i < data.length; i++) {
		storeFloat(isHalf ? fromHalf(data[i] ?? 0) : (data[i] ?? 0), dtype, out, i, changes);
	}
}

/** Stores one value, true where it is unchanged; infinities and NaN pass, a finite one that would become infinite is cut. */
function storeFloat(value: number, dtype: DType, out: Numbers, i: number, changes: Changes): boolean {
	const most = LARGEST[dtype] ?? Number.MAX_VALUE;
	const isHalf = dtype === "float16";
	const found = isHalf ? fromHalf(toHalf(value)) : dtype === "float32" ? Math.fround(value) : value;
	const isLost = !Number.isFinite(found) && Number.isFinite(value);
	const kept = isLost ? Math.sign(value) * most : found;
	out[i] = isHalf ? toHalf(kept) : kept;
	if (isLost) changes.cut += 1;
	else if (found !== value && !Number.isNaN(value)) changes.rounded += 1;
	return found === value;
}

/** From 64-bit integers to anything narrower. */
function fillFromBig(data: DataOf<DType>, dtype: DType, out: Numbers, changes: Changes): void {
	const [low, high] = limitsOf(dtype);
	const isFloat = DTYPES[dtype].kind === "float";
	for (let i = 0; i < data.length; i++) {
		const exact = BigInt(data[i] ?? 0);
		const value = Number(exact);
		if (isFloat) {
			if (storeFloat(value, dtype, out, i, changes) && BigInt(value) !== exact) changes.rounded += 1;
			continue;
		}
		const kept = value >= low && value <= high ? value : limited(value, low, high);
		out[i] = kept;
		if (kept !== value) changes.cut += 1;
	}
}

/** To 64-bit integers. */
function fillBig(from: NdArray, dtype: DType, out: BigUint64Array | BigInt64Array, changes: Changes): void {
	const [low, high] = dtype === "int64" ? INT64 : UINT64;
	const isHalf = from.dtype === "float16";
	for (let i = 0; i < out.length; i++) {
		const raw = from.data[i] ?? 0;
		const value = isHalf ? fromHalf(Number(raw)) : raw;
		const whole = wholeOf(value, low, high);
		const kept = between(low, whole, high);
		out[i] = kept;
		if (kept !== whole || Number.isNaN(value)) changes.cut += 1;
		else if (wasRounded(value, whole)) changes.rounded += 1;
	}
}

/** A number as a whole one: infinities lie beyond the limits, NaN is 0. */
function wholeOf(value: number | bigint, low: bigint, high: bigint): bigint {
	if (typeof value === "bigint") return value;
	if (Number.isNaN(value)) return 0n;
	if (!Number.isFinite(value)) return value < 0 ? low - 1n : high + 1n;
	return BigInt(roundHalfEven(value));
}

function between(low: bigint, value: bigint, high: bigint): bigint {
	if (value < low) return low;
	return value > high ? high : value;
}

function wasRounded(value: number | bigint, whole: bigint): boolean {
	return typeof value === "number" && Number(whole) !== value;
}

/** Smallest and largest value of an integer type of up to 32 bits. */
function limitsOf(dtype: DType): readonly [number, number] {
	const { bytes, kind } = DTYPES[dtype];
	return kind === "uint" ? [0, 2 ** (8 * bytes) - 1] : [-(2 ** (8 * bytes - 1)), 2 ** (8 * bytes - 1) - 1];
}
