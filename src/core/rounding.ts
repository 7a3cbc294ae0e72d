/**
 * Rounding as numpy and Python do it.
 *
 * @module
 */

/** The nearest integer, ties to the even one. */
export function roundHalfEven(value: number): number {
	const low = Math.floor(value);
	const rest = value - low;
	return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
}
