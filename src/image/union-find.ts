/**
 * Disjoint sets of labels, for components that turn out to be one.
 *
 * Invariant: a set's root is its smallest member, and sets are numbered from 1, so that the order of final labels is
 * the order in which sets were first seen.
 *
 * @module
 */

/** The sets; entry `i` of `parent` is a smaller or equal member of set `i`. Grows as it must. */
export type Forest = { parent: Uint32Array<ArrayBuffer>; length: number };

/** Sets 1 to `sets`, each of one; 0 is kept for the background. */
export function createForest(sets = 0): Forest {
	const parent = new Uint32Array(Math.max(1024, sets + 1));
	for (let set = 1; set <= sets; set++) parent[set] = set;
	return { parent, length: sets + 1 };
}

/** A new set of one; gives its number. */
export function newSet(forest: Forest): number {
	if (forest.length === forest.parent.length) {
		const larger = new Uint32Array(forest.parent.length * 2);
		larger.set(forest.parent);
		forest.parent = larger;
	}
	forest.parent[forest.length] = forest.length;
	return forest.length++;
}

/** Makes the sets of `a` and `b` one; gives its root. */
export function join(forest: Forest, a: number, b: number): number {
	const rootA = rootOf(forest, a);
	const rootB = rootOf(forest, b);
	const root = Math.min(rootA, rootB);
	forest.parent[Math.max(rootA, rootB)] = root;
	return root;
}

/** The smallest member of the set of `a`; halves the path on the way. */
export function rootOf({ parent }: Pick<Forest, "parent">, a: number): number {
	return rootIn(parent, a);
}

/** The member of the set of `a` that is its own parent, whichever that is; halves the path on the way. */
export function rootIn(parent: Uint32Array, a: number): number {
	let at = a;
	while (parent[at] !== at) {
		const up = parent[at] ?? 0;
		parent[at] = parent[up] ?? 0;
		at = up;
	}
	return at;
}

/** The final label of every set: 1 to `count`, in the order of the roots. */
export function flatten(forest: Forest): { readonly finals: Uint32Array<ArrayBuffer>; readonly count: number } {
	const finals = new Uint32Array(forest.length);
	let count = 0;
	for (let i = 1; i < forest.length; i++) {
		const root = rootOf(forest, i);
		finals[i] = root === i ? ++count : (finals[root] ?? 0);
	}
	return { finals, count };
}
