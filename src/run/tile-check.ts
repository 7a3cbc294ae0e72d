/**
 * Runs a model's network on one seeded random tile: does it load, does it run, does it give the same again?
 *
 * @module
 */

import { sizeOf } from "../core/shape.ts";
import type { LoadedModel } from "../model/load.ts";
import { makeEngine } from "./engine.ts";

/** What a run on a tile came to. */
export type TileRun = {
	/** Logits, float32 [heads, ...patch], averaged over folds. */
	readonly output: Float32Array;
	readonly heads: number;
	/** Seconds to read the weights and load the network. */
	readonly loading: number;
	/** Seconds of each run. */
	readonly seconds: readonly number[];
	/** Largest difference between the first run and any other; 0 where every bit is equal. */
	readonly spread: number;
};

/** Where and how often. */
export type TileOptions = { readonly device: string; readonly threads: number; readonly runs: number };

/** Runs the network of `model` on the tile that `randomTile` gives. @throws RUNTIME where it cannot be run or its output is not finite; what loading throws */
export async function checkTile(model: LoadedModel, options: TileOptions): Promise<TileRun> {
	const { patch, architecture } = model.spec;
	const shape = [1, architecture.inputChannels, ...patch];
	const engine = makeEngine(model, { device: options.device, threads: options.threads, patch });
	try {
		const begun = performance.now();
		const network = await engine.network();
		const loading = (performance.now() - begun) / 1000;
		const seconds: number[] = [];
		const outputs: Float32Array[] = [];
		for (let run = 0; run < options.runs; run++) {
			const start = performance.now();
			outputs.push((await network.run({ data: randomTile(sizeOf(shape)), shape })).data);
			seconds.push((performance.now() - start) / 1000);
		}
		const [output = new Float32Array(0), ...others] = outputs;
		const spread = Math.max(0, ...others.map((other) => largestDifference(output, other)));
		return { output, heads: network.heads, loading, seconds, spread };
	} finally {
		await engine.close();
	}
}

/** Normally distributed numbers, the same each time (mulberry32 and Box-Muller): what normalised images look like. */
export function randomTile(length: number): Float32Array<ArrayBuffer> {
	const tile = new Float32Array(length);
	let state = 42;
	const uniform = () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return (((t ^ (t >>> 14)) >>> 0) + 1) / 4294967297;
	};
	for (let i = 0; i < length; i++) tile[i] = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
	return tile;
}

/** Largest absolute difference, NaN where one is NaN; the sign of a zero does not count. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
	let largest = 0;
	for (let i = 0; i < a.length; i++) {
		const difference = Math.abs((a[i] ?? 0) - (b[i] ?? 0));
		if (Number.isNaN(difference)) return difference;
		if (difference > largest) largest = difference;
	}
	return largest;
}

/** Part of the voxels whose highest channel is the same; both are [heads, ...patch]. */
export function equalLabels(a: Float32Array, b: Float32Array, heads: number): number {
	const size = a.length / heads;
	let equal = 0;
	for (let i = 0; i < size; i++) if (highest(a, i, size) === highest(b, i, size)) equal++;
	return equal / size;
}

function highest(data: Float32Array, at: number, step: number): number {
	let best = at;
	for (let i = at; i < data.length; i += step) if ((data[i] ?? 0) > (data[best] ?? 0)) best = i;
	return best;
}
