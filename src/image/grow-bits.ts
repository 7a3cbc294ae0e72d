/**
 * Growing the set bits of a volume by their neighbours.
 *
 * @module
 */
import { type BitRows, rowStart } from "./bit-rows.ts";
import type { Connectivity } from "./components.ts";

/** Which voxels are neighbours, in a volume of `rank` axes, and whether all bits outside of it are set. */
export type Growth = { readonly rank: number; readonly connectivity: Connectivity; readonly isSetOutside: boolean };

/** Sets the bits of `to` that are set in `from` or next to one that is. The two have one shape and the same outside. */
export function growBits(from: BitRows, to: BitRows, growth: Growth): void {
	const { extent, words } = from;
	const offsets = rowsAround(from, growth);
	const spread = new Uint32Array(words);
	for (let row = 0; row < extent[0] * extent[1]; row++) {
		const start = rowStart(from, row);
		gather(from.bits, start, offsets.spread, spread);
		closeRow(spread, extent[2], growth.isSetOutside);
		const edge = growth.isSetOutside ? 1 : 0;
		for (let i = 0; i < words; i++) {
			const before = i === 0 ? edge : (spread[i - 1] ?? 0) >>> 31;
			const after = i === words - 1 ? edge : (spread[i + 1] ?? 0) & 1;
			const word = spread[i] ?? 0;
			to.bits[start + i] =
				word | (word << 1) | before | (word >>> 1) | (after << 31) | united(from.bits, start + i, offsets.straight);
		}
	}
}

/** Offsets of the rows that a row grows from: those whose voxels spread along x too, and those that do not. */
function rowsAround({ extent, words }: BitRows, { rank, connectivity }: Growth) {
	const spread: number[] = [];
	const straight: number[] = [];
	for (let place = 0; place < 9; place++) {
		const dz = Math.floor(place / 3) - 1;
		const dy = (place % 3) - 1;
		const away = Math.abs(dz) + Math.abs(dy);
		if (away > connectivity || (dz !== 0 && rank < 3) || (dy !== 0 && rank < 2)) continue;
		const offset = (dz * (extent[1] + 2) + dy) * words;
		(away < connectivity ? spread : straight).push(offset);
	}
	return { spread: Int32Array.from(spread), straight: Int32Array.from(straight) };
}

function gather(bits: Uint32Array, start: number, offsets: Int32Array, row: Uint32Array): void {
	for (let i = 0; i < row.length; i++) row[i] = united(bits, start + i, offsets);
}

function united(bits: Uint32Array, at: number, offsets: Int32Array): number {
	let word = 0;
	for (let n = 0; n < offsets.length; n++) word |= bits[at + (offsets[n] ?? 0)] ?? 0;
	return word;
}

/** Gives the bits beyond the width the value of what lies outside. */
function closeRow(row: Uint32Array, width: number, isSetOutside: boolean): void {
	const past = width & 31;
	if (past === 0) return;
	const within = 2 ** past - 1;
	const last = row.length - 1;
	row[last] = isSetOutside ? (row[last] ?? 0) | ~within : (row[last] ?? 0) & within;
}
