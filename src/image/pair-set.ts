/**
 * A set of pairs of numbers, of any size: those of JavaScript end at 2^24 entries.
 *
 * @module
 */

/** Numbers are smaller than it. */
export const MOST_PAIRED = 2 ** 26;

/** Open addressing over a table of at most half its entries. */
export class PairSet {
	#keys = new Float64Array(1024).fill(-1);
	#size = 0;

	/** True where the pair is there; the order of the two does not matter. */
	has(a: number, b: number): boolean {
		return this.#keys[this.#placeOf(keyOf(a, b))] !== -1;
	}

	/** Adds a pair; false where it is there. */
	add(a: number, b: number): boolean {
		const key = keyOf(a, b);
		const at = this.#placeOf(key);
		if (this.#keys[at] !== -1) return false;
		this.#keys[at] = key;
		if (2 * ++this.#size > this.#keys.length) this.#grow();
		return true;
	}

	/** Where a key is, or would be. */
	#placeOf(key: number): number {
		const keys = this.#keys;
		const mask = keys.length - 1;
		const [high, low] = [Math.floor(key / MOST_PAIRED), key % MOST_PAIRED];
		const mixed = Math.imul(high, 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b);
		let at = (mixed ^ (mixed >>> 15)) & mask;
		while (keys[at] !== -1 && keys[at] !== key) at = (at + 1) & mask;
		return at;
	}

	#grow(): void {
		const old = this.#keys;
		this.#keys = new Float64Array(2 * old.length).fill(-1);
		for (const key of old) if (key !== -1) this.#keys[this.#placeOf(key)] = key;
	}
}

function keyOf(a: number, b: number): number {
	return Math.min(a, b) * MOST_PAIRED + Math.max(a, b);
}
