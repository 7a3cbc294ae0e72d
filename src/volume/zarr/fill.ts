/**
 * Fill values: what the voxels of a chunk hold that was never written.
 *
 * @module
 */
import { DTYPES, type DType } from "../../core/dtype.ts";
import { toHalf } from "../../core/float16.ts";

const SPECIAL: Readonly<Record<string, number>> = {
	NaN: Number.NaN,
	Infinity: Number.POSITIVE_INFINITY,
	"-Infinity": Number.NEGATIVE_INFINITY,
};

/**
 * The fill value as an element of `dtype`'s array: bits for float16, a bigint for 64-bit integers. No value means 0.
 * `digits` is the number as it stands in the document, exact beyond 2^53. Undefined where `value` is no value of `dtype`.
 */
export function fillValue(value: unknown, dtype: DType, digits: string | undefined): number | bigint | undefined {
	const { kind, bytes } = DTYPES[dtype];
	if (kind !== "float") return integerOf(value, bytes, digits);
	const number = value === null || value === undefined ? 0 : floatOf(value, bytes);
	return number !== undefined && dtype === "float16" ? toHalf(number) : number;
}

function integerOf(value: unknown, bytes: number, digits: string | undefined): number | bigint | undefined {
	const number = value === null || value === undefined ? 0 : typeof value === "boolean" ? Number(value) : value;
	if (typeof number !== "number" || !Number.isInteger(number)) return undefined;
	return bytes === 8 ? BigInt(value === number && digits !== undefined ? digits : number) : number;
}

/** A JSON number, a name, or the bits as "0x..." of a float of `bytes`. */
function floatOf(value: unknown, bytes: number): number | undefined {
	if (typeof value === "number") return value;
	if (typeof value === "boolean") return Number(value);
	if (typeof value !== "string") return undefined;
	if (Object.hasOwn(SPECIAL, value)) return SPECIAL[value];
	if (bytes === 2 || !new RegExp(`^0x[0-9a-fA-F]{${bytes * 2}}$`).test(value)) return undefined;
	const view = new DataView(new ArrayBuffer(8));
	view.setBigUint64(0, BigInt(value) << BigInt(64 - bytes * 8));
	return bytes === 4 ? view.getFloat32(0) : view.getFloat64(0);
}

/** The integer after `"fill_value":` in a metadata document, digit by digit. */
export function fillDigits(document: string): string | undefined {
	return /"fill_value"\s*:\s*(-?\d+)\s*[,}]/.exec(document)?.[1];
}
