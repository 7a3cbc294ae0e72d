/**
 * Little-endian fields of ZIP records.
 *
 * @module
 */

/** A view over exactly the bytes of `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The unsigned 64-bit number at `at`; undefined where it is too large for any file (2^53). */
export function wide(view: DataView, at: number): number | undefined {
	const value = Number(view.getBigUint64(at, true));
	return Number.isSafeInteger(value) ? value : undefined;
}
