/**
 * Numbers pairs of 32-bit words by their first appearance: what ids, and meetings of ids, are looked up in.
 *
 * Open addressing with linear probing over typed arrays, at most half full; a 64-bit id is the pair of its halves.
 *
 * @module
 */

/** Places of the first table; a power of two. */
const FIRST_PLACES = 64;

/** Numbers pairs 0, 1, 2, ... in the order in which they are first asked for. */
export class PairIndex {
	/** First words by number; only the first `size` entries count. */
	#high = new Uint32Array(FIRST_PLACES / 2);
	#low = new Uint32Array(FIRST_PLACES / 2);
	/** Number + 1 of the pair at each place; 0 is free. */
	#places = new Uint32Array(FIRST_PLACES);
	#size = 0;

	/** How many pairs there are. */
	get size(): number {
		return this.#size;
	}

	/** The number of a pair, a new one where it was never asked for. */
	numberOf(high: number, low: number): number {
		const mask = this.#places.length - 1;
		let place = hash(high, low) & mask;
		for (;;) {
			const found = this.#places[place] ?? 0;
			if (found === 0) return this.#insert(high, low, place);
			if (this.#low[found - 1] === low && this.#high[found - 1] === high) return found - 1;
			place = (place + 1) & mask;
		}
	}

	/** First word of the pair `number`. */
	highOf(number: number): number {
		return this.#high[number] ?? 0;
	}

	/** Second word of the pair `number`. */
	lowOf(number: number): number {
		return this.#low[number] ?? 0;
	}

	#insert(high: number, low: number, place: number): number {
		const number = this.#size++;
		this.#high[number] = high;
		this.#low[number] = low;
		this.#places[place] = number + 1;
		if (this.#size === this.#high.length) this.#grow();
		return number;
	}

	#grow(): void {
		const [high, low] = [this.#high, this.#low];
		this.#high = new Uint32Array(2 * high.length);
		this.#low = new Uint32Array(2 * low.length);
		this.#high.set(high);
		this.#low.set(low);
		this.#places = new Uint32Array(2 * this.#places.length);
		const mask = this.#places.length - 1;
		for (let number = 0; number < this.#size; number++) {
			let place = hash(high[number] ?? 0, low[number] ?? 0) & mask;
			while ((this.#places[place] ?? 0) !== 0) place = (place + 1) & mask;
			this.#places[place] = number + 1;
		}
	}
}

/** Spreads a pair over 32 bits (the finisher of MurmurHash3). */
function hash(high: number, low: number): number {
	let h = (Math.imul(high, 0x9e3779b1) ^ low) | 0;
	h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
	h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
	return (h ^ (h >>> 16)) >>> 0;
}
