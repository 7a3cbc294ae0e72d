/**
 * Colour images for models of another number of channels: only changes that lose nothing are made, and said.
 *
 * @module
 */

import { basename } from "node:path";
import { bytesOf, cut, type NdArray } from "../core/array.ts";
import { DTYPES } from "../core/dtype.ts";

/** An array with `wanted` channels, and what was done. */
export type Fitted = { readonly array: NdArray; readonly note?: string };

/**
 * Takes one channel of a colour image whose colours are all equal, and drops an alpha channel that is opaque.
 * Anything else is left as it is (and refused later, where channels are counted).
 *
 * @param array C, Z, Y, X
 */
export function fitColours(array: NdArray, wanted: number, isColour: boolean, path: string): Fitted {
	const [channels = 0] = array.shape;
	if (!isColour || channels === wanted) return { array };
	const colours = channels === 2 || channels === 4 ? channels - 1 : channels;
	if (colours < channels && !isOpaque(array)) return { array };
	const name = basename(path);
	if (colours === wanted)
		return { array: firstChannels(array, wanted), note: `${name}: its opaque alpha channel is left out` };
	if (wanted === 1 && equalChannels(array, colours)) {
		return { array: firstChannels(array, 1), note: `${name}: a colour image of greys; one channel is taken` };
	}
	return { array };
}

function firstChannels(array: NdArray, count: number): NdArray {
	return cut(array, { start: array.shape.map(() => 0), stop: [count, ...array.shape.slice(1)] });
}

function planes(array: NdArray): Uint8Array[] {
	const bytes = bytesOf(array);
	const size = bytes.length / (array.shape[0] ?? 1);
	return Array.from({ length: array.shape[0] ?? 0 }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
}

function equalChannels(array: NdArray, count: number): boolean {
	const [first, ...rest] = planes(array).slice(0, count);
	return first !== undefined && rest.every((plane) => Buffer.compare(first, plane) === 0);
}

/** Opaque: every alpha value is the largest of its unsigned type. */
function isOpaque(array: NdArray): boolean {
	const alpha = planes(array).at(-1);
	return DTYPES[array.dtype].kind === "uint" && alpha !== undefined && alpha.every((byte) => byte === 0xff);
}
