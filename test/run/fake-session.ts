/**
 * A session whose network is a plain function of one item of the batch.
 *
 * @module
 */
import type { Session, Tensor } from "../../src/runtime/session.ts";

/** [C, ...patch] of one item to [heads, ...patch]. */
export type ItemNetwork = (item: Float32Array, shape: readonly number[]) => Float32Array;

/** A session over `network`; `sizes` fills with the number of items of each run. */
export function fakeSession(heads: number, network: ItemNetwork, sizes: number[] = []): Session {
	return {
		device: { kind: "cpu" },
		run: async ({ data, shape }: Tensor) => {
			const [items = 0, , ...patch] = shape;
			sizes.push(items);
			await new Promise((done) => setImmediate(done));
			const size = data.length / items;
			const results = Array.from({ length: items }, (_, n) =>
				network(data.slice(n * size, (n + 1) * size), shape.slice(1)),
			);
			const output = new Float32Array(results.reduce((sum, { length }) => sum + length, 0));
			for (const [n, result] of results.entries()) output.set(result, n * result.length);
			return { data: output, shape: [items, heads, ...patch] };
		},
		close: async () => undefined,
	};
}

/**
 * A small network that is not symmetric: head h at a voxel is a sum over channels of the voxel and the voxel before it
 * in the last axis (zero before the tile), with weights of its own. Two heads.
 */
export const lopsided: ItemNetwork = (item, shape) => {
	const [channels = 1, ...patch] = shape;
	const voxels = patch.reduce((a, b) => a * b, 1);
	const width = patch.at(-1) ?? 1;
	const out = new Float32Array(2 * voxels);
	for (let head = 0; head < 2; head++) {
		for (let i = 0; i < voxels; i++) {
			let sum = head - 0.25;
			for (let c = 0; c < channels; c++) {
				const before = i % width === 0 ? 0 : (item[c * voxels + i - 1] ?? 0);
				sum += (head === 0 ? 0.5 : -1) * (item[c * voxels + i] ?? 0) + (0.25 + c) * before;
			}
			out[head * voxels + i] = sum;
		}
	}
	return out;
};
