/**
 * Moving arrays through the library's memory.
 *
 * @module
 */
import { bytesOf, type NdArray, ndarray } from "../../core/array.ts";
import { DTYPES, type DType, viewAs } from "../../core/dtype.ts";
import { NnvolError } from "../../core/errors.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";
import type { H5Module } from "./library.ts";

/** What `fill` (given an address) puts into the library's memory as an array; a view handed to `use`, not to be kept. */
export function receive(
	module: H5Module,
	dtype: DType,
	shape: Shape,
	fill: (address: bigint) => number,
	use: (array: NdArray) => void,
): number {
	const bytes = sizeOf(shape) * DTYPES[dtype].bytes;
	return withMemory(module, bytes, (address) => {
		const status = fill(BigInt(address));
		if (status >= 0) use(ndarray(dtype, shape, viewAs(dtype, module.HEAPU8.subarray(address, address + bytes))));
		return status;
	});
}

/** Hands `use` the address of a copy of `array` in the library's memory. */
export function send<T>(module: H5Module, array: NdArray, use: (address: bigint) => T): T {
	const bytes = bytesOf(array);
	return withMemory(module, bytes.length, (address) => {
		module.HEAPU8.set(bytes, address);
		return use(BigInt(address));
	});
}

function withMemory<T>(module: H5Module, bytes: number, use: (address: number) => T): T {
	const address = module._malloc(Math.max(bytes, 1));
	if (address === 0) throw new NnvolError("VOLUME", `the HDF5 library has no memory for ${bytes} bytes`);
	try {
		return use(address);
	} finally {
		module._free(address);
	}
}

/** Extents and offsets as the library takes them. */
export function big(values: readonly number[]): bigint[] {
	return values.map(BigInt);
}
