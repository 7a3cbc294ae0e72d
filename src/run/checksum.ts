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
import { swappedCopy } from "../core/bytes.ts";
import { DTYPES } from "../core/dtype.ts";

/** SHA-256 of the voxels of `array`, in hexadecimal. */
export function checksumOf(array: NdArray): string {
	const bytes = bytesOf(array);
	const width = DTYPES[array.dtype].bytes;
	const little = endianness() === "LE" || width === 1 ? bytes : swappedCopy(bytes, width);
	return createHash("sha256").update(little).digest("hex");
}
