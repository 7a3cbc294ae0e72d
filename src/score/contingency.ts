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
		let start = from;
		while (start < to) {
			const next = runEnd(truth, found, start, to);
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

/** The first voxel from `start` on, before `to`, whose pair is another than that of `start`. */
function runEnd(truth: LabelWords, found: LabelWords, start: number, to: number): number {
	const [t, f] = [truth.words, found.words];
	let i = start + 1;
	if (truth.stride === 1 && found.stride === 1) {
		const [t0, f0] = [t[start], f[start]];
		while (i < to && t[i] === t0 && f[i] === f0) i++;
		return i;
	}
	// the last word of a voxel, which is its only one where there is one
	const [tStep, fStep] = [truth.stride, found.stride];
	const [tLast, fLast] = [tStep - 1, fStep - 1];
	let [a, b] = [start * tStep, start * fStep];
	const [t0, t1, f0, f1] = [t[a], t[a + tLast], f[b], f[b + fLast]];
	for (; i < to; i++) {
		a += tStep;
		b += fStep;
		if (t[a] !== t0 || f[b] !== f0 || t[a + tLast] !== t1 || f[b + fLast] !== f1) break;
	}
	return i;
}
