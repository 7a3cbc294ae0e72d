/**
 * xxHash of 32 bits (xxhash_spec.md of Cyan4973/xxHash).
 *
 * @module
 */
import { viewOf } from "../../core/bytes.ts";

const [P1, P2, P3, P4, P5] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1];

/** The hash of `bytes`, unsigned. */
export function xxHash32(bytes: Uint8Array, seed: number): number {
	const view = viewOf(bytes);
	const { length } = bytes;
	let at = 0;
	let hash = (seed + P5) | 0;
	if (length >= 16) {
		let [a, b, c, d] = [(seed + P1 + P2) | 0, (seed + P2) | 0, seed | 0, (seed - P1) | 0];
		for (; at + 16 <= length; at += 16) {
			a = round(a, view.getUint32(at, true));
			b = round(b, view.getUint32(at + 4, true));
			c = round(c, view.getUint32(at + 8, true));
			d = round(d, view.getUint32(at + 12, true));
		}
		hash = (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) | 0;
	}
	hash = (hash + length) | 0;
	for (; at + 4 <= length; at += 4) {
		hash = Math.imul(rotate((hash + Math.imul(view.getUint32(at, true), P3)) | 0, 17), P4);
	}
	for (; at < length; at++) hash = Math.imul(rotate((hash + Math.imul(bytes[at] ?? 0, P5)) | 0, 11), P1);
	hash = Math.imul(hash ^ (hash >>> 15), P2);
	hash = Math.imul(hash ^ (hash >>> 13), P3);
	return (hash ^ (hash >>> 16)) >>> 0;
}

function round(accumulator: number, lane: number): number {
	return Math.imul(rotate((accumulator + Math.imul(lane, P2)) | 0, 13), P1);
}

function rotate(value: number, bits: number): number {
	return (value << bits) | (value >>> (32 - bits));
}
