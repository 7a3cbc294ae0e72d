/**
 * What a key and a range may be: every store refuses the same ones, with the same words.
 *
 * @module
 */
import type { NnvolError } from "../../core/errors.ts";
import { volumeError } from "../fault.ts";
import type { ByteRange } from "./store.ts";

/** The parts of `key`. @throws VOLUME where it leads out of `root` */
export function keyParts(root: string, key: string): readonly string[] {
	const parts = key.split("/").filter(Boolean);
	if (parts.some((part) => part === ".." || part === "." || part.includes("\\") || part.includes("\0"))) {
		throw volumeError(root, `"${key}" is no path inside this place; the volume's metadata is damaged`);
	}
	return parts;
}

/** Where `range` begins and how long it is in a value of `size` bytes. @throws VOLUME where the value ends before it */
export function rangeWithin(
	path: string,
	range: ByteRange,
	size: number,
): { readonly offset: number; readonly length: number } {
	const length = "suffixLength" in range ? range.suffixLength : range.length;
	const offset = "suffixLength" in range ? size - length : range.offset;
	if (!(offset >= 0 && length >= 0 && offset + length <= size)) throw damaged(path, range, size);
	return { offset, length };
}

/** The error for a value that ends before a range; `size` undefined where the server does not tell it. */
export function damaged(path: string, range: ByteRange, size: number | undefined): NnvolError {
	const wanted =
		"suffixLength" in range ? `its last ${range.suffixLength} bytes` : `${range.length} bytes at ${range.offset}`;
	const found = size === undefined ? "it ends before" : `it has ${size}`;
	return volumeError(path, `is damaged: expected ${wanted}, ${found}; copy it again`);
}
