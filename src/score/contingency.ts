/**
 * How often each true id meets each predicted id: the contingency table that every score of labels is made of.
 *
 * One pass over the voxels, in any pieces and any order; tables of parts add up to the table of the whole. Sparse: memory
 * grows with the pairs that meet, not with the voxels or the ids. Counts are exact up to 2^53 voxels.
 *
 * @module
 */
import { idOf, type LabelWords } from "./label-words.ts";
import { PairIndex } from "./pair-index.ts";

/** A pair that was met. Ids of 64 bits, so bigint. */
export type Meeting = { readonly truth: bigint; readonly found: bigint; readonly voxels: number };

/** Counts pairs of ids. */
export class Contingency {
	readonly #truths = new PairIndex();
	readonly #founds = new PairIndex();
	/** Number of the true id, number of the predicted id. */
	readonly #pairs = new PairIndex();
	#counts = new Float64Array(64);

	/** Adds the voxels from `from` to before `to`, whose true ids are `truth` and predicted ids `found`. */
	add(truth: LabelWords, found: LabelWords, to: number, from = 0): void {
		// objects lie in patches, so that most voxels are the pair of the one before: only a change is looked up
		const [t, f] = [truth.words, found.words];
		let start = from;
		while (start < to) {
			const next = runEnd(t, truth.stride, f, found.stride, start, to);
			this.#count(
				this.#truths.numberOf(high(truth, start), low(truth, start)),
				this.#founds.numberOf(high(found, start), low(found, start)),
				next - start,
			);
			start = next;
		}
	}

	/** Adds the counts of another table. */
	merge(other: Contingency): void {
		for (let n = 0; n < other.#pairs.size; n++) {
			const [i, j] = [other.#pairs.highOf(n), other.#pairs.lowOf(n)];
			this.#count(
				this.#truths.numberOf(other.#truths.highOf(i), other.#truths.lowOf(i)),
				this.#founds.numberOf(other.#founds.highOf(j), other.#founds.lowOf(j)),
				other.#counts[n] ?? 0,
			);
		}
	}

	/** Pairs that were met. */
	get size(): number {
		return this.#pairs.size;
	}

	/** Every pair that was met, in the order in which they were. */
	*meetings(): Generator<Meeting> {
		for (let n = 0; n < this.#pairs.size; n++) {
			const [i, j] = [this.#pairs.highOf(n), this.#pairs.lowOf(n)];
			yield {
				truth: idOf(this.#truths.highOf(i), this.#truths.lowOf(i)),
				found: idOf(this.#founds.highOf(j), this.#founds.lowOf(j)),
				voxels: this.#counts[n] ?? 0,
			};
		}
	}

	#count(truth: number, found: number, voxels: number): void {
		const pair = this.#pairs.numberOf(truth, found);
		if (pair >= this.#counts.length) {
			const counts = new Float64Array(2 * this.#counts.length);
			counts.set(this.#counts);
			this.#counts = counts;
		}
		this.#counts[pair] = (this.#counts[pair] ?? 0) + voxels;
	}
}

function low({ words, stride, low: place }: LabelWords, voxel: number): number {
	return words[voxel * stride + place] ?? 0;
}

function high({ words, stride, low: place }: LabelWords, voxel: number): number {
	return stride === 1 ? 0 : (words[2 * voxel + 1 - place] ?? 0);
}

/** The first voxel from `start` on whose pair is another than that of `start`. */
function runEnd(t: Uint32Array, tStride: 1 | 2, f: Uint32Array, fStride: 1 | 2, start: number, voxels: number): number {
	const [t0, f0] = [t[start * tStride], f[start * fStride]];
	let i = start + 1;
	if (tStride === 1 && fStride === 1) {
		while (i < voxels && t[i] === t0 && f[i] === f0) i++;
		return i;
	}
	const [t1, f1] = [t[(start + 1) * tStride - 1], f[(start + 1) * fStride - 1]];
	const sameTruth = (n: number) => t[n * tStride] === t0 && t[(n + 1) * tStride - 1] === t1;
	const sameFound = (n: number) => f[n * fStride] === f0 && f[(n + 1) * fStride - 1] === f1;
	while (i < voxels && sameTruth(i) && sameFound(i)) i++;
	return i;
}
