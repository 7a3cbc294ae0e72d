/**
 * Durations counted by bounds, as Prometheus wants them.
 *
 * @module
 */

/** Counts of values at or below each bound. */
export class Histogram {
	readonly bounds: readonly number[];
	readonly #counts: number[];
	#sum = 0;
	#count = 0;

	/** @param bounds rising */
	constructor(bounds: readonly number[]) {
		this.bounds = bounds;
		this.#counts = bounds.map(() => 0);
	}

	/** Counts a value. */
	add(value: number): void {
		this.#sum += value;
		this.#count++;
		for (const [n, bound] of this.bounds.entries()) if (value <= bound) this.#counts[n] = (this.#counts[n] ?? 0) + 1;
	}

	/** Values at or below each bound. */
	get counts(): readonly number[] {
		return this.#counts;
	}

	get sum(): number {
		return this.#sum;
	}

	get count(): number {
		return this.#count;
	}
}
