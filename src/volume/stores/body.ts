/**
 * Bytes of an answer, as they come: whole, or a part of them without keeping the rest.
 *
 * A length that a server only claims is not allocated before the bytes come, beyond 64 MiB.
 *
 * @module
 */

/** Bytes of an answer. */
export type ByteStream = AsyncIterable<Uint8Array>;

/** Most bytes of one value, 4 GiB. */
export const MOST_BYTES = 2 ** 32;

const CLAIM_BYTES = 1 << 26;

/** A value that is larger than what may be held. */
export class TooLong extends RangeError {}

/** All bytes; `claimed` is the length that the server told. @throws TooLong beyond `most` */
export async function readAll(stream: ByteStream, claimed: number | undefined, most: number): Promise<Uint8Array> {
	if (claimed !== undefined && claimed > most) throw new TooLong(`${claimed} bytes, at most ${most} are read at once`);
	let bytes = new Uint8Array(Math.min(claimed ?? 0, CLAIM_BYTES));
	let filled = 0;
	for await (const part of stream) {
		if (filled + part.length > most) throw new TooLong(`more than ${most} bytes, as many are read at once`);
		if (filled + part.length > bytes.length) bytes = grown(bytes, filled, filled + part.length, claimed);
		bytes.set(part, filled);
		filled += part.length;
	}
	return filled === bytes.length ? bytes : bytes.slice(0, filled);
}

/** Twice the room, or what was claimed where that is less. */
function grown(
	bytes: Uint8Array,
	filled: number,
	needed: number,
	claimed: number | undefined,
): Uint8Array<ArrayBuffer> {
	const room = Math.max(needed, Math.min(bytes.length * 2, claimed ?? Number.POSITIVE_INFINITY));
	const larger = new Uint8Array(room);
	larger.set(bytes.subarray(0, filled));
	return larger;
}

/**
 * `length` bytes from `offset`; fewer where the stream ends before. What comes after is let go. A stream that ends there is
 * read to its end, so that its connection can be used again.
 */
export async function readPart(stream: ByteStream, offset: number, length: number): Promise<Uint8Array> {
	const bytes = new Uint8Array(length);
	let at = 0;
	for await (const part of stream) {
		const from = Math.max(offset, at);
		const to = Math.min(offset + length, at + part.length);
		if (from < to) bytes.set(part.subarray(from - at, to - at), from - offset);
		at += part.length;
		if (at > offset + length) break;
	}
	return bytes.subarray(0, Math.max(0, Math.min(at, offset + length) - offset));
}

/** The last `length` bytes, fewer where there are no more; of what comes before only so much is kept. */
export async function readTail(stream: ByteStream, length: number): Promise<Uint8Array> {
	const ring = new Uint8Array(length);
	let total = 0;
	for await (const part of stream) {
		const kept = part.subarray(Math.max(0, part.length - length));
		const at = (total + part.length - kept.length) % Math.max(1, length);
		const first = kept.subarray(0, length - at);
		ring.set(first, at);
		ring.set(kept.subarray(first.length), 0);
		total += part.length;
	}
	if (total < length) return ring.slice(0, total);
	const begin = total % Math.max(1, length);
	return Buffer.concat([ring.subarray(begin), ring.subarray(0, begin)]);
}
