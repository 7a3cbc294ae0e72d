/**
 * Volumes on which objects that grow in cores are compared with objects of the whole volume.
 *
 * @module
 */
import { sizeOf, type Zyx } from "../../src/core/shape.ts";

/** Values from 0 to 1. */
export type CoresScene = { readonly name: string; readonly values: () => Float32Array<ArrayBuffer> };

/** 48x400x400 voxels: 16 cores. */
export const SHAPE: Zyx = [48, 400, 400];

export const SCENES: readonly CoresScene[] = [
	...[8, 20, 45].map((radius) => ({
		name: `balls that overlap, radius about ${radius}`,
		values: () => balls(radius),
	})),
	...[5, 9].map((reach) => ({
		name: `smooth noise, parts about ${2 * reach} wide`,
		values: () => smoothNoise(reach),
	})),
];

function randomFrom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}

/** Hills with noise: from 1 at the centres to 0.4 at the edge, over half of the volume. */
function balls(radius: number): Float32Array<ArrayBuffer> {
	const random = randomFrom(radius);
	const [depth, height, width] = SHAPE;
	const values = Float32Array.from({ length: sizeOf(SHAPE) }, () => 0.02 * random());
	const count = Math.ceil((0.8 * (depth + radius) * height * width) / (4 * radius ** 3));
	for (let n = 0; n < count; n++) {
		const r = radius * (0.6 + 0.8 * random());
		const [cz, cy, cx] = [(depth + radius) * random() - radius / 2, height * random(), width * random()];
		for (let z = Math.max(0, Math.ceil(cz - r)); z < Math.min(depth, cz + r); z++)
			for (let y = Math.max(0, Math.ceil(cy - r)); y < Math.min(height, cy + r); y++)
				for (let x = Math.max(0, Math.ceil(cx - r)); x < Math.min(width, cx + r); x++) {
					const away = Math.hypot(z - cz, y - cy, x - cx) / r;
					if (away >= 1) continue;
					const at = (z * height + y) * width + x;
					values[at] = Math.max(values[at] ?? 0, 1 - 0.6 * away - 0.02 * random());
				}
	}
	return values;
}

/** Noise whose values are spread evenly from 0 to 1, smoothed over `reach` voxels to each side three times. */
function smoothNoise(reach: number): Float32Array<ArrayBuffer> {
	const random = randomFrom(reach);
	const [, height, width] = SHAPE;
	const values = Float32Array.from({ length: sizeOf(SHAPE) }, random);
	for (const [axis, stride] of [height * width, width, 1].entries()) {
		for (let n = 0; n < 3; n++) smooth(values, SHAPE[axis] ?? 1, stride, reach);
	}
	const order = Float32Array.from(values).sort();
	return values.map((value) => placeOf(order, value) / order.length);
}

/** Means over `reach` voxels to each side along an axis. */
function smooth(values: Float32Array, length: number, stride: number, reach: number): void {
	const sums = new Float64Array(length + 1);
	for (let first = 0; first < values.length; first++) {
		if (Math.floor(first / stride) % length !== 0) continue;
		for (let i = 0; i < length; i++) sums[i + 1] = (sums[i] ?? 0) + (values[first + i * stride] ?? 0);
		for (let i = 0; i < length; i++) {
			const [from, to] = [Math.max(0, i - reach), Math.min(length, i + reach + 1)];
			values[first + i * stride] = ((sums[to] ?? 0) - (sums[from] ?? 0)) / (to - from);
		}
	}
}

/** How many entries of `order` are smaller. */
function placeOf(order: Float32Array, value: number): number {
	let [low, high] = [0, order.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((order[middle] ?? 0) < value) low = middle + 1;
		else high = middle;
	}
	return low;
}
