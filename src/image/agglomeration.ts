/**
 * Fragments joined one by one, those that are most alike first, until none are alike enough.
 *
 * When two become one, an edge of each to a third becomes one edge: the one of the lower score stays and is scored anew when
 * its turn comes, which is in time because no score falls. Funke et al. 2018 (arXiv 1709.02974). Of equal scores the edge of
 * the lower number goes first: ties are decided.
 *
 * @module
 */
import type { EdgeScores } from "./edge-scores.ts";
import type { FragmentGraph } from "./fragment-graph.ts";
import { ScoreQueue } from "./score-queue.ts";

/** What was joined. */
export type Agglomerate = {
	/** The fragment that stands for each, entry 0 is 0. */
	readonly roots: Uint32Array<ArrayBuffer>;
	/** Edges that are left between what stands for others. */
	readonly edges: readonly { readonly a: number; readonly b: number; readonly score: number }[];
};

/** Joins fragments 1 to `count` of `graph` where their score is below `limit`. */
export function agglomerate(graph: FragmentGraph, count: number, scores: EdgeScores, limit: number): Agglomerate {
	return new Merging(graph, count, scores).until(limit);
}

/** An edge as it is now: the fragments it joins stand for others. */
type Edge = { a: number; b: number; score: number; isStale: boolean };

class Merging {
	readonly #scores: EdgeScores;
	readonly #roots: Uint32Array<ArrayBuffer>;
	readonly #edges: (Edge | undefined)[] = [];
	/** Of each fragment: its neighbours and the edges to them. */
	readonly #around: Map<number, number>[];
	readonly #queue = new ScoreQueue();

	constructor({ a, b }: FragmentGraph, count: number, scores: EdgeScores) {
		this.#scores = scores;
		this.#roots = Uint32Array.from({ length: count + 1 }, (_, n) => n);
		this.#around = Array.from({ length: count + 1 }, () => new Map<number, number>());
		for (let n = 0; n < a.length; n++) {
			const edge = { a: a[n] ?? 0, b: b[n] ?? 0, score: scores.scoreOf(n), isStale: false };
			this.#edges.push(edge);
			this.#around[edge.a]?.set(edge.b, n);
			this.#around[edge.b]?.set(edge.a, n);
			this.#queue.push(n, edge.score);
		}
	}

	until(limit: number): Agglomerate {
		for (let next = this.#queue.pop(limit); next !== undefined; next = this.#queue.pop(limit)) {
			const edge = this.#edges[next];
			if (edge === undefined) continue;
			if (!edge.isStale) {
				this.#join(next, edge);
				continue;
			}
			edge.isStale = false;
			edge.score = this.#scores.scoreOf(next);
			this.#queue.push(next, edge.score);
		}
		const roots = this.#roots.map((_, n) => this.#rootOf(n));
		const left = this.#edges.flatMap((edge, n) =>
			edge === undefined ? [] : [{ a: edge.a, b: edge.b, score: edge.isStale ? this.#scores.scoreOf(n) : edge.score }],
		);
		return { roots, edges: left };
	}

	/** Makes the two ends of an edge one: that of more neighbours stands for both. */
	#join(number: number, { a, b }: Edge): void {
		this.#edges[number] = undefined;
		const isA = (this.#around[a]?.size ?? 0) >= (this.#around[b]?.size ?? 0);
		const [to, from] = isA ? [a, b] : [b, a];
		const [kept, gone] = [this.#around[to], this.#around[from]];
		kept?.delete(from);
		gone?.delete(to);
		this.#roots[from] = to;
		for (const [other, edge] of gone ?? []) {
			const known = kept?.get(other);
			const stays = known === undefined ? edge : this.#one(edge, known);
			this.#edges[stays] = this.#between(stays, to, other);
			kept?.set(other, stays);
			this.#around[other]?.delete(from);
			this.#around[other]?.set(to, stays);
		}
		gone?.clear();
	}

	/** Makes two edges one; gives the one that stays. */
	#one(first: number, second: number): number {
		const [a, b] = [this.#edges[first], this.#edges[second]];
		if (a === undefined || b === undefined) throw new RangeError("agglomerate: an edge is lost");
		const staysFirst = a.score < b.score || (a.score === b.score && first < second);
		const [stays, goes] = staysFirst ? [first, second] : [second, first];
		this.#scores.merge(goes, stays);
		this.#edges[goes] = undefined;
		(staysFirst ? a : b).isStale = true;
		return stays;
	}

	#between(edge: number, a: number, b: number): Edge | undefined {
		const known = this.#edges[edge];
		return known && { ...known, a, b };
	}

	#rootOf(fragment: number): number {
		const roots = this.#roots;
		let at = fragment;
		while (roots[at] !== at) {
			const up = roots[at] ?? 0;
			roots[at] = roots[up] ?? 0;
			at = up;
		}
		return at;
	}
}
