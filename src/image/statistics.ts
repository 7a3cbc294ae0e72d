/**
 * Count, mean, population standard deviation, minimum and maximum of voxels, in float64.
 *
 * Law: voxels are taken in C order in cells of `STATISTICS_CELL`; a cell's figures are exact sums over that cell and
 * cells are merged in order. So the result is a pure function of the voxels' order: it does not depend on how they
 * were cut into pieces on the way in. Workers that take whole cells and merge them in order get the same bits.
 *
 * nnU-Net takes these figures with numpy's float32 pairwise sums. Measured on 8 and 16 bit images of 0.2 to 17 million
 * voxels, numpy's mean is off by up to 1e-7 of itself (6e-7 on cropped views), its standard deviation by up to 1e-7, and
 * z-scored voxels by up to 1e-6; by up to 6e-5 where the mean is a thousand standard deviations. Ours are exact to
 * float64, so that they need not know the size of the pieces.
 *
 * @module
 */
import type { DataOf, NumberDType } from "../core/dtype.ts";

/** Voxels merged as one: partial statistics of parallel readers must begin and end at multiples of it. */
export const STATISTICS_CELL = 65536;

/** Figures of `count` voxels; `m2` is the sum of squared differences from the mean. NaN voxels make mean and m2 NaN. */
export type Statistics = {
	readonly count: number;
	readonly mean: number;
	readonly m2: number;
	/** Infinity where there are no voxels. */
	readonly min: number;
	/** -Infinity where there are no voxels. */
	readonly max: number;
};

/** Statistics on their way: push voxels in C order, then finish. */
export type StatisticsCollector = {
	/** Takes the next voxels; with `mask` (same length) only those where it is not 0. */
	readonly push: (data: DataOf<NumberDType>, mask?: Uint8Array) => void;
	/** Figures of all voxels so far; more can be pushed after. */
	readonly finish: () => Statistics;
};

/** Figures of no voxels. */
export const NO_STATISTICS: Statistics = {
	count: 0,
	mean: 0,
	m2: 0,
	min: Number.POSITIVE_INFINITY,
	max: Number.NEGATIVE_INFINITY,
};

/** Statistics of `data`, with `mask` of the voxels where it is not 0. @throws RangeError where lengths differ */
export function statisticsOf(data: DataOf<NumberDType>, mask?: Uint8Array): Statistics {
	const collector = collectStatistics();
	collector.push(data, mask);
	return collector.finish();
}

/** Statistics of each channel by itself, under one mask. */
export function channelStatistics(channels: readonly DataOf<NumberDType>[], mask?: Uint8Array): Statistics[] {
	return channels.map((data) => statisticsOf(data, mask));
}

/**
 * A collector that begins at a multiple of `STATISTICS_CELL` voxels of the image.
 * Masked-out voxels count for the cell they lie in.
 */
export function collectStatistics(): StatisticsCollector {
	const cell = new Float64Array(STATISTICS_CELL);
	let seen = 0; // voxels of the open cell, masked out or not
	let kept = 0; // values in `cell`
	let total = NO_STATISTICS;

	function push(data: DataOf<NumberDType>, mask?: Uint8Array): void {
		if (mask !== undefined && mask.length !== data.length) {
			throw new RangeError(`statistics: ${data.length} voxels under a mask of ${mask.length}`);
		}
		for (let at = 0; at < data.length; ) {
			const stop = Math.min(data.length, at + STATISTICS_CELL - seen);
			kept = mask === undefined ? take(data, at, stop, cell, kept) : takeMasked(data, mask, at, stop, cell, kept);
			seen += stop - at;
			at = stop;
			if (seen === STATISTICS_CELL) {
				total = mergeStatistics(total, cellStatistics(cell, kept));
				seen = 0;
				kept = 0;
			}
		}
	}

	return { push, finish: () => mergeStatistics(total, cellStatistics(cell, kept)) };
}

/**
 * Figures of the voxels of `a` followed by those of `b`. Merge in one fixed order: rounding depends on it.
 *
 * Mathematics: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
 */
export function mergeStatistics(a: Statistics, b: Statistics): Statistics {
	if (a.count === 0) return b;
	if (b.count === 0) return a;
	const count = a.count + b.count;
	const delta = b.mean - a.mean;
	return {
		count,
		mean: a.mean + (delta * b.count) / count,
		m2: a.m2 + b.m2 + (delta * delta * a.count * b.count) / count,
		min: Math.min(a.min, b.min),
		max: Math.max(a.max, b.max),
	};
}

/** Population standard deviation (numpy's `std`); 0 where there are no voxels. */
export function standardDeviation(statistics: Statistics): number {
	return statistics.count === 0 ? 0 : Math.sqrt(statistics.m2 / statistics.count);
}

function take(data: DataOf<NumberDType>, from: number, to: number, cell: Float64Array, kept: number): number {
	cell.set(data.subarray(from, to), kept);
	return kept + to - from;
}

function takeMasked(
	data: DataOf<NumberDType>,
	mask: Uint8Array,
	from: number,
	to: number,
	cell: Float64Array,
	kept: number,
): number {
	let next = kept;
	for (let i = from; i < to; i++) {
		if (mask[i] !== 0) cell[next++] = data[i] ?? 0;
	}
	return next;
}

/** Figures of the first `count` values: the mean first, then the differences from it. */
function cellStatistics(cell: Float64Array, count: number): Statistics {
	if (count === 0) return NO_STATISTICS;
	let sum = 0;
	let min = Number.POSITIVE_INFINITY;
	let max = Number.NEGATIVE_INFINITY;
	for (let i = 0; i < count; i++) {
		const value = cell[i] ?? 0;
		sum += value;
		if (value < min) min = value;
		if (value > max) max = value;
	}
	const mean = sum / count;
	let m2 = 0;
	for (let i = 0; i < count; i++) {
		const difference = (cell[i] ?? 0) - mean;
		m2 += difference * difference;
	}
	return { count, mean, m2, min, max };
}
