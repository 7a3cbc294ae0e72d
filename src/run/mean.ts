/**
 * Sums and their division, in place: means over views and folds.
 *
 * @module
 */

/** Adds `values` to `target`, rounded to float32. */
export function addInto(target: Float32Array, values: Float32Array): void {
	for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) + (values[i] ?? 0);
}

/** Divides every value. */
export function divide(values: Float32Array, by: number): void {
	for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) / by;
}
