/**
 * How unlike two fragments are, by the affinities between them: 0 where they are one, 1 where they are two.
 *
 * When fragments become one, their edges to a third become one. Its score lies between those of the two.
 *
 * @module
 */
import type { FragmentGraph } from "./fragment-graph.ts";

/** Scores of the edges of a graph, by number. */
export interface EdgeScores {
	/** 1 less the affinity that stands for the edge. */
	scoreOf(edge: number): number;
	/** What edge `from` knows goes to edge `to`. */
	merge(from: number, to: number): void;
}

/** By the mean of all affinities between two. */
export function meanScores({ sums: own, counts: number }: FragmentGraph): EdgeScores {
	const [sums, counts] = [own.slice(), Float64Array.from(number)];
	return {
		scoreOf: (edge) => 1 - (sums[edge] ?? 0) / (counts[edge] ?? 1),
		merge: (from, to) => {
			sums[to] = (sums[to] ?? 0) + (sums[from] ?? 0);
			counts[to] = (counts[to] ?? 0) + (counts[from] ?? 0);
		},
	};
}

/**
 * By a quantile (`percent`, 0 to 99) of the highest affinities between each two of the first fragments. With `bins` affinities
 * count as the middle of one of so many steps from 0 to 1.
 */
export function quantileScores({ highest }: FragmentGraph, percent: number, bins = 0): EdgeScores {
	const values = Array.from(highest, (value) => Float32Array.of(value));
	const read = (value: number) => (bins === 0 ? value : (binOf(value, bins) + 0.5) / bins);
	return {
		scoreOf: (edge) => {
			const own = values[edge] ?? new Float32Array(1);
			return 1 - read(own[Math.floor((percent * own.length) / 100)] ?? 0);
		},
		merge: (from, to) => {
			const [a, b] = [values[from] ?? new Float32Array(0), values[to] ?? new Float32Array(0)];
			const both = new Float32Array(a.length + b.length);
			both.set(a);
			both.set(b, a.length);
			values[to] = both.sort();
			values[from] = new Float32Array(0);
		},
	};
}

function binOf(value: number, bins: number): number {
	return Math.min(bins - 1, Math.max(0, Math.floor(value * bins)));
}
