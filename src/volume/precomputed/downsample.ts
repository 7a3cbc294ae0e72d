/**
 * Coarser voxels from finer ones: the mean of an image, the most frequent label of a segmentation.
 *
 * A coarse voxel is made of the fine ones it covers that lie in the volume. Means of integers are rounded half to even; of
 * labels that are equally frequent the smallest is taken. So the result does not depend on how the volume is cut.
 *
 * @module
 */
import { type NdArray, zeros } from "../../core/array.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";

/** What voxels mean. */
export type ScaleKind = "image" | "segmentation";

/** By how much z, y and x are divided: 1 or 2. */
export type Factors = readonly [number, number, number];

type Big = BigUint64Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;
type Small = Exclude<NdArray["data"], Big>;

/** `array`, axes ending in z, y, x, with those divided by `factors`, rounded up. */
export function downsample(array: NdArray, factors: Factors, kind: ScaleKind): NdArray {
	const first = array.shape.length - 3;
	const shape = array.shape.map((extent, axis) => Math.ceil(extent / (factors[axis - first] ?? 1)));
	const target = zeros(array.dtype, shape);
	const visit = (use: Visit) => eachWindow(array.shape, shape, factors, use);
	const [from, to] = [array.data, target.data];
	if (isBig(from)) {
		if (isBig(to)) reduceBig(from, to, visit, kind === "image" ? bigMean : bigMode);
	} else if (!isBig(to)) {
		const isFloat = array.dtype === "float32" || array.dtype === "float64";
		reduce(from, to, visit, kind === "segmentation" ? mode : isFloat ? mean : roundedMean);
	}
	return target;
}

function isBig(data: NdArray["data"]): data is Big {
	return data instanceof BigUint64Array || data instanceof BigInt64Array;
}

/** Gets the place of a coarse voxel and, in `places`, the places of the `count` fine ones it covers. */
type Visit = (to: number, places: Int32Array, count: number) => void;

function eachWindow(fine: Shape, coarse: Shape, [fz, fy, fx]: Factors, visit: Visit): void {
	const [nz = 1, ny = 1, nx = 1] = fine.slice(-3);
	const [mz = 1, my = 1, mx = 1] = coarse.slice(-3);
	const places = new Int32Array(8);
	for (let row = 0, to = 0; row < sizeOf(coarse) / mx; row++) {
		const y = (row % my) * fy;
		const z = (Math.floor(row / my) % mz) * fz;
		const from = (Math.floor(row / (my * mz)) * nz + z) * ny + y;
		const [zs, ys] = [Math.min(fz, nz - z), Math.min(fy, ny - y)];
		for (let x = 0; x < nx; x += fx, to++) {
			const xs = Math.min(fx, nx - x);
			let count = 0;
			for (let plane = 0; plane < zs; plane++) {
				for (let line = 0; line < ys; line++) {
					const at = (from + plane * ny + line) * nx + x;
					places[count++] = at;
					if (xs === 2) places[count++] = at + 1;
				}
			}
			visit(to, places, count);
		}
	}
}

/** Reduces the first `count` of `window`. */
type Reduction = (window: Float64Array, count: number) => number;

function reduce(from: Small, to: Small, each: (visit: Visit) => void, reduction: Reduction): void {
	const window = new Float64Array(8);
	each((at, places, count) => {
		for (let i = 0; i < count; i++) window[i] = from[places[i] ?? 0] ?? 0;
		to[at] = reduction(window, count);
	});
}

function mean(window: Float64Array, count: number): number {
	let sum = 0;
	for (let i = 0; i < count; i++) sum += window[i] ?? 0;
	return sum / count;
}

/** Counts are powers of two, so the quotient is exact. */
function roundedMean(window: Float64Array, count: number): number {
	const quotient = mean(window, count);
	const below = Math.floor(quotient);
	const rest = quotient - below;
	return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

function mode(window: Float64Array, count: number): number {
	let [best, most] = [window[0] ?? 0, 0];
	for (let i = 0; i < count; i++) {
		const label = window[i] ?? 0;
		let equal = 0;
		for (let j = 0; j < count; j++) if (window[j] === label) equal++;
		if (equal === count) return label;
		if (equal > most || (equal === most && label < best)) [best, most] = [label, equal];
	}
	return best;
}

function reduceBig(
	from: Big,
	to: Big,
	each: (visit: Visit) => void,
	reduction: (window: readonly bigint[]) => bigint,
): void {
	const words = new Uint32Array(from.buffer, from.byteOffset, from.length * 2);
	const copied = new Uint32Array(to.buffer, to.byteOffset, to.length * 2);
	each((at, places, count) => {
		const first = (places[0] ?? 0) * 2;
		const [low, high] = [words[first] ?? 0, words[first + 1] ?? 0];
		let same = 1;
		while (same < count && words[(places[same] ?? 0) * 2] === low && words[(places[same] ?? 0) * 2 + 1] === high)
			same++;
		if (same === count) {
			copied[at * 2] = low;
			copied[at * 2 + 1] = high;
		} else to[at] = reduction(Array.from(places.subarray(0, count), (place) => from[place] ?? 0n));
	});
}

function bigMode(window: readonly bigint[]): bigint {
	const counts = new Map<bigint, number>();
	for (const label of window) counts.set(label, (counts.get(label) ?? 0) + 1);
	let [best, most] = [0n, 0];
	for (const [label, count] of counts) {
		if (count > most || (count === most && label < best)) [best, most] = [label, count];
	}
	return best;
}

function bigMean(window: readonly bigint[]): bigint {
	const count = BigInt(window.length);
	const sum = window.reduce((a, b) => a + b, 0n);
	const rest = ((sum % count) + count) % count;
	const below = (sum - rest) / count;
	return rest * 2n > count || (rest * 2n === count && below % 2n !== 0n) ? below + 1n : below;
}
