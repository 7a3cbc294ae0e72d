/**
 * Checksums of gzip and zlib, and that of two pieces from those of each: pieces can be packed by themselves.
 *
 * A CRC is a remainder of a polynomial over GF(2): to put zeros behind a piece multiplies its CRC by a power of x, and sums of
 * pieces are sums of remainders. Adler-32 (RFC 1950) is a sum of bytes and a sum of its sums, both modulo 65521.
 *
 * @module
 */
import { crc32 } from "node:zlib";

/** A checksum whose values can be joined. */
export type Checksum = {
	/** Of no bytes. */
	readonly empty: number;
	of(bytes: Uint8Array): number;
	/** Of a piece and `length` bytes behind it, from the checksums of both. */
	join(first: number, second: number, length: number): number;
};

/** The polynomial of CRC-32, lowest power in the highest bit, without x^32. */
const POLYNOMIAL = 0xedb88320;

/** 1 and x, as remainders. */
const ONE = 0x80000000;
const X = 0x40000000;

const ADLER = 65521;

/** Bytes summed up before sums are reduced: they stay below 2^31. */
const ADLER_RUN = 3800;

/** CRC-32 as gzip has it. */
export const CRC32: Checksum = {
	empty: 0,
	of: (bytes) => crc32(bytes),
	join: (first, second, length) => (times(power(8 * length), first) ^ second) >>> 0,
};

/** Adler-32 as zlib has it. */
export const ADLER32: Checksum = {
	empty: 1,
	of: adler32,
	join: (first, second, length) => {
		const [a1, b1, a2, b2] = [first & 0xffff, first >>> 16, second & 0xffff, second >>> 16];
		const a = (a1 + a2 + ADLER - 1) % ADLER;
		const b = (b1 + b2 + (length % ADLER) * (a1 + ADLER - 1)) % ADLER;
		return ((b << 16) | a) >>> 0;
	},
};

function adler32(bytes: Uint8Array): number {
	let [a, b] = [1, 0];
	for (let from = 0; from < bytes.length; from += ADLER_RUN) {
		const to = Math.min(bytes.length, from + ADLER_RUN);
		for (let i = from; i < to; i++) {
			a += bytes[i] ?? 0;
			b += a;
		}
		a %= ADLER;
		b %= ADLER;
	}
	return ((b << 16) | a) >>> 0;
}

/** The product of two remainders, as a remainder. */
function times(first: number, second: number): number {
	let product = 0;
	let shifted = second;
	for (let bit = ONE; bit > 0; bit >>>= 1) {
		if ((first & bit) !== 0) product ^= shifted;
		shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ POLYNOMIAL;
	}
	return product >>> 0;
}

/** The remainder of x to the power of `exponent`, a whole number below 2^53. */
function power(exponent: number): number {
	let result = ONE;
	let square = X;
	for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
		if (left % 2 === 1) result = times(square, result);
		square = times(square, square);
	}
	return result;
}
