/**
 * Where regions may lie along one axis, and the cells that they are made of.
 *
 * Law: every region lies inside; together they cover the axis; each is a whole number of cells, so that sums over regions
 * are sums over cells.
 *
 * @module
 */

/** The places of one axis. */
export type AxisGrid = {
	/** Extent of a region: as asked for, or the whole axis where that is shorter. */
	readonly size: number;
	/** First voxel of each region, ascending: every `stride`, and the last at the end of the axis. */
	readonly starts: readonly number[];
	/** Where cells begin, ascending, and the end of the axis. */
	readonly cuts: readonly number[];
};

/** Regions of `size` every `stride` voxels of an axis. @throws RangeError where one of them is below 1 */
export function axisGrid(extent: number, size: number, stride: number): AxisGrid {
	if (extent < 1 || size < 1 || stride < 1) throw new RangeError(`regions of ${size} every ${stride} over ${extent}`);
	const own = Math.min(size, extent);
	const last = extent - own;
	const starts: number[] = [];
	for (let at = 0; at < last; at += stride) starts.push(at);
	starts.push(last);
	const edges = new Set([0, extent, ...starts, ...starts.map((start) => start + own)]);
	return { size: own, starts, cuts: [...edges].sort((a, b) => a - b) };
}

/** The most regions that one of them shares a voxel with along the axis, itself among them. */
export function mostOverlapping({ starts, size }: AxisGrid): number {
	let most = 0;
	let [from, to] = [0, 0];
	for (const start of starts) {
		while ((starts[from] ?? 0) <= start - size) from++;
		while (to < starts.length && (starts[to] ?? 0) < start + size) to++;
		most = Math.max(most, to - from);
	}
	return most;
}

/** The cell that voxel `at` lies in. */
export function cellOf(cuts: readonly number[], at: number): number {
	let [low, high] = [0, cuts.length - 2];
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if ((cuts[middle] ?? 0) <= at) low = middle;
		else high = middle - 1;
	}
	return low;
}
