/**
 * Values that are dear to make, kept while their weights fit a budget; the least recently used go first.
 *
 * Two callers that want one value at a time share its making. A value that alone is over the budget is kept until the
 * next comes: whoever reads its neighbours does not make it again and again.
 *
 * @module
 */

type Entry<V> = { readonly value: Promise<V>; weight: number };

/** A cache of `V` by `K`. Weights are in the budget's unit, usually bytes. */
export class BoundedCache<K, V> {
	readonly #budget: number;
	readonly #weigh: (value: V) => number;
	readonly #entries = new Map<K, Entry<V>>();
	#held = 0;

	constructor(budget: number, weigh: (value: V) => number) {
		this.#budget = budget;
		this.#weigh = weigh;
	}

	/** The value of `key`, made by `make` where it is not held. A failure is thrown and not kept. */
	get(key: K, make: () => Promise<V>): Promise<V> {
		const found = this.#entries.get(key);
		if (found !== undefined) {
			this.#entries.delete(key);
			this.#entries.set(key, found);
			return found.value;
		}
		const entry: Entry<V> = { value: make(), weight: 0 };
		this.#entries.set(key, entry);
		entry.value.then(
			(value) => this.#weighIn(key, entry, this.#weigh(value)),
			() => this.#drop(key, entry),
		);
		return entry.value;
	}

	/** Lets go of everything. */
	clear(): void {
		this.#entries.clear();
		this.#held = 0;
	}

	#weighIn(key: K, entry: Entry<V>, weight: number): void {
		if (this.#entries.get(key) !== entry) return;
		entry.weight = weight;
		this.#held += weight;
		for (const [oldKey, old] of this.#entries) {
			if (this.#held <= this.#budget) return;
			if (old !== entry && old.weight > 0) this.#drop(oldKey, old);
		}
	}

	#drop(key: K, entry: Entry<V>): void {
		if (this.#entries.get(key) !== entry) return;
		this.#entries.delete(key);
		this.#held -= entry.weight;
	}
}
