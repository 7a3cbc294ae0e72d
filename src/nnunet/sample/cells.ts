/**
 * Sums and histograms of the cells of one layer: the kernel of ranking.
 *
 * Values are counted in whole steps of 2^-24 of the largest possible, so sums are exact and do not depend on the
 * order in which voxels come.
 *
 * @module
 */

/** Steps of a sum from 0 to the largest value; 2^29 voxels of a cell stay exact. */
export const STEPS = 2 ** 24;

/** Classes of a histogram: value v of 0 to 1 counts in class round(v * 255). */
export const CLASSES = 256;

/** The cells between two cuts along z, [rows, columns] of them. */
export type CellLayer = {
	readonly rows: number;
	readonly columns: number;
	/** Sums of steps. */
	readonly sums: Float64Array;
	/** [rows, columns, CLASSES]; empty where no quantile is asked for. */
	readonly counts: Uint32Array;
};

/** Cells without voxels. */
export function createLayer(rows: number, columns: number, withCounts: boolean): CellLayer {
	const cells = rows * columns;
	return { rows, columns, sums: new Float64Array(cells), counts: new Uint32Array(withCounts ? cells * CLASSES : 0) };
}

/** Adds voxels `from <= i < to` of `values`, which lie in one row of one cell. `scale` makes the largest possible value 1. */
export function addRun(
	{ sums, counts }: CellLayer,
	cell: number,
	values: Float32Array,
	from: number,
	to: number,
	scale: number,
): void {
	let sum = 0;
	for (let i = from; i < to; i++) {
		const share = Math.min(1, Math.max(0, (values[i] ?? 0) * scale));
		sum += Math.round(share * STEPS);
		if (counts.length === 0) continue;
		const at = cell * CLASSES + Math.round(share * (CLASSES - 1));
		counts[at] = (counts[at] ?? 0) + 1;
	}
	sums[cell] = (sums[cell] ?? 0) + sum;
}

/** The smallest class that at least the part `quantile` of all counted voxels do not exceed, as a share of the largest value. */
export function quantileOf(counts: ArrayLike<number>, voxels: number, quantile: number): number {
	const wanted = Math.max(1, Math.ceil(quantile * voxels));
	let seen = 0;
	for (let n = 0; n < counts.length; n++) {
		seen += counts[n] ?? 0;
		if (seen >= wanted) return n / (CLASSES - 1);
	}
	return 1;
}
