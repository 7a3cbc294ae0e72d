/**
 * Little-endian fields of ZIP records.
 *
 * @module
 */

/** The unsigned 64-bit number at `at`; undefined where it is too large for any file (2^53). */
export function wide(view: DataView, at: number): number | undefined {
	const value = Number(view.getBigUint64(at, true));
	return Number.isSafeInteger(value) ? value : undefined;
}
