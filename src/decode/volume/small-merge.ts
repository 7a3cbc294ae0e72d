/**
 * Small objects become part of the neighbour they touch most: the rule of `merge-small.ts`, worked out from counts of voxels.
 *
 * One after the other, the lowest id first, each with the ids as they are then. Of equal neighbours the lower id wins;
 * without any it is background. What a small object has taken in goes with it.
 *
 * @module
 */
import { END, LinkedLists } from "../../image/linked-lists.ts";
import { rootIn } from "../../image/union-find.ts";
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
		return this.#parent.map((_, id) => rootIn(this.#parent, id));
	}

	/** The object of most voxels beside `id`. */
	#mostTouched(id: number, table: CountTable): number {
		const counts = new Map<number, number>();
		table.visit(id, (first, voxels) => {
			const owner = rootIn(this.#parent, first);
			if (owner !== 0 && owner !== id) counts.set(owner, (counts.get(owner) ?? 0) + voxels);
		});
		let [best, most] = [0, 0];
		for (const [owner, voxels] of counts) {
			if (voxels > most || (voxels === most && owner < best)) [best, most] = [owner, voxels];
		}
		return best;
	}
}

/** The counts that each small object is in, as lists that are put together at once. */
class CountTable {
	readonly #owners: Uint32Array;
	readonly #voxels: Uint32Array;
	/** The object that each count was last looked at for. */
	readonly #seen: Uint32Array;
	/** The count of each membership. */
	readonly #rows: Uint32Array;
	/** The memberships of each object. */
	readonly #lists: LinkedLists;

	constructor(blocks: readonly BesideCounts[], objects: number, counts: number, members: number) {
		[this.#owners, this.#voxels] = [new Uint32Array(counts), new Uint32Array(counts)];
		this.#seen = new Uint32Array(counts);
		this.#rows = new Uint32Array(members);
		this.#lists = new LinkedLists(objects, members);
		let [row, member] = [0, 0];
		for (const { owners, voxels, sizes, small } of blocks) {
			this.#owners.set(owners, row);
			this.#voxels.set(voxels, row);
			let at = 0;
			for (const size of sizes) {
				for (let n = 0; n < size; n++) {
					this.#rows[member] = row;
					this.#lists.add(small[at++] ?? 0, member++);
				}
				row++;
			}
		}
	}

	/** Gives the owner and the voxels of each count that `id` is in, once. */
	visit(id: number, take: (owner: number, voxels: number) => void): void {
		for (let member = this.#lists.first(id); member !== END; member = this.#lists.after(member)) {
			const row = this.#rows[member] ?? 0;
			if (this.#seen[row] === id) continue;
			this.#seen[row] = id;
			take(this.#owners[row] ?? 0, this.#voxels[row] ?? 0);
		}
	}

	/** What one object is in, another is in from now on. */
	move(from: number, to: number): void {
		this.#lists.join(to, from);
	}
}
