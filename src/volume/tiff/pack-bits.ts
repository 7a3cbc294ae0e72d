/**
 * PackBits, the run-length compression of TIFF ("TIFF Revision 6.0", Adobe, 1992, section 9).
 *
 * @module
 */

/** Unpacks PackBits to at most `limit` bytes; ends sooner where the bytes end. */
export function unpackBytes(bytes: Uint8Array, limit: number): Uint8Array {
	const target = new Uint8Array(limit);
	let at = 0;
	for (let i = 0; i < bytes.length && at < limit; ) {
		const head = bytes[i++] ?? 0;
		if (head < 128) {
			const part = bytes.subarray(i, i + Math.min(head + 1, limit - at));
			target.set(part, at);
			at += part.length;
			i += head + 1;
		} else if (head > 128) {
			target.fill(bytes[i++] ?? 0, at, at + 257 - head);
			at += 257 - head;
		}
	}
	return target.subarray(0, Math.min(at, limit));
}
