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
import { rootIn } from "./union-find.ts";

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

/** What an edge is: gone, scored as it is now, or to be scored anew. */
const [GONE, SCORED, STALE] = [0, 1, 2];

class Merging {
	readonly #scoresOf: EdgeScores;
	readonly #roots: Uint32Array<ArrayBuffer>;
	/** The ends of each edge: fragments that stand for others. */
	readonly #a: Uint32Array<ArrayBuffer>;
	readonly #b: Uint32Array<ArrayBuffer>;
	readonly #scores: Float64Array<ArrayBuffer>;
	readonly #states: Uint8Array<ArrayBuffer>;
	/** Of each fragment: its neighbours and the edges to them. */
	readonly #around: Map<number, number>[];
	readonly #queue = new ScoreQueue();

	constructor({ a, b }: FragmentGraph, count: number, scores: EdgeScores) {
		this.#scoresOf = scores;
		this.#roots = Uint32Array.from({ length: count + 1 }, (_, n) => n);
		this.#around = Array.from({ length: count + 1 }, () => new Map<number, number>());
		[this.#a, this.#b] = [a.slice(), b.slice()];
		this.#scores = Float64Array.from(a, (_, edge) => scores.scoreOf(edge));
		this.#states = new Uint8Array(a.length).fill(SCORED);
		for (let edge = 0; edge < a.length; edge++) {
			this.#around[a[edge] ?? 0]?.set(b[edge] ?? 0, edge);
			this.#around[b[edge] ?? 0]?.set(a[edge] ?? 0, edge);
			this.#queue.push(edge, this.#scores[edge] ?? 0);
		}
	}

	until(limit: number): Agglomerate {
		for (let next = this.#queue.pop(limit); next !== undefined; next = this.#queue.pop(limit)) {
			const state = this.#states[next];
			if (state === SCORED) this.#join(next);
			if (state !== STALE) continue;
			this.#states[next] = SCORED;
			const score = this.#scoresOf.scoreOf(next);
			this.#scores[next] = score;
			this.#queue.push(next, score);
		}
		return { roots: this.#roots.map((_, n) => rootIn(this.#roots, n)), edges: this.#left() };
	}

	/** Edges that are left. */
	#left(): Agglomerate["edges"] {
		const edges: Agglomerate["edges"][number][] = [];
		for (const [edge, state] of this.#states.entries()) {
			if (state === GONE) continue;
			const score = state === STALE ? this.#scoresOf.scoreOf(edge) : (this.#scores[edge] ?? 0);
			edges.push({ a: this.#a[edge] ?? 0, b: this.#b[edge] ?? 0, score });
		}
		return edges;
	}

	/** Makes the two ends of an edge one: that of more neighbours stands for both. */
	#join(joined: number): void {
		const [a, b] = [this.#a[joined] ?? 0, this.#b[joined] ?? 0];
		this.#states[joined] = GONE;
		const isA = (this.#around[a]?.size ?? 0) >= (this.#around[b]?.size ?? 0);
		const [to, from] = isA ? [a, b] : [b, a];
		const [kept, gone] = [this.#around[to], this.#around[from]];
		kept?.delete(from);
		gone?.delete(to);
		this.#roots[from] = to;
		for (const [other, edge] of gone ?? []) {
			const known = kept?.get(other);
			const stays = known === undefined ? edge : this.#one(edge, known);
			this.#a[stays] = to;
			this.#b[stays] = other;
			kept?.set(other, stays);
			this.#around[other]?.delete(from);
			this.#around[other]?.set(to, stays);
		}
		gone?.clear();
	}

	/** Makes two edges one; gives the one that stays. */
	#one(first: number, second: number): number {
		const [scoreA, scoreB] = [this.#scores[first] ?? 0, this.#scores[second] ?? 0];
		const staysFirst = scoreA < scoreB || (scoreA === scoreB && first < second);
		const [stays, goes] = staysFirst ? [first, second] : [second, first];
		this.#scoresOf.merge(goes, stays);
		this.#states[goes] = GONE;
		this.#states[stays] = STALE;
		return stays;
	}
}
