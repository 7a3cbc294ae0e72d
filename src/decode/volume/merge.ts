/**
 * From the pieces of all blocks to the objects of the volume: joined across seams, filtered as wholes, numbered.
 *
 * Ids are 1 to `count` in the order of each object's first voxel in the whole volume, so they do not depend on the blocks.
 * A piece takes `BYTES_PER_PIECE` bytes while pieces are merged, whatever the volume's size.
 *
 * @module
 */
import { rootIn } from "../../image/union-find.ts";
import type { GrownPieces } from "./grown-pieces.ts";
import { type Candidates, choose, type ObjectFilter } from "./object-choice.ts";
import type { Pieces } from "./pieces.ts";

/** Set, voxels, first voxel, border and choice of a piece, and first voxels and voxels of those that stay. */
export const BYTES_PER_PIECE = 4 + 8 + 8 + 1 + 1 + 8 + 8;

/** Most pieces that can be told apart: numbers of uint32 without 0. */
export const MOST_PIECES = 2 ** 32 - 2;

/** The objects of a volume. */
export type Objects = {
	readonly count: number;
	/** The id of each piece, entry 0 is 0; 0 where the object was dropped. */
	readonly ids: Uint32Array<ArrayBuffer>;
	/** Of each object by id, entry 0 is unused. */
	readonly firsts: Float64Array<ArrayBuffer>;
	/** Likewise. */
	readonly voxels: Float64Array<ArrayBuffer>;
};

/** Pieces being merged. They are numbered through all blocks: label `n` of a block is piece `start of the block + n`. */
export class PieceMerger {
	readonly #parent: Uint32Array<ArrayBuffer>;
	readonly #voxels: Float64Array<ArrayBuffer>;
	readonly #firsts: Float64Array<ArrayBuffer>;
	readonly #border: Uint8Array<ArrayBuffer>;

	constructor(count: number) {
		this.#parent = new Uint32Array(count + 1);
		for (let n = 1; n <= count; n++) this.#parent[n] = n;
		this.#voxels = new Float64Array(count + 1);
		this.#firsts = new Float64Array(count + 1);
		this.#border = new Uint8Array(count + 1);
	}

	/** Takes the pieces of a block, whose label 1 is piece `start + 1`. */
	add(start: number, { voxels, firsts, touchesBorder }: Pieces): void {
		this.#voxels.set(voxels, start + 1);
		this.#firsts.set(firsts, start + 1);
		this.#border.set(touchesBorder, start + 1);
	}

	/** Makes the objects of two pieces one. */
	join(a: number, b: number): void {
		const [rootA, rootB] = [rootIn(this.#parent, a), rootIn(this.#parent, b)];
		this.#parent[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
	}

	/** Drops objects, numbers the others. The merger is of no use afterwards. */
	finish(filters: readonly ObjectFilter[]): Objects {
		this.#gather();
		return numbered(
			{ parent: this.#parent, voxels: this.#voxels, firsts: this.#firsts, border: this.#border },
			filters,
		);
	}

	/** Every piece points at its object's first, which has the object's numbers. */
	#gather(): void {
		for (let n = 1; n < this.#parent.length; n++) {
			const root = rootIn(this.#parent, n);
			if (root === n) continue;
			this.#parent[n] = root;
			this.#voxels[root] = (this.#voxels[root] ?? 0) + (this.#voxels[n] ?? 0);
			this.#firsts[root] = Math.min(this.#firsts[root] ?? 0, this.#firsts[n] ?? 0);
			this.#border[root] = (this.#border[root] ?? 0) | (this.#border[n] ?? 0);
		}
	}
}

/** Objects whose parts carry their number already, being counted: 1 to `count`. */
export class GrownMerger {
	readonly #voxels: Float64Array<ArrayBuffer>;
	readonly #firsts: Float64Array<ArrayBuffer>;

	constructor(count: number) {
		this.#voxels = new Float64Array(count + 1);
		this.#firsts = new Float64Array(count + 1).fill(Number.POSITIVE_INFINITY);
	}

	/** Takes the parts that lie in a box. */
	add({ ids, voxels, firsts }: GrownPieces): void {
		for (const [n, id] of ids.entries()) {
			this.#voxels[id] = (this.#voxels[id] ?? 0) + (voxels[n] ?? 0);
			this.#firsts[id] = Math.min(this.#firsts[id] ?? 0, firsts[n] ?? 0);
		}
	}

	/** Drops objects, those without a voxel among them, numbers the others. */
	finish(filters: readonly ObjectFilter[]): Objects {
		const parent = Uint32Array.from(this.#voxels, (voxels, id) => (voxels > 0 ? id : 0));
		const border = new Uint8Array(parent.length);
		return numbered({ parent, voxels: this.#voxels, firsts: this.#firsts, border }, filters);
	}
}

/** What filters leave of `objects`: `ids` has an entry for each id that was, its new one or 0. */
export function filtered({ count, voxels, firsts }: Objects, filters: readonly ObjectFilter[]): Objects {
	const parent = Uint32Array.from({ length: count + 1 }, (_, id) => id);
	return numbered({ parent, voxels, firsts, border: new Uint8Array(count + 1) }, filters);
}

/** The objects that stay, with their ids. Ids take the place of `parent`. */
function numbered(candidates: Candidates, filters: readonly ObjectFilter[]): Objects {
	const { parent: ids, firsts: all } = candidates;
	const stays = choose(candidates, filters);
	const firsts = sortedFirsts(stays, all);
	const voxels = new Float64Array(firsts.length);
	for (let n = 1; n < ids.length; n++) {
		const root = ids[n] ?? 0;
		if (root !== n) {
			ids[n] = ids[root] ?? 0;
			continue;
		}
		const id = stays[n] === 1 ? placeIn(firsts, all[n] ?? 0) : 0;
		ids[n] = id;
		if (id !== 0) voxels[id] = candidates.voxels[n] ?? 0;
	}
	return { count: firsts.length - 1, ids, firsts, voxels };
}

/** First voxels of the objects that stay, ascending, from entry 1 on. */
function sortedFirsts(stays: Uint8Array, all: Float64Array): Float64Array<ArrayBuffer> {
	let count = 0;
	for (let n = 1; n < stays.length; n++) count += stays[n] ?? 0;
	const firsts = new Float64Array(count + 1).fill(-1);
	let at = 1;
	for (let n = 1; n < stays.length; n++) if (stays[n] === 1) firsts[at++] = all[n] ?? 0;
	return firsts.sort();
}

/** The entry of `value` in `sorted`, where it is. */
export function placeIn(sorted: Float64Array, value: number): number {
	let low = 0;
	let high = sorted.length - 1;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((sorted[middle] ?? 0) < value) low = middle + 1;
		else high = middle;
	}
	return low;
}
