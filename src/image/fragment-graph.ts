/**
 * Which fragments of an affinity graph touch, and what the affinities between them are.
 *
 * @module
 */
import { sizeOf } from "../core/shape.ts";
import type { AffinityGraph } from "./affinity-watershed.ts";

/** Pairs of fragments that share a face, in the order of both numbers; `a` is the smaller one. */
export type FragmentGraph = {
	readonly a: Uint32Array<ArrayBuffer>;
	readonly b: Uint32Array<ArrayBuffer>;
	/** Edges of voxels between the two. */
	readonly counts: Uint32Array<ArrayBuffer>;
	/** Of their affinities. */
	readonly sums: Float64Array<ArrayBuffer>;
	readonly highest: Float32Array<ArrayBuffer>;
};

type Pair = { readonly a: number; readonly b: number; count: number; sum: number; highest: number };

/** The pairs among fragments 1 to `count`; background, 0, is none. */
export function fragmentGraph(
	labels: Uint32Array,
	count: number,
	{ affinities, shape, offset }: AffinityGraph,
): FragmentGraph {
	const found = new Map<number, Pair>();
	for (const [axis, values] of affinities.entries()) {
		const stride = sizeOf(shape.slice(axis + 1));
		const run = stride * ((shape[axis] ?? 1) - 1);
		for (let from = 0; from < labels.length; from += run + stride) {
			for (let i = from; i < from + run; i++) {
				const [here, next] = [labels[i] ?? 0, labels[i + stride] ?? 0];
				if (here === next || here === 0 || next === 0) continue;
				note(found, Math.min(here, next), Math.max(here, next), count, values[i + offset * stride] ?? 0);
			}
		}
	}
	const pairs = [...found.values()].sort((p, q) => p.a - q.a || p.b - q.b);
	return {
		a: Uint32Array.from(pairs, ({ a }) => a),
		b: Uint32Array.from(pairs, ({ b }) => b),
		counts: Uint32Array.from(pairs, (pair) => pair.count),
		sums: Float64Array.from(pairs, ({ sum }) => sum),
		highest: Float32Array.from(pairs, ({ highest }) => highest),
	};
}

function note(found: Map<number, Pair>, a: number, b: number, count: number, affinity: number): void {
	const key = a * (count + 1) + b;
	const pair = found.get(key);
	if (pair === undefined) {
		found.set(key, { a, b, count: 1, sum: affinity, highest: affinity });
		return;
	}
	pair.count++;
	pair.sum += affinity;
	pair.highest = Math.max(pair.highest, affinity);
}
