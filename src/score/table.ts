/**
 * A contingency table made ready for scores: rows are true ids, columns predicted ones, with their sizes.
 *
 * Voxels whose true id is ignored are left out of everything: of rows, columns, sizes and the total.
 *
 * @module
 */
import type { Contingency } from "./contingency.ts";

/** One side of a table: its ids, and how many voxels each has. */
export type Side = { readonly ids: readonly bigint[]; readonly sizes: Float64Array };

/** Pairs that meet; entry n of `rows`, `columns` and `voxels` is one pair. */
export type Table = {
	readonly truth: Side;
	readonly found: Side;
	/** Number of the true id of each pair. */
	readonly rows: Uint32Array;
	/** Number of the predicted id of each pair. */
	readonly columns: Uint32Array;
	readonly voxels: Float64Array;
	/** All voxels that count. */
	readonly total: number;
};

/** The table of `counts` without the voxels whose true id is in `ignored`. */
export function tableOf(counts: Contingency, ignored: ReadonlySet<bigint> = new Set()): Table {
	const kept = [...counts.meetings()].filter(({ truth }) => !ignored.has(truth));
	return build(kept.map(({ truth, found, voxels }) => [truth, found, voxels]));
}

/** The part of a table whose pairs have a true id other than 0. */
export function withoutTrueBackground(table: Table): Table {
	return build([...entries(table)].filter(([truth]) => truth !== 0n));
}

/** Every pair of a table: true id, predicted id, voxels. */
export function* entries(table: Table): Generator<readonly [truth: bigint, found: bigint, voxels: number]> {
	for (let n = 0; n < table.voxels.length; n++) {
		yield [
			table.truth.ids[table.rows[n] ?? 0] ?? 0n,
			table.found.ids[table.columns[n] ?? 0] ?? 0n,
			table.voxels[n] ?? 0,
		];
	}
}

function build(pairs: readonly (readonly [bigint, bigint, number])[]): Table {
	const truth = new SideBuilder();
	const found = new SideBuilder();
	const rows = new Uint32Array(pairs.length);
	const columns = new Uint32Array(pairs.length);
	const voxels = new Float64Array(pairs.length);
	let total = 0;
	for (const [n, [trueId, foundId, count]] of pairs.entries()) {
		rows[n] = truth.add(trueId, count);
		columns[n] = found.add(foundId, count);
		voxels[n] = count;
		total += count;
	}
	return { truth: truth.side(), found: found.side(), rows, columns, voxels, total };
}

class SideBuilder {
	readonly #numbers = new Map<bigint, number>();
	readonly #sizes: number[] = [];

	add(id: bigint, voxels: number): number {
		const known = this.#numbers.get(id);
		const number = known ?? this.#numbers.size;
		if (known === undefined) this.#numbers.set(id, number);
		this.#sizes[number] = (this.#sizes[number] ?? 0) + voxels;
		return number;
	}

	side(): Side {
		return { ids: [...this.#numbers.keys()], sizes: Float64Array.from(this.#sizes) };
	}
}
