/**
 * The weighted sum of overlapping tiles over one plane of a box: the kernel of blending.
 *
 * Law: tiles are added in global order, and what a voxel receives does not depend on the box: product and sum of a
 * step are taken in float64 and rounded to float32 once, and where one tile lies alone its value is taken as it is. So any
 * partition of a volume into boxes gives the same bits.
 *
 * @module
 */
import type { AxisCoverage } from "./coverage.ts";

/** Sums over a plane of a box, C-ordered. Changed in place by `addPlane` and `normalisePlane`. */
export type PlaneBuffer = {
	readonly channels: number;
	/** [channels, Y, X]: weighted sums; weighted means after `normalisePlane`. */
	readonly data: Float32Array<ArrayBuffer>;
	/** [Y, X]: sums of weights; 1 where one tile lies alone. */
	readonly weights: Float32Array<ArrayBuffer>;
	/** Along y and x of the box; `isOnce`: whether one tile lies over the plane along z. */
	readonly y: AxisCoverage;
	readonly x: AxisCoverage;
	readonly isOnce: boolean;
	/** True where the weights are whole already: those of a plane that the same tiles lay over. */
	readonly isWeighed: boolean;
	/** Voxels of tiles that were added so far, each as often as it was. */
	reached: number;
};

/** One plane of a tile: its values, [channels, ...patch], and where it lies in the box (its first voxel may lie before it). */
export type TilePlane = {
	readonly values: Float32Array;
	/** Of the patch's shape. */
	readonly weights: Float32Array;
	/** Voxels of a tile. */
	readonly size: number;
	/** Where the plane begins in `weights`. */
	readonly at: number;
	readonly height: number;
	readonly width: number;
	/** First row and column in the box. */
	readonly y: number;
	readonly x: number;
};

/** Memory of a plane whose values are no longer needed. */
export type SparePlane = { readonly data?: Float32Array<ArrayBuffer>; readonly weights?: Float32Array<ArrayBuffer> };

/** Zero sums; with `weighed`, over the weights of a plane that the same tiles lie over. */
export function createPlane(
	channels: number,
	y: AxisCoverage,
	x: AxisCoverage,
	isOnce: boolean,
	spare: SparePlane,
	weighed?: Float32Array<ArrayBuffer>,
): PlaneBuffer {
	const area = y.once.length * x.once.length;
	const weights = weighed ?? spare.weights?.fill(0) ?? new Float32Array(area);
	const isWeighed = weighed !== undefined;
	const data = spare.data ?? new Float32Array(channels * area);
	const plane = { channels, data, weights, y, x, isOnce, isWeighed, reached: 0 };
	// where one tile lies alone its values are put over whatever is there
	if (spare.data !== undefined) eachShared(plane, (from, to) => data.fill(0, from, to));
	return plane;
}

/** Rows and columns of a plane that lie in one tile alone: `rows[0] <= y < rows[1]`, `columns[0] <= x < columns[1]`. */
export type TakeAlone = (
	plane: PlaneBuffer,
	tile: TilePlane,
	rows: readonly [number, number],
	columns: readonly [number, number],
) => void;

/** Every piece of `data` that several tiles lie over. */
function eachShared(
	{ channels, weights, y, x, isOnce }: PlaneBuffer,
	work: (from: number, to: number, weight: number) => void,
): void {
	const width = x.once.length;
	const whole = [[0, width]] as const;
	for (let row = 0; row < y.once.length; row++) {
		for (const [from, to] of isOnce && y.once[row] === 1 ? x.shared : whole) {
			for (let channel = 0; channel < channels; channel++) {
				const at = channel * weights.length + row * width;
				work(at + from, at + to, row * width + from);
			}
		}
	}
}

/** Adds what of `tile` lies in the plane. Call in global tile order. Where the tile lies alone its values go to `take`. */
export function addPlane(plane: PlaneBuffer, tile: TilePlane, take: TakeAlone = takeRows): void {
	const width = plane.x.once.length;
	const from = Math.max(0, tile.x);
	const to = Math.min(width, tile.x + tile.width);
	if (to <= from) return;
	const columns = onceWithin(plane.x.once, from, to);
	const [low, high] = columns;
	const first = Math.max(0, tile.y);
	const last = Math.min(plane.y.once.length, tile.y + tile.height);
	plane.reached += Math.max(0, last - first) * (to - from);
	const rows = plane.isOnce ? onceWithin(plane.y.once, first, last) : ([last, last] as const);
	const add = (y: number, start: number, stop: number) => {
		if (stop > start) addSpan(plane, tile, y * width, tile.at + (y - tile.y) * tile.width - tile.x, start, stop);
	};
	for (let y = first; y < last; y++) {
		if (y < rows[0] || y >= rows[1]) add(y, from, to);
		else {
			add(y, from, low);
			add(y, high, to);
		}
	}
	if (rows[1] > rows[0] && high > low) take(plane, tile, rows, columns);
}

