/**
 * Seeded random choices: the same seed and name give the same model, whatever other models there are.
 *
 * The generator is Mulberry32 (T. Ettinger, public domain), seeded with FNV-1a of the name.
 *
 * @module
 */
export class Choices {
	#state: number;

	constructor(seed: number, name: string) {
		let hash = 0x811c9dc5 ^ seed;
		for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
		this.#state = hash >>> 0;
	}

	/** In [0, 1). */
	uniform(): number {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	}

	/** A number in [low, high), with `digits` decimals. */
	between(low: number, high: number, digits = 3): number {
		return Number((low + (high - low) * this.uniform()).toFixed(digits));
	}

	/** An integer from `low` to `high`, both possible. */
	integer(low: number, high: number): number {
		return low + Math.floor(this.uniform() * (high - low + 1));
	}

	/** One of `items`. */
	pick<T>(items: readonly [T, ...T[]]): T {
		return items[this.integer(0, items.length - 1)] ?? items[0];
	}

	/** True with this probability. */
	chance(probability: number): boolean {
		return this.uniform() < probability;
	}
}
