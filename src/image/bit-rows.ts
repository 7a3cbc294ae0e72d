/**
 * Masks with 32 voxels a word, for operations on whole words.
 *
 * A row along x begins at a word; bit 0 is its first voxel. What is beyond the width in a row's last word is not defined.
 *
 * @module
 */
import type { Zyx } from "../core/shape.ts";

/** Words of a row of `width` voxels. */
export function wordsOf(width: number): number {
	return Math.ceil(width / 32);
}

/** The rows of `mask` (not 0 is 1), C-ordered over `extent`. */
export function packBits(mask: Uint8Array, [depth, height, width]: Zyx): Uint32Array<ArrayBuffer> {
	const words = wordsOf(width);
	const bits = new Uint32Array(depth * height * words);
	for (let row = 0, at = 0; row < depth * height; row++) {
		for (let x = 0; x < width; x += 32) {
			const end = Math.min(32, width - x);
			let word = 0;
			for (let bit = 0; bit < end; bit++, at++) if (mask[at] !== 0) word |= 1 << bit;
			bits[row * words + (x >> 5)] = word;
		}
	}
	return bits;
}

/** The voxels of such rows as 0 and 1. */
export function unpackBits(bits: Uint32Array, [depth, height, width]: Zyx): Uint8Array<ArrayBuffer> {
	const words = wordsOf(width);
	const mask = new Uint8Array(depth * height * width);
	for (let row = 0, at = 0; row < depth * height; row++) {
		for (let x = 0; x < width; x += 32) {
			const end = Math.min(32, width - x);
			const word = bits[row * words + (x >> 5)] ?? 0;
			if (word === 0) at += end;
			else for (let bit = 0; bit < end; bit++, at++) mask[at] = (word >>> bit) & 1;
		}
	}
	return mask;
}
