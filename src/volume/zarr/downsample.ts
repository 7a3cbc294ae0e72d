/**
 * Halving arrays along some of their axes: the mean of what falls together for images, the most frequent for labels.
 *
 * At an odd end what falls together is less. Means of whole numbers are rounded to the nearest, halves up; of equally
 * frequent labels the one that comes first in C order is taken.
 *
 * @module
 */
import { type NdArray, rows, zeros } from "../../core/array.ts";
import { type DataOf, DTYPES } from "../../core/dtype.ts";
import { fromHalf, toHalf } from "../../core/float16.ts";
import { type Shape, stridesOf } from "../../core/shape.ts";

/** What becomes of voxels that fall together. */
export type Reduction = "image" | "labels";

/** Extents of an array of `shape` with each axis shortened by its factor, 1 or 2. */
export function halvedShape(shape: Shape, factors: readonly number[]): number[] {
	return shape.map((extent, axis) => Math.ceil(extent / (factors[axis] ?? 1)));
}

/** `source` with each axis shortened by its factor, 1 or 2; same element type. */
export function halve(source: NdArray, factors: readonly number[], kind: Reduction): NdArray {
	const target = zeros(source.dtype, halvedShape(source.shape, factors));
	const strides = stridesOf(source.shape);
	const last = source.shape.length - 1;
	const reduce = reducerFor(source, target, kind);
	let t = 0;
	for (const index of rows(target.shape)) {
		const offsets = offsetsOf(source.shape, strides, factors, index);
		const step = factors[last] ?? 1;
		const extent = source.shape[last] ?? 1;
		for (let x = 0; x < extent; x += step) reduce(offsets, x, Math.min(step, extent - x), t++);
	}
	return target;
}

/** Where the rows begin that fall together to the row `index` of the target. */
function offsetsOf(
	shape: Shape,
	strides: readonly number[],
	factors: readonly number[],
	index: readonly number[],
): number[] {
	let offsets = [0];
	for (let axis = 0; axis < shape.length - 1; axis++) {
		const first = (index[axis] ?? 0) * (factors[axis] ?? 1);
		const stop = Math.min(first + (factors[axis] ?? 1), shape[axis] ?? 0);
		const stride = strides[axis] ?? 0;
		const more: number[] = [];
		for (const offset of offsets) for (let at = first; at < stop; at++) more.push(offset + at * stride);
		offsets = more;
	}
	return offsets;
}

/** Reduces the `width` voxels from `x` on of every row at `offsets` to the voxel `t` of the target. */
type Reduce = (offsets: readonly number[], x: number, width: number, t: number) => void;

function reducerFor(source: NdArray, target: NdArray, kind: Reduction): Reduce {
	const [from, to] = [source.data, target.data];
	if (isLong(from) && isLong(to)) {
		return kind === "image" ? meansOfLongs(from, to) : modes(from, (t, value: bigint) => (to[t] = value));
	}
	if (isLong(from) || isLong(to)) throw new TypeError(`halve: ${source.dtype} to ${target.dtype}`);
	if (kind === "labels") return modes(from, (t, value: number) => (to[t] = value));
	if (source.dtype === "float16") return meansOfHalves(from, to);
	return DTYPES[source.dtype].kind === "float" ? meansOf(from, to, (mean) => mean) : meansOf(from, to, rounded);
}

type Long = DataOf<"int64"> | DataOf<"uint64">;
type Short = Exclude<NdArray["data"], Long>;

function isLong(data: NdArray["data"]): data is Long {
	return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

function rounded(mean: number): number {
	return Math.floor(mean + 0.5);
}

function meansOf(from: Short, to: Short, finish: (mean: number) => number): Reduce {
	return (offsets, x, width, t) => {
		let sum = 0;
		for (const offset of offsets) for (let i = 0; i < width; i++) sum += from[offset + x + i] ?? 0;
		to[t] = finish(sum / (offsets.length * width));
	};
}

function meansOfHalves(from: Short, to: Short): Reduce {
	return (offsets, x, width, t) => {
		let sum = 0;
		for (const offset of offsets) for (let i = 0; i < width; i++) sum += fromHalf(from[offset + x + i] ?? 0);
		to[t] = toHalf(sum / (offsets.length * width));
	};
}

function meansOfLongs(from: Long, to: Long): Reduce {
	return (offsets, x, width, t) => {
		let sum = 0n;
		for (const offset of offsets) for (let i = 0; i < width; i++) sum += from[offset + x + i] ?? 0n;
		const count = BigInt(offsets.length * width);
		// division cuts towards zero: twice the sum plus the count, shifted to be positive, rounds halves up
		const twice = 2n * sum + count;
		const quotient = twice / (2n * count);
		to[t] = twice < 0n && twice % (2n * count) !== 0n ? quotient - 1n : quotient;
	};
}

function modes<T extends number | bigint>(
	from: { readonly [n: number]: T },
	put: (t: number, value: T) => void,
): Reduce {
	const seen: T[] = [];
	return (offsets, x, width, t) => {
		seen.length = 0;
		for (const offset of offsets) {
			for (let i = 0; i < width; i++) {
				const value = from[offset + x + i];
				if (value !== undefined) seen.push(value);
			}
		}
		const value = mostFrequent(seen);
		if (value !== undefined) put(t, value);
	};
}

function mostFrequent<T>(values: readonly T[]): T | undefined {
	let best = values[0];
	if (values.every((value) => value === best)) return best;
	let most = 0;
	for (const candidate of values) {
		let count = 0;
		for (const value of values) if (value === candidate) count++;
		if (count > most) {
			most = count;
			best = candidate;
		}
	}
	return best;
}
