/**
 * The order of numbers, the largest first.
 *
 * @module
 */

/** Bits that are looked at at once. */
const BITS = 11;
const BUCKETS = 1 << BITS;

/** Places of `values`, the largest value first; of equal ones the earlier place. There is no NaN among them. */
export function orderDescending(values: Float32Array): Uint32Array<ArrayBuffer> {
	const keys = keysOf(values);
	let order = Uint32Array.from({ length: values.length }, (_, n) => n);
	let next = new Uint32Array(values.length);
	for (let shift = 0; shift < 32; shift += BITS) {
		const starts = startsOf(keys, shift);
		for (const place of order) {
			const bucket = ((keys[place] ?? 0) >>> shift) & (BUCKETS - 1);
			const at = starts[bucket] ?? 0;
			next[at] = place;
			starts[bucket] = at + 1;
		}
		[order, next] = [next, order];
	}
	return order;
}

/** Whole numbers that ascend where values descend: the bits of a float, those of negative ones turned over. */
function keysOf(values: Float32Array): Uint32Array {
	const keys = new Uint32Array(Float32Array.from(values, (value) => value + 0).buffer); // -0 + 0 is 0
	for (let n = 0; n < keys.length; n++) {
		const bits = keys[n] ?? 0;
		keys[n] = bits >>> 31 === 1 ? bits : ~(bits | 0x80000000);
	}
	return keys;
}

/** Where each bucket begins. */
function startsOf(keys: Uint32Array, shift: number): Uint32Array {
	const starts = new Uint32Array(BUCKETS + 1);
	for (const key of keys) {
		const bucket = ((key >>> shift) & (BUCKETS - 1)) + 1;
		starts[bucket] = (starts[bucket] ?? 0) + 1;
	}
	for (let n = 1; n < BUCKETS; n++) starts[n] = (starts[n] ?? 0) + (starts[n - 1] ?? 0);
	return starts;
}
