/**
 * Disjoint sets of which some may never become one.
 *
 * A ban is kept under both sets; when two sets become one, the bans of the set that has fewer move to the other.
 *
 * @module
 */
import { MOST_PAIRED, PairSet } from "./pair-set.ts";
import { rootIn } from "./union-find.ts";

/** Sets of one each, 0 to `count` - 1. */
export class MutexForest {
	readonly #parent: Uint32Array<ArrayBuffer>;
	/** Pairs of roots that are banned, and of sets that were roots once. */
	readonly #banned = new PairSet();
	/** The sets that each root is banned from, as they were called then. */
	readonly #bans: (number[] | undefined)[];

	constructor(count: number) {
		if (count > MOST_PAIRED) throw new RangeError(`MutexForest: expected up to ${MOST_PAIRED} sets, found ${count}`);
		this.#parent = Uint32Array.from({ length: count }, (_, n) => n);
		this.#bans = new Array<number[] | undefined>(count);
	}

	/** The set that `member` is in. */
	rootOf(member: number): number {
		return rootIn(this.#parent, member);
	}

	/** Makes the sets of two members one, unless they may not be. */
	join(a: number, b: number): void {
		const [rootA, rootB] = [this.rootOf(a), this.rootOf(b)];
		if (rootA === rootB || this.#banned.has(rootA, rootB)) return;
		const isA = (this.#bans[rootA]?.length ?? 0) >= (this.#bans[rootB]?.length ?? 0);
		const [to, from] = isA ? [rootA, rootB] : [rootB, rootA];
		this.#parent[from] = to;
		const moving = this.#bans[from] ?? [];
		this.#bans[from] = undefined;
		for (const other of moving) this.#banFrom(to, this.rootOf(other));
	}

	/** The sets of two members may never become one, unless they are. */
	ban(a: number, b: number): void {
		const [rootA, rootB] = [this.rootOf(a), this.rootOf(b)];
		if (rootA === rootB || this.#banned.has(rootA, rootB)) return;
		this.#banFrom(rootA, rootB);
		this.#listOf(rootB).push(rootA);
	}

	#banFrom(root: number, other: number): void {
		if (this.#banned.add(root, other)) this.#listOf(root).push(other);
	}

	#listOf(root: number): number[] {
		const list = this.#bans[root] ?? [];
		this.#bans[root] = list;
		return list;
	}
}
