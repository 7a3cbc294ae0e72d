/**
 * Means with numpy's order of additions, so that the last digit agrees with numpy's.
 *
 * numpy adds pairwise: up to 128 numbers in eight interleaved sums, more in halves (numpy's `pairwise_sum`).
 *
 * @module
 */

/** Most numbers that are added in one piece. */
const BLOCK = 128;

/** Interleaved sums of a piece. */
const LANES = 8;

/** The mean of `values`; NaN where there are none or one is NaN. As `numpy.mean`. */
export function mean(values: readonly number[]): number {
	return pairwiseSum(values, 0, values.length) / values.length;
}

/** The mean of the values that are not NaN; NaN where there are none. As `numpy.nanmean`. */
export function nanMean(values: readonly number[]): number {
	const filled = values.map((value) => (Number.isNaN(value) ? 0 : value));
	return pairwiseSum(filled, 0, filled.length) / values.filter((value) => !Number.isNaN(value)).length;
}

/** The sum of `length` values from `start` on. */
function pairwiseSum(values: readonly number[], start: number, length: number): number {
	if (length < LANES) return values.slice(start, start + length).reduce((sum, value) => sum + value, 0);
	if (length > BLOCK) {
		const half = Math.floor(length / 2);
		const first = half - (half % LANES);
		return pairwiseSum(values, start, first) + pairwiseSum(values, start + first, length - first);
	}
	const lanes = values.slice(start, start + LANES);
	const whole = length - (length % LANES);
	for (let i = LANES; i < whole; i++) lanes[i % LANES] = (lanes[i % LANES] ?? 0) + (values[start + i] ?? 0);
	const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = lanes;
	let sum = a + b + (c + d) + (e + f + (g + h));
	for (let i = whole; i < length; i++) sum += values[start + i] ?? 0;
	return sum;
}
