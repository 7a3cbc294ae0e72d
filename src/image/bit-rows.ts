/**
 * Masks with 32 voxels a word, for operations on whole words.
 *
 * A row along x begins at a word, whose bit 0 is its first voxel; what is beyond the width in its last word is not defined. A row is
 * added on all sides in y and z, for what lies outside.
 *
 * @module
 */
import type { Zyx } from "../core/shape.ts";

/** Bits of a volume of `extent` voxels. */
export type BitRows = {
	readonly bits: Uint32Array;
	readonly extent: Zyx;
	/** Words of a row. */
	readonly words: number;
};

/**
 * The bits of `mask` (C-ordered over `extent`): where it is 0 if `wantsZeros`, else where it is not. Outside all are set or none.
 */
export function packBits(mask: Uint8Array, extent: Zyx, wantsZeros: boolean, isSetOutside: boolean): BitRows {
	const [depth, height, width] = extent;
	const words = Math.ceil(width / 32);
	const bits = new Uint32Array((depth + 2) * (height + 2) * words).fill(isSetOutside ? 0xffffffff : 0);
	const rows: BitRows = { bits, extent, words };
	const flip = wantsZeros ? 0xffffffff : 0;
	for (let row = 0; row < depth * height; row++) {
		const start = rowStart(rows, row);
		for (let x = 0; x < width; x += 32) {
			bits[start + (x >> 5)] = wordOf(mask, row * width + x, Math.min(32, width - x)) ^ flip;
		}
	}
	return rows;
}

/** The voxels of such rows: 1 where the bit is not set if `wantsZeros`, else where it is. */
export function unpackBits(rows: BitRows, wantsZeros: boolean): Uint8Array<ArrayBuffer> {
	const [depth, height, width] = rows.extent;
	const mask = new Uint8Array(depth * height * width);
	const flip = wantsZeros ? 0xffffffff : 0;
	for (let row = 0; row < depth * height; row++) {
		const start = rowStart(rows, row);
		for (let x = 0; x < width; x += 32) {
			const word = (rows.bits[start + (x >> 5)] ?? 0) ^ flip;
			if (word !== 0) spell(word, mask, row * width + x, Math.min(32, width - x));
		}
	}
	return mask;
}

/** Where the words of a row (z * height + y) begin. */
export function rowStart({ extent, words }: BitRows, row: number): number {
	const height = extent[1];
	return (row + height + 3 + 2 * Math.floor(row / height)) * words;
}

function wordOf(mask: Uint8Array, from: number, count: number): number {
	let word = 0;
	for (let bit = 0; bit < count; bit++) if (mask[from + bit] !== 0) word |= 1 << bit;
	return word;
}

function spell(word: number, mask: Uint8Array, from: number, count: number): void {
	for (let bit = 0; bit < count; bit++) mask[from + bit] = (word >>> bit) & 1;
}
