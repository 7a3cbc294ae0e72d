/**
 * SHA-256 over the voxels of an array: what a block's record is compared by when the block is read back.
 *
 * Taken over little-endian bytes in C order, so that it is the same on every machine.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { endianness } from "node:os";
import { bytesOf, type NdArray } from "../core/array.ts";
import { DTYPES } from "../core/dtype.ts";

/** SHA-256 of the voxels of `array`, in hexadecimal. */
export function checksumOf(array: NdArray): string {
	const bytes = bytesOf(array);
	const width = DTYPES[array.dtype].bytes;
	const little = endianness() === "LE" || width === 1 ? bytes : swapped(bytes, width);
	return createHash("sha256").update(little).digest("hex");
}

/** A copy with the bytes of each element of `width` bytes in the other order. */
export function swapped(bytes: Uint8Array, width: number): Uint8Array {
	const target = new Uint8Array(bytes.length);
	for (let i = 0; i < bytes.length; i++) {
		const within = i % width;
		target[i] = bytes[i - within + width - 1 - within] ?? 0;
	}
	return target;
}
