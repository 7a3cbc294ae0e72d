/**
 * Many lists of numbers in a few typed arrays; two lists become one at once, whatever their lengths.
 *
 * Each number from 0 on is in one list at most.
 *
 * @module
 */

/** Behind the last of a list. */
export const END = -1;

/** Lists by number, of items by number. */
export class LinkedLists {
	readonly #heads: Int32Array;
	readonly #tails: Int32Array;
	readonly #next: Int32Array;

	constructor(lists: number, items: number) {
		this.#heads = new Int32Array(lists).fill(END);
		this.#tails = new Int32Array(lists).fill(END);
		this.#next = new Int32Array(items).fill(END);
	}

	/** The first item of a list, or END. */
	first(list: number): number {
		return this.#heads[list] ?? END;
	}

	/** The item behind `item` in its list, or END. */
	after(item: number): number {
		return this.#next[item] ?? END;
	}

	/** Puts an item that is in no list at the end of one. */
	add(list: number, item: number): void {
		const tail = this.#tails[list] ?? END;
		if (tail === END) this.#heads[list] = item;
		else this.#next[tail] = item;
		this.#tails[list] = item;
	}

	/** Takes `item` out of `list`, where it stands behind `before` (END: first). */
	remove(list: number, item: number, before: number): void {
		const next = this.#next[item] ?? END;
		if (before === END) this.#heads[list] = next;
		else this.#next[before] = next;
		if (next === END) this.#tails[list] = before;
	}

	/** Puts all of the list `from` behind `to`. */
	join(to: number, from: number): void {
		const head = this.#heads[from] ?? END;
		if (head === END) return;
		const tail = this.#tails[to] ?? END;
		if (tail === END) this.#heads[to] = head;
		else this.#next[tail] = head;
		this.#tails[to] = this.#tails[from] ?? END;
		this.#heads[from] = END;
		this.#tails[from] = END;
	}
}
