/**
 * The pairing of rows with columns, each at most once, whose weights sum to the most (the assignment problem).
 *
 * Shortest augmenting paths over the pairs that are there (Jonker and Volgenant 1987, on a sparse graph): every row may stay
 * alone at the weight 0, so that only pairs with a weight above 0 are ever made.
 *
 * @module
 */

/** A pair that may be made; `weight` is above 0. */
export type Edge = { readonly row: number; readonly column: number; readonly weight: number };

/** For each row the edge that is taken, or undefined. */
export function bestPairs<E extends Edge>(
	rows: number,
	columns: number,
	edges: readonly E[],
): readonly (E | undefined)[] {
	return new Pairing(rows, columns, edges).solve();
}

class Pairing<E extends Edge> {
	readonly #rows: number;
	readonly #byRow: readonly (readonly E[])[];
	/** The largest weight: what a row costs that stays alone. */
	readonly #most: number;
	readonly #taken: (E | undefined)[];
	readonly #rowOf: Int32Array;
	/** Duals: every cost less its row's and column's is 0 or more, and 0 where a pair is made. */
	readonly #columnPrice: Float64Array;

	constructor(rows: number, columns: number, edges: readonly E[]) {
		this.#rows = rows;
		const byRow: E[][] = Array.from({ length: rows }, () => []);
		for (const edge of edges) byRow[edge.row]?.push(edge);
		this.#byRow = byRow;
		this.#most = edges.reduce((most, { weight }) => Math.max(most, weight), 0);
		this.#taken = new Array<E | undefined>(rows).fill(undefined);
		this.#rowOf = new Int32Array(columns).fill(-1);
		this.#columnPrice = new Float64Array(columns);
	}

	solve(): readonly (E | undefined)[] {
		for (let row = 0; row < this.#rows; row++) if ((this.#byRow[row] ?? []).length > 0) this.#place(row);
		return this.#taken;
	}

	/** Places `start` in the cheapest way, moving rows that are placed already. */
	#place(start: number): void {
		const search = new Search<E>(start);
		for (let row = start; row >= 0; ) {
			const base = search.reached - this.#rowPrice(row);
			search.offerAlone(row, base + this.#most);
			for (const edge of this.#byRow[row] ?? []) {
				search.offer(edge, base + this.#most - edge.weight - (this.#columnPrice[edge.column] ?? 0));
			}
			const column = search.next();
			if (column === undefined) break;
			row = this.#rowOf[column] ?? -1;
			if (row < 0) search.endAt(column);
		}
		for (const [column, cost] of search.done) {
			if (cost < search.cost) this.#columnPrice[column] = (this.#columnPrice[column] ?? 0) + cost - search.cost;
		}
		this.#move(search);
	}

	/** Takes the edges of the path that ends at a row that stays alone, or at a free column. */
	#move({ start, alone, free, via }: Search<E>): void {
		let column = free;
		if (alone >= 0) {
			column = this.#taken[alone]?.column ?? -1;
			this.#taken[alone] = undefined;
		}
		while (column >= 0) {
			const edge = via.get(column);
			if (edge === undefined) return;
			const next = edge.row === start ? -1 : (this.#taken[edge.row]?.column ?? -1);
			this.#taken[edge.row] = edge;
			this.#rowOf[column] = edge.row;
			column = next;
		}
	}

	/** The dual of a row: what its pair costs, or staying alone. */
	#rowPrice(row: number): number {
		const edge = this.#taken[row];
		if (edge === undefined) return 0;
		return this.#most - edge.weight - (this.#columnPrice[edge.column] ?? 0);
	}
}

/** One search for the cheapest path (Dijkstra) from a row to a free column, or to a row that is left alone instead. */
class Search<E extends Edge> {
	readonly start: number;
	/** The last edge of the cheapest path to a column. */
	readonly via = new Map<number, E>();
	/** Columns whose path is known to be the cheapest, and its cost. */
	readonly done = new Map<number, number>();
	/** Cost of the path to the row that is looked at. */
	reached = 0;
	/** The cheapest end so far: its cost, and the row that stays alone or the free column. */
	cost = Number.POSITIVE_INFINITY;
	alone = -1;
	free = -1;
	readonly #open = new Map<number, number>();

	constructor(start: number) {
		this.start = start;
	}

	offerAlone(row: number, cost: number): void {
		if (cost >= this.cost) return;
		this.cost = cost;
		this.alone = row;
	}

	offer(edge: E, cost: number): void {
		const { column } = edge;
		if (this.done.has(column) || cost >= (this.#open.get(column) ?? Number.POSITIVE_INFINITY)) return;
		this.#open.set(column, cost);
		this.via.set(column, edge);
	}

	/** The nearest column that is not done; undefined where an end is as near. */
	next(): number | undefined {
		let nearest: number | undefined;
		let least = this.cost;
		for (const [column, cost] of this.#open) {
			if (cost < least) [nearest, least] = [column, cost];
		}
		if (nearest === undefined) return undefined;
		this.#open.delete(nearest);
		this.done.set(nearest, least);
		this.reached = least;
		return nearest;
	}

	endAt(column: number): void {
		this.cost = this.reached;
		this.alone = -1;
		this.free = column;
	}
}
