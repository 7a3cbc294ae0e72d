/**
 * Small objects become part of the neighbour they touch most: the rule of `merge-small.ts`, worked out from counts of voxels.
 *
 * One after the other, the lowest id first, each with the ids as they are then. Of equal neighbours the lower id wins;
 * without any it is background. What a small object has taken in goes with it.
 *
 * @module
 */
import type { Beside } from "./beside-block.ts";

/** Bytes of a count and of each small object in it. */
export const BYTES_PER_BESIDE = 4 + 8 + 24 + 16;

/** What objects lie beside what, gathered from blocks in any order. */
export class SmallMerger {
	readonly #owners: number[] = [];
	readonly #voxels: number[] = [];
	/** Of each small object: the counts it is in. */
	readonly #rows = new Map<number, number[]>();
	readonly #parent: Uint32Array<ArrayBuffer>;
	/** What of the bytes of counts is taken. */
	bytes = 0;

	/** Objects 1 to `count`. */
	constructor(count: number) {
		this.#parent = Uint32Array.from({ length: count + 1 }, (_, id) => id);
	}

	/** Takes counts of a block. */
	add(list: readonly Beside[]): void {
		for (const { owner, small, voxels } of list) {
			const row = this.#owners.push(owner) - 1;
			this.#voxels.push(voxels);
			this.bytes += BYTES_PER_BESIDE * small.length;
			for (const id of small) {
				const rows = this.#rows.get(id);
				if (rows === undefined) this.#rows.set(id, [row]);
				else rows.push(row);
			}
		}
	}

	/** What each object is part of in the end, 0 for background. @param isSmall 1 at the ids of small objects */
	finish(isSmall: Uint8Array): Uint32Array<ArrayBuffer> {
		const seen = new Uint32Array(this.#owners.length);
		for (let id = 1; id < this.#parent.length; id++) {
			if (isSmall[id] !== 1) continue;
			const rows = this.#rows.get(id) ?? [];
			const into = this.#mostTouched(id, rows, seen);
			this.#parent[id] = into;
			this.#rows.delete(id);
			if (isSmall[into] === 1) this.#rows.set(into, joined(this.#rows.get(into), rows));
		}
		return this.#parent.map((_, id) => this.#ownerOf(id));
	}

	/** The object of most voxels in `rows`, each of which counts once. */
	#mostTouched(id: number, rows: readonly number[], seen: Uint32Array): number {
		const counts = new Map<number, number>();
		for (const row of rows) {
			if (seen[row] === id) continue;
			seen[row] = id;
			const owner = this.#ownerOf(this.#owners[row] ?? 0);
			if (owner !== 0 && owner !== id) counts.set(owner, (counts.get(owner) ?? 0) + (this.#voxels[row] ?? 0));
		}
		let [best, most] = [0, 0];
		for (const [owner, voxels] of counts) {
			if (voxels > most || (voxels === most && owner < best)) [best, most] = [owner, voxels];
		}
		return best;
	}

	/** What an object is part of as it is; halves the path on the way. */
	#ownerOf(id: number): number {
		const parent = this.#parent;
		let at = id;
		while (parent[at] !== at) {
			const up = parent[at] ?? 0;
			parent[at] = parent[up] ?? 0;
			at = up;
		}
		return at;
	}
}

/** Both lists, in the longer one. */
function joined(a: number[] = [], b: number[]): number[] {
	const [longer, shorter] = a.length < b.length ? [b, a] : [a, b];
	for (const row of shorter) longer.push(row);
	return longer;
}
