/**
 * Edges of a mesh by what it costs to take them away, the cheapest first; equal ones by the numbers of their ends.
 *
 * Entries are not taken out when they are out of date: each carries a stamp that its reader compares.
 *
 * @module
 */

/** An edge and what it cost when it was put in. */
export type HeapEdge = { cost: number; from: number; to: number; stamp: number };

/** A binary heap in typed arrays. */
export class EdgeHeap {
	#costs = new Float64Array(1024);
	/** Three an entry: from, to, stamp. */
	#edges = new Uint32Array(3 * 1024);
	#size = 0;

	/** Entries, those out of date as well. */
	get size(): number {
		return this.#size;
	}

	/** What the cheapest costs; without end where there is none. */
	get least(): number {
		return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#costs[0] ?? 0);
	}

	/** Puts an edge in. */
	push(cost: number, from: number, to: number, stamp: number): void {
		if (this.#size === this.#costs.length) this.#grow();
		let at = this.#size++;
		while (at > 0) {
			const above = (at - 1) >>> 1;
			if (!this.#isBefore(cost, from, to, above)) break;
			this.#copy(above, at);
			at = above;
		}
		this.#set(at, cost, from, to, stamp);
	}

	/** Takes the cheapest out, into `edge`; false where there is none. */
	pop(edge: HeapEdge): boolean {
		if (this.#size === 0) return false;
		edge.cost = this.#costs[0] ?? 0;
		edge.from = this.#edges[0] ?? 0;
		edge.to = this.#edges[1] ?? 0;
		edge.stamp = this.#edges[2] ?? 0;
		const last = --this.#size;
		if (last > 0) this.#sink(last);
		return true;
	}

	/** Puts the entry at `last` into the free place at the top, and below what is cheaper. */
	#sink(last: number): void {
		const cost = this.#costs[last] ?? 0;
		const [from, to] = [this.#edges[3 * last] ?? 0, this.#edges[3 * last + 1] ?? 0];
		const stamp = this.#edges[3 * last + 2] ?? 0;
		let at = 0;
		for (let below = 1; below < last; below = 2 * at + 1) {
			if (below + 1 < last && this.#isLess(below + 1, below)) below++;
			if (this.#isBefore(cost, from, to, below)) break;
			this.#copy(below, at);
			at = below;
		}
		this.#set(at, cost, from, to, stamp);
	}

	#isLess(a: number, b: number): boolean {
		return this.#isBefore(this.#costs[a] ?? 0, this.#edges[3 * a] ?? 0, this.#edges[3 * a + 1] ?? 0, b);
	}

	#isBefore(cost: number, from: number, to: number, other: number): boolean {
		const than = this.#costs[other] ?? 0;
		if (cost !== than) return cost < than;
		const first = this.#edges[3 * other] ?? 0;
		return from === first ? to < (this.#edges[3 * other + 1] ?? 0) : from < first;
	}

	#copy(from: number, to: number): void {
		this.#costs[to] = this.#costs[from] ?? 0;
		for (let n = 0; n < 3; n++) this.#edges[3 * to + n] = this.#edges[3 * from + n] ?? 0;
	}

	#set(at: number, cost: number, from: number, to: number, stamp: number): void {
		this.#costs[at] = cost;
		this.#edges[3 * at] = from;
		this.#edges[3 * at + 1] = to;
		this.#edges[3 * at + 2] = stamp;
	}

	#grow(): void {
		const [costs, edges] = [this.#costs, this.#edges];
		this.#costs = new Float64Array(2 * costs.length);
		this.#edges = new Uint32Array(2 * edges.length);
		this.#costs.set(costs);
		this.#edges.set(edges);
	}
}
