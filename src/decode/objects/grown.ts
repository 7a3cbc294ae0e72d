/**
 * Columns that grow: arrays that are made twice as long when they are full.
 *
 * @module
 */

/** A typed array, as far as growing needs it. */
type Growing<A> = { readonly length: number; set(from: A): void };

/** `column` itself where it has `length` entries, else a longer copy made by `make`; new entries are 0. */
export function grown<A extends Growing<A>>(column: A, length: number, make: (length: number) => A): A {
	if (length <= column.length) return column;
	const longer = make(Math.max(length, 2 * column.length));
	longer.set(column);
	return longer;
}

/** Arrays of these types, for `grown`. */
export const uint32s = (length: number) => new Uint32Array(length);
export const float64s = (length: number) => new Float64Array(length);
export const bigUint64s = (length: number) => new BigUint64Array(length);
export const uint16s = (length: number) => new Uint16Array(length);
