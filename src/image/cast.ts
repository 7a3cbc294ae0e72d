/**
 * From any element type to float32, and from float32 back to the type of a file.
 *
 * @module
 */
import { hasDType, type NdArray, ndarray } from "../core/array.ts";
import { allocate, type DType } from "../core/dtype.ts";
import { NnvolError } from "../core/errors.ts";
import { fromHalf, toHalf } from "../core/float16.ts";
import { roundHalfEven } from "../core/rounding.ts";

/** Element types that scaled intensities can be stored as. */
export type IntensityDType = Exclude<DType, "uint64" | "int64">;

/** Smallest and largest value of the integer types that intensities are clamped to. */
const LIMITS = {
	uint8: [0, 255],
	int8: [-128, 127],
	uint16: [0, 65535],
	int16: [-32768, 32767],
	uint32: [0, 4294967295],
	int32: [-2147483648, 2147483647],
} as const;

/** Largest finite float16. */
const HALF_MAX = 65504;

/**
 * The elements as float32, each rounded once to the nearest (numpy's `astype`). Where they are float32 already, the
 * same array: copy it before changing it in place.
 */
export function toFloat32(array: NdArray): NdArray<"float32"> {
	if (hasDType(array, "float32")) return array;
	return ndarray("float32", array.shape, floats(array));
}

/**
 * `data * scale` (a float32 product of float32 factors) as `dtype`: integers are rounded half to even and clamped to their range, as
 * numpy's `clip(rint(data * scale))`; floating point types are multiplied, and float16 clamped to its finite range.
 *
 * @throws RUNTIME for NaN where `dtype` is an integer type
 */
export function quantise(data: Float32Array, scale: number, dtype: IntensityDType): NdArray["data"] {
	if (dtype !== "float16" && dtype !== "float32" && dtype !== "float64") return toIntegers(data, scale, dtype);
	const out = allocate(dtype, data.length);
	const factor = Math.fround(scale);
	for (let i = 0; i < data.length; i++) {
		const value = Math.fround((data[i] ?? 0) * factor);
		out[i] = dtype === "float16" ? toHalf(Math.max(-HALF_MAX, Math.min(HALF_MAX, value))) : value;
	}
	return out;
}

function toIntegers(data: Float32Array, scale: number, dtype: keyof typeof LIMITS): NdArray["data"] {
	const [low, high] = LIMITS[dtype];
	const out = allocate(dtype, data.length);
	const factor = Math.fround(scale);
	for (let i = 0; i < data.length; i++) {
		const value = Math.fround((data[i] ?? 0) * factor);
		if (Number.isNaN(value)) throw notANumber(i, dtype);
		out[i] = value <= low ? low : value >= high ? high : roundHalfEven(value);
	}
	return out;
}

function notANumber(index: number, dtype: DType): NnvolError {
	return new NnvolError(
		"RUNTIME",
		`intensities: expected numbers to store as ${dtype}, found NaN at element ${index}; the network's output or its input is damaged`,
		{ fields: { index, dtype } },
	);
}

function floats(array: NdArray): Float32Array<ArrayBuffer> {
	const { data, dtype } = array;
	if (data instanceof BigUint64Array || data instanceof BigInt64Array) return fromBigInts(data);
	const out = new Float32Array(data);
	if (dtype === "float16") for (let i = 0; i < out.length; i++) out[i] = fromHalf(data[i] ?? 0);
	return out;
}

function fromBigInts(data: BigUint64Array | BigInt64Array): Float32Array<ArrayBuffer> {
	const out = new Float32Array(data.length);
	for (let i = 0; i < data.length; i++) out[i] = nearestFloat(data[i] ?? 0n);
	return out;
}

/** A number that rounds to the float32 nearest to `value`: bits lost beyond 2^53 are kept as one sticky bit. */
export function nearestFloat(value: bigint): number {
	const exact = Number(value);
	if (Number.isSafeInteger(exact)) return exact;
	return Number((value >> 11n) | ((value & 2047n) === 0n ? 0n : 1n)) * 2048;
}
