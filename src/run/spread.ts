/**
 * How much the predictions of a tile differ: those of every mirrored view and every fold.
 *
 * Definition: within a tile the members are all pairs of view and fold, each turned back and made a probability by itself
 * (softmax, or sigmoid for regions). Their disagreement is a value a voxel, carried as a further channel behind the heads: it is
 * blended with the same weights as they are and resampled like them. So it is a pure function of the tile grid, and law 1
 * holds for it. Tiles that differ from each other do not count.
 *
 * @module
 */
import { activate } from "../export/activate.ts";
import {
	addMember,
	clearMoments,
	createMoments,
	type Moments,
	mutualInformationInto,
	varianceInto,
} from "../image/disagreement.ts";
import type { Disagreement } from "../plan/settings.ts";
import { flipInto } from "../tiling/flip.ts";

/** What is carried. */
export type SpreadSpec = {
	/** One channel each, in this order. */
	readonly measures: readonly Disagreement[];
	/** True where the heads' probabilities exclude each other. */
	readonly exclusive: boolean;
};

/** The disagreement within one tile after another; buffers are reused. */
export class Spread {
	readonly #heads: number;
	readonly #patch: readonly number[];
	readonly #measures: readonly Disagreement[];
	readonly #activation: "softmax" | "sigmoid";
	readonly #moments: Moments;
	readonly #scratch: Float32Array<ArrayBuffer>;
	/** [heads + measures, ...patch] */
	readonly #joined: Float32Array<ArrayBuffer>;

	constructor(heads: number, patch: readonly number[], { measures, exclusive }: SpreadSpec) {
		const voxels = patch.reduce((product, extent) => product * extent, 1);
		this.#heads = heads;
		this.#patch = patch;
		this.#measures = measures;
		this.#activation = exclusive ? "softmax" : "sigmoid";
		this.#moments = createMoments(heads, voxels, exclusive, measures.includes("mutual_information"));
		this.#scratch = new Float32Array(heads * voxels);
		this.#joined = new Float32Array((heads + measures.length) * voxels);
	}

	/** Adds a view: logits of one fold, float32 [heads, ...patch], which are kept as they are. */
	add(logits: Float32Array, flipped: readonly number[]): void {
		if (flipped.length === 0) this.#scratch.set(logits);
		else flipInto(logits, this.#scratch, this.#heads, this.#patch, flipped);
		activate(this.#scratch, this.#heads, new Array(this.#heads).fill(this.#activation));
		addMember(this.#moments, this.#scratch);
	}

	/** Ends the tile: its `values` [heads, ...patch] with the measures behind them, valid until the next. */
	finish(values: Float32Array): Float32Array<ArrayBuffer> {
		const joined = this.#joined;
		joined.set(values);
		const voxels = this.#moments.squares.length;
		for (const [n, measure] of this.#measures.entries()) {
			const target = joined.subarray((this.#heads + n) * voxels, (this.#heads + n + 1) * voxels);
			if (measure === "variance") varianceInto(this.#moments, target);
			else mutualInformationInto(this.#moments, target);
		}
		clearMoments(this.#moments);
		return joined;
	}
}
