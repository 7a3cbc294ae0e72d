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
 * The fill value as zarrita takes it from JSON: a number, or a string for what JSON numbers cannot hold. Bits for
 * float16. No value means 0. `digits` is the number as it stands in the document, exact beyond 2^53.
 * Undefined where `value` is no value of `dtype`.
 */
export function fillValue(value: unknown, dtype: DType, digits: string | undefined): number | string | undefined {
	const { kind, bytes } = DTYPES[dtype];
	if (value === null || value === undefined) return 0;
	if (typeof value === "boolean") return Number(value);
	if (kind !== "float") return typeof value === "number" ? (bytes === 8 ? (digits ?? value) : value) : undefined;
	const number = floatOf(value, bytes);
	if (number === undefined) return undefined;
	if (dtype === "float16") return toHalf(number);
	return Number.isFinite(number) ? number : String(number);
}

/** A JSON number, a name, or the bits as "0x..." of a float of `bytes`. */
function floatOf(value: unknown, bytes: number): number | undefined {
	if (typeof value === "number") return value;
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
