/**
 * Makes one result of a tile from its mirrored views.
 *
 * nnU-Net adds logits in the order of its views and divides once; `min`, `max` and `mean-activated` act after the
 * activation, as PyTorch Connectomics does.
 *
 * @module
 */
import { assertNever } from "../core/errors.ts";
import { type Activation, activate } from "../export/activate.ts";
import type { Ensemble } from "../plan/settings.ts";
import { addFlipped, flipInto } from "../tiling/flip.ts";
import { divide } from "./mean.ts";

/** Combines the views of one tile after another; buffers are reused. */
export class ViewCombiner {
	/** float32 [heads, ...patch]: the combination of the views given so far; empty until there are two. */
	#result = new Float32Array(0);
	#scratch = new Float32Array(0);
	readonly #heads: number;
	readonly #patch: readonly number[];
	readonly #ensemble: Ensemble;
	readonly #activations: readonly Activation[];
	#seen = 0;

	constructor(heads: number, patch: readonly number[], ensemble: Ensemble, activations: readonly Activation[]) {
		this.#heads = heads;
		this.#patch = patch;
		this.#ensemble = ensemble;
		this.#activations = activations;
	}

	/** Begins the next tile. */
	reset(): void {
		this.#seen = 0;
	}

	/** The only view of a tile where it is the image as it is: nothing is copied. */
	single(logits: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
		if (this.#ensemble !== "mean-logits") activate(logits, this.#heads, this.#activations);
		return logits;
	}

	/** Adds the network's output for one view, float32 [heads, ...patch]; it is changed. Gives how many views were added. */
	add(logits: Float32Array<ArrayBuffer>, flipped: readonly number[]): number {
		if (this.#ensemble !== "mean-logits") activate(logits, this.#heads, this.#activations);
		if (this.#result.length === 0) this.#result = new Float32Array(logits.length);
		if (this.#seen === 0) flipInto(logits, this.#result, this.#heads, this.#patch, flipped);
		else this.#merge(logits, flipped);
		return ++this.#seen;
	}

	/** Ends the tile: divides sums by the number of views. */
	finish(): Float32Array<ArrayBuffer> {
		const isMean = this.#ensemble === "mean-logits" || this.#ensemble === "mean-activated";
		if (isMean && this.#seen > 1) divide(this.#result, this.#seen);
		return this.#result;
	}

	#merge(values: Float32Array, flipped: readonly number[]): void {
		switch (this.#ensemble) {
			case "mean-logits":
			case "mean-activated":
				addFlipped(values, this.#result, this.#heads, this.#patch, flipped);
				return;
			case "min":
			case "max":
				if (this.#scratch.length === 0) this.#scratch = new Float32Array(values.length);
				flipInto(values, this.#scratch, this.#heads, this.#patch, flipped);
				keepExtreme(this.#result, this.#scratch, this.#ensemble === "max");
				return;
			default:
				assertNever(this.#ensemble);
		}
	}
}

function keepExtreme(target: Float32Array, values: Float32Array, largest: boolean): void {
	for (let i = 0; i < target.length; i++) {
		const value = values[i] ?? 0;
		if (largest ? value > (target[i] ?? 0) : value < (target[i] ?? 0)) target[i] = value;
	}
}
