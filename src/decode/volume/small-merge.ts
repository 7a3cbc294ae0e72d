/**
 * Small objects become part of the neighbour they touch most: the rule of `merge-small.ts`, worked out from counts of voxels.
 *
 * One after the other, the lowest id first, each with the ids as they are then. Of equal neighbours the lower id wins;
 * without any it is background. What a small object has taken in goes with it.
 *
 * @module
 */
import type { BesideCounts } from "./beside-block.ts";

/** Bytes of a count, and of each small object in it. */
const BYTES_PER_COUNT = 12 + 8 + 4;
const BYTES_PER_MEMBER = 4 + 8;

/** What objects lie beside what, gathered from blocks in any order. */
export class SmallMerger {
	readonly #blocks: BesideCounts[] = [];
	readonly #parent: Uint32Array<ArrayBuffer>;
	#counts = 0;
	#members = 0;

	/** Objects 1 to `count`. */
	constructor(count: number) {
		this.#parent = Uint32Array.from({ length: count + 1 }, (_, id) => id);
	}

	/** Bytes that all counts take. */
	get bytes(): number {
		return this.#counts * BYTES_PER_COUNT + this.#members * BYTES_PER_MEMBER;
	}

	/** Takes counts of a block. */
	add(counts: BesideCounts): void {
		this.#blocks.push(counts);
		this.#counts += counts.owners.length;
		this.#members += counts.small.length;
	}

	/** What each object is part of in the end, 0 for background. @param isSmall 1 at the ids of small objects */
	finish(isSmall: Uint8Array): Uint32Array<ArrayBuffer> {
		const table = new CountTable(this.#blocks, this.#parent.length, this.#counts, this.#members);
		for (let id = 1; id < this.#parent.length; id++) {
			if (isSmall[id] !== 1) continue;
			const into = this.#mostTouched(id, table);
			this.#parent[id] = into;
			if (isSmall[into] === 1) table.move(id, into);
		}
		return this.#parent.map((_, id) => this.#ownerOf(id));
	}

	/** The object of most voxels beside `id`. */
	#mostTouched(id: number, table: CountTable): number {
		const counts = new Map<number, number>();
		table.visit(id, (first, voxels) => {
			const owner = this.#ownerOf(first);
			if (owner !== 0 && owner !== id) counts.set(owner, (counts.get(owner) ?? 0) + voxels);
		});
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

/** The counts that each small object is in, as lists that are put together at once. */
class CountTable {
	readonly #owners: Uint32Array;
	readonly #voxels: Uint32Array;
	/** The object that each count was last looked at for. */
	readonly #seen: Uint32Array;
	/** Of each membership, from 1 on: the count, and the next membership of the same object. */
	readonly #rows: Uint32Array;
	readonly #next: Uint32Array;
	readonly #first: Uint32Array;
	readonly #last: Uint32Array;

	constructor(blocks: readonly BesideCounts[], objects: number, counts: number, members: number) {
		[this.#owners, this.#voxels] = [new Uint32Array(counts), new Uint32Array(counts)];
		this.#seen = new Uint32Array(counts);
		[this.#rows, this.#next] = [new Uint32Array(members + 1), new Uint32Array(members + 1)];
		[this.#first, this.#last] = [new Uint32Array(objects), new Uint32Array(objects)];
		let [row, member] = [0, 1];
		for (const { owners, voxels, sizes, small } of blocks) {
			this.#owners.set(owners, row);
			this.#voxels.set(voxels, row);
			let at = 0;
			for (const size of sizes) {
				for (let n = 0; n < size; n++) this.#append(small[at++] ?? 0, member++, row);
				row++;
			}
		}
	}

	/** Gives the owner and the voxels of each count that `id` is in, once. */
	visit(id: number, take: (owner: number, voxels: number) => void): void {
		for (let member = this.#first[id] ?? 0; member !== 0; member = this.#next[member] ?? 0) {
			const row = this.#rows[member] ?? 0;
			if (this.#seen[row] === id) continue;
			this.#seen[row] = id;
			take(this.#owners[row] ?? 0, this.#voxels[row] ?? 0);
		}
	}

	/** What one object is in, another is in from now on. */
	move(from: number, to: number): void {
		const first = this.#first[from] ?? 0;
		if (first === 0) return;
		const last = this.#last[to] ?? 0;
		if (last === 0) this.#first[to] = first;
		else this.#next[last] = first;
		this.#last[to] = this.#last[from] ?? 0;
		this.#first[from] = 0;
	}

	#append(id: number, member: number, row: number): void {
		this.#rows[member] = row;
		const last = this.#last[id] ?? 0;
		if (last === 0) this.#first[id] = member;
		else this.#next[last] = member;
		this.#last[id] = member;
	}
}
