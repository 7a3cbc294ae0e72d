/**
 * MurmurHash3_x86_128 of a chunk's number: the first 8 bytes of the hash of its 8 bytes, seed 0.
 *
 * Austin Appleby's MurmurHash3 (public domain), cut down to keys of 8 bytes: they are all tail.
 *
 * @module
 */

const [C1, C2, C3] = [0x239b961b, 0xab0e9789, 0x38b34ae5];

/** The hash of the little-endian bytes of `key`, as an unsigned 64-bit number. */
export function murmurHash(key: bigint): bigint {
	const low = Number(key & 0xffffffffn);
	const high = Number((key >> 32n) & 0xffffffffn);
	let h1 = Math.imul(rotate(Math.imul(low, C1), 15), C2);
	let h2 = Math.imul(rotate(Math.imul(high, C2), 16), C3);
	let [h3, h4] = [0, 0];
	const length = 8;
	[h1, h2, h3, h4] = [h1 ^ length, h2 ^ length, h3 ^ length, h4 ^ length];
	h1 = (h1 + h2 + h3 + h4) | 0;
	[h2, h3, h4] = [(h2 + h1) | 0, (h3 + h1) | 0, (h4 + h1) | 0];
	[h1, h2, h3, h4] = [mixed(h1), mixed(h2), mixed(h3), mixed(h4)];
	h1 = (h1 + h2 + h3 + h4) | 0;
	h2 = (h2 + h1) | 0;
	return (BigInt(h2 >>> 0) << 32n) | BigInt(h1 >>> 0);
}

function rotate(value: number, bits: number): number {
	return (value << bits) | (value >>> (32 - bits));
}

function mixed(value: number): number {
	let h = value ^ (value >>> 16);
	h = Math.imul(h, 0x85ebca6b);
	h ^= h >>> 13;
	h = Math.imul(h, 0xc2b2ae35);
	return h ^ (h >>> 16);
}