/** What of `from <= v < to` one tile lies over: it lies in one piece within a tile. */
function onceWithin(once: Uint8Array, from: number, to: number): readonly [number, number] {
	let low = from;
	while (low < to && once[low] !== 1) low++;
	let high = low;
	while (high < to && once[high] === 1) high++;
	return [low, high];
}

/** Columns that several tiles lie over: sums of `row` (of the plane) and of `source` (of the tile's plane). */
function addSpan(plane: PlaneBuffer, tile: TilePlane, row: number, source: number, from: number, to: number): void {
	const { weights, data, channels } = plane;
	const area = weights.length;
	const count = to - from;
	const w = source + from;
	if (!plane.isWeighed) addWeights(weights, row + from, tile.weights, w, count);
	for (let channel = 0; channel < channels; channel++) {
		addWeighted(data, channel * area + row + from, tile.values, channel * tile.size + w, tile.weights, w, count);
	}
}

/** Puts what lies in this tile alone into the plane. */
function takeRows(
	plane: PlaneBuffer,
	tile: TilePlane,
	[first, last]: readonly [number, number],
	[low, high]: readonly [number, number],
): void {
	const { weights, data, channels } = plane;
	const width = plane.x.once.length;
	for (let y = first; y < last; y++) {
		const row = y * width;
		const source = tile.at + (y - tile.y) * tile.width - tile.x;
		if (!plane.isWeighed) weights.fill(1, row + low, row + high);
		for (let channel = 0; channel < channels; channel++) {
			const at = channel * tile.size + source;
			data.set(tile.values.subarray(at + low, at + high), channel * weights.length + row + low);
		}
	}
}

function addWeights(target: Float32Array, t: number, weights: Float32Array, w: number, count: number): void {
	for (let i = 0; i < count; i++) target[t + i] = (target[t + i] ?? 0) + (weights[w + i] ?? 0);
}

function addWeighted(
	target: Float32Array,
	t: number,
	values: Float32Array,
	v: number,
	weights: Float32Array,
	w: number,
	count: number,
): void {
	const whole = count - (count % 4);
	for (let i = 0; i < whole; i += 4) {
		addAt(target, t + i, values, v + i, weights, w + i);
		addAt(target, t + i + 1, values, v + i + 1, weights, w + i + 1);
		addAt(target, t + i + 2, values, v + i + 2, weights, w + i + 2);
		addAt(target, t + i + 3, values, v + i + 3, weights, w + i + 3);
	}
	for (let i = whole; i < count; i++) addAt(target, t + i, values, v + i, weights, w + i);
}

function addAt(target: Float32Array, t: number, values: Float32Array, v: number, weights: Float32Array, w: number) {
	target[t] = (target[t] ?? 0) + (weights[w] ?? 0) * (values[v] ?? 0);
}

/**
 * Divides the sums by the weights, in place.
 *
 * @param sparse true: voxels that no tile reached are 0
 * @throws RangeError where a voxel was reached by no tile, and not `sparse`
 */
export function normalisePlane(plane: PlaneBuffer, sparse = false): void {
	const { data, weights, isWeighed } = plane;
	if (sparse) blankUnreached(plane);
	else if (!isWeighed && weights.includes(0))
		throw new RangeError("blending: a voxel of the box was reached by no tile");
	eachShared(plane, (from, to, weight) => divide(data, from, weights, weight, to - from));
}

/** Zero where no tile came, also where one alone would have lain. */
function blankUnreached({ data, weights, channels }: PlaneBuffer): void {
	for (let i = 0; i < weights.length; i++) {
		if (weights[i] !== 0) continue;
		weights[i] = 1;
		for (let channel = 0; channel < channels; channel++) data[channel * weights.length + i] = 0;
	}
}

function divide(data: Float32Array, d: number, weights: Float32Array, w: number, count: number): void {
	for (let i = 0; i < count; i++) data[d + i] = (data[d + i] ?? 0) / (weights[w + i] ?? 1);
}
