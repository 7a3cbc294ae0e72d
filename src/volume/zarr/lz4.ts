/**
 * LZ4 blocks (lz4_Block_format.md of the LZ4 project), alone as in blosc, and behind their length as numcodecs has them.
 *
 * @module
 */
import { viewOf } from "../../core/bytes.ts";

/** So few bytes are copied faster in a loop. */
const SHORT_COPY = 24;

const SHORT = "the lz4 data is damaged or cut short";

/** Bytes of numcodecs' form: the length in 4 bytes, then a block. @throws RangeError where damaged or longer than `most` */
export function unpackLz4(bytes: Uint8Array, most: number): Uint8Array {
	const size = bytes.length < 5 ? Number.NaN : viewOf(bytes).getUint32(0, true);
	if (!(size <= most)) throw new RangeError(`${SHORT}: expected up to ${most} bytes, it tells ${size}`);
	const target = new Uint8Array(size);
	decodeLz4(bytes.subarray(4), target);
	return target;
}

/** In numcodecs' form. */
export function packLz4(bytes: Uint8Array): Uint8Array {
	const packed = new Uint8Array(4 + lz4Bound(bytes.length));
	viewOf(packed).setUint32(0, bytes.length, true);
	return packed.subarray(0, 4 + encodeLz4(bytes, packed.subarray(4)));
}

/** Bytes that a block of `length` bytes can grow to. */
export function lz4Bound(length: number): number {
	return length + Math.floor(length / 255) + 16;
}

/** Unpacks one block, which must fill `target`. @throws RangeError where it does not */
export function decodeLz4(source: Uint8Array, target: Uint8Array): void {
	const end = source.length;
	let t = 0;
	for (let s = 0; s < end; ) {
		const token = source[s++] ?? 0;
		const literals = fullLength(source, s, token >> 4);
		s += lengthBytes(literals);
		if (s + literals > end || t + literals > target.length) throw new RangeError(SHORT);
		copyLiterals(source, s, target, t, literals);
		s += literals;
		t += literals;
		if (s >= end) break;
		const distance = (source[s] ?? 0) | ((source[s + 1] ?? 0) << 8);
		s += 2;
		const match = fullLength(source, s, token & 15);
		s += lengthBytes(match);
		if (distance === 0 || distance > t || t + match + 4 > target.length) throw new RangeError(SHORT);
		copyMatch(target, t, distance, match + 4);
		t += match + 4;
	}
	if (t !== target.length) throw new RangeError(SHORT);
}

/** A length of 15 goes on in the bytes at `at`, while they are 255. */
function fullLength(source: Uint8Array, at: number, nibble: number): number {
	if (nibble < 15) return nibble;
	let length = 15;
	let s = at;
	while (source[s] === 255) {
		length += 255;
		s++;
	}
	return length + (source[s] ?? 0);
}

/** Bytes behind the token that a length takes. */
function lengthBytes(length: number): number {
	return length < 15 ? 0 : Math.floor((length - 15) / 255) + 1;
}

function copyLiterals(source: Uint8Array, s: number, target: Uint8Array, t: number, count: number): void {
	if (count > SHORT_COPY) target.set(source.subarray(s, s + count), t);
	else for (let i = 0; i < count; i++) target[t + i] = source[s + i] ?? 0;
}

/** A match may reach into what it writes itself: then it repeats. */
function copyMatch(target: Uint8Array, at: number, distance: number, length: number): void {
	if (length <= SHORT_COPY) {
		for (let i = at; i < at + length; i++) target[i] = target[i - distance] ?? 0;
	} else if (distance === 1) {
		target.fill(target[at - 1] ?? 0, at, at + length);
	} else {
		// what is there is doubled until it is long enough
		let done = Math.min(distance, length);
		target.copyWithin(at, at - distance, at - distance + done);
		for (let step = done; done < length; step = done) {
			const part = Math.min(step, length - done);
			target.copyWithin(at + done, at, at + part);
			done += part;
		}
	}
}

const HASH_BITS = 14;
/** No match begins in the last 12 bytes, and the last 5 are literals: the format wants it. */
const LAST_MATCH = 12;
const LAST_LITERALS = 5;
const FARTHEST = 65_535;

/** Packs `source` into `target`, which has `lz4Bound` bytes. Returns how many were written. */
export function encodeLz4(source: Uint8Array, target: Uint8Array): number {
	const table = new Int32Array(1 << HASH_BITS).fill(-1);
	const limit = source.length - LAST_MATCH;
	let anchor = 0;
	let t = 0;
	for (let s = 0, misses = 0; s <= limit; ) {
		const word = wordAt(source, s);
		const slot = Math.imul(word, -1640531535) >>> (32 - HASH_BITS);
		const candidate = table[slot] ?? -1;
		table[slot] = s;
		if (candidate < 0 || s - candidate > FARTHEST || wordAt(source, candidate) !== word) {
			s += 1 + (misses++ >> 6); // what does not repeat is passed faster and faster
			continue;
		}
		const length = matchLength(source, candidate, s, source.length - LAST_LITERALS);
		t = writeSequence(source, anchor, s, target, t, s - candidate, length);
		s += length;
		anchor = s;
		misses = 0;
	}
	return writeLiterals(source, anchor, source.length, target, t, 0);
}

function wordAt(bytes: Uint8Array, at: number): number {
	return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

function matchLength(bytes: Uint8Array, from: number, at: number, end: number): number {
	let n = 4;
	while (at + n < end && bytes[from + n] === bytes[at + n]) n++;
	return n;
}

function writeSequence(
	source: Uint8Array,
	anchor: number,
	end: number,
	target: Uint8Array,
	at: number,
	distance: number,
	length: number,
): number {
	let t = writeLiterals(source, anchor, end, target, at, Math.min(15, length - 4));
	target[t++] = distance & 255;
	target[t++] = distance >> 8;
	return length - 4 >= 15 ? writeMore(target, t, length - 19) : t;
}

function writeLiterals(
	source: Uint8Array,
	start: number,
	end: number,
	target: Uint8Array,
	at: number,
	low: number,
): number {
	const count = end - start;
	target[at] = (Math.min(15, count) << 4) | low;
	const t = count >= 15 ? writeMore(target, at + 1, count - 15) : at + 1;
	target.set(source.subarray(start, end), t);
	return t + count;
}

function writeMore(target: Uint8Array, at: number, count: number): number {
	let t = at;
	let rest = count;
	for (; rest >= 255; rest -= 255) target[t++] = 255;
	target[t++] = rest;
	return t;
}
