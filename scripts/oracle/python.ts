/**
 * What the checks against Python share: asking a script, and arrays of values that every element type holds.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { type NdArray, zeros } from "../../src/core/array.ts";
import type { DType } from "../../src/core/dtype.ts";
import { toHalf } from "../../src/core/float16.ts";

/** Runs `script` with `words`; gives the JSON objects that it prints, a line each. */
export function askPython(python: string, script: string, ...words: readonly string[]): unknown[] {
	const text = execFileSync(python, ["-W", "ignore", script, ...words], { encoding: "utf8", maxBuffer: 1 << 26 });
	return text
		.split("\n")
		.filter((line) => line.startsWith("{"))
		.map((line): unknown => JSON.parse(line));
}

/** Small numbers, the same ones in every element type. */
export function smallValues(dtype: DType, shape: readonly number[]): NdArray {
	return filled(dtype, shape, (n) => (7 * n) % 251, 1n);
}

/** Runs of equal small numbers; those of 64 bits need all of them. */
export function wideValues(dtype: DType, shape: readonly number[]): NdArray {
	return filled(dtype, shape, (n) => (Math.floor(n / 3) * 7) % 251, 2n ** 33n + 1n);
}

function filled(dtype: DType, shape: readonly number[], numberAt: (n: number) => number, factor: bigint): NdArray {
	const array = zeros(dtype, shape);
	const { data } = array;
	for (let n = 0; n < data.length; n++) {
		const value = numberAt(n);
		if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[n] = BigInt(value) * factor;
		else data[n] = dtype === "float16" ? toHalf(value) : value;
	}
	return array;
}
