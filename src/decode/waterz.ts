/**
 * Objects of affinities by agglomeration: fragments of a watershed, joined while the affinities between them are high.
 *
 * As waterz (Funke et al. 2018) with the clean-up that PyTorch Connectomics does after it. Ties are decided, see
 * `image/agglomeration.ts`.
 *
 * @module
 */
import { stridesOf } from "../core/shape.ts";
import { type AffinityGraph, affinityFragments } from "../image/affinity-watershed.ts";
import { type Agglomerate, agglomerate } from "../image/agglomeration.ts";
import { type EdgeScores, meanScores, quantileScores } from "../image/edge-scores.ts";
import { type FragmentGraph, fragmentGraph } from "../image/fragment-graph.ts";
import { createForest, type Forest, join, rootOf } from "../image/union-find.ts";
import { requireAxes } from "./affinity.ts";
import { dropSmall } from "./grow.ts";
import { joinParts } from "./objects.ts";
import type { Kwargs } from "./step.ts";
import { type Channels, type DecodeContext, type Objects, valuesOf, within } from "./values.ts";

type WaterzKwargs = Kwargs<"decode_waterz">;

/** Fragments joined up to a threshold. @throws CONFIG where there are fewer channels than axes */
export function waterz(input: Channels, kwargs: WaterzKwargs, context: DecodeContext): Objects {
	const first = Array.from({ length: Math.min(3, input.channels) }, (_, channel) => channel);
	const list = kwargs.channel_order === "zyx" ? first : first.toReversed();
	return joinParts(input.shape, within(context, kwargs.sectionwise), (part) => {
		const channels = requireAxes(list, part.shape.length, "decode_waterz");
		const affinities = channels.map((channel) => valuesOf(input, channel, part));
		const graph = { affinities, shape: part.shape, offset: kwargs.edge_offset };
		return dropSmall(agglomerated(graph, kwargs), kwargs.min_size);
	});
}

/** The fixed recipe that PyTorch Connectomics has for axons, of the volume as one. @throws CONFIG */
export function naiveWaterz(input: Channels, kwargs: Kwargs<"naive_waterz">, context: DecodeContext): Objects {
	return waterz(input, { ...NAIVE, aff_threshold: [0.1, 0.9], ...kwargs }, context);
}

const NAIVE = {
	thresholds: 0.4,
	merge_function: "aff85_his256",
	channel_order: "zyx",
	edge_offset: 1,
	boundary_threshold: 0.80078125,
	dust_merge: true,
	dust_merge_size: 1500,
	dust_merge_affinity: 0.1,
	dust_remove_size: 600,
	min_size: 0,
} as const;

function agglomerated(graph: AffinityGraph, kwargs: WaterzKwargs): Uint32Array<ArrayBuffer> {
	const [low, high] = kwargs.aff_threshold;
	const { labels, count } = affinityFragments(graph, low, high);
	const pairs = fragmentGraph(labels, count, graph);
	const { thresholds } = kwargs;
	const limit = typeof thresholds === "number" ? thresholds : Math.max(...thresholds);
	const found = agglomerate(pairs, count, scoresOf(kwargs.merge_function, pairs), limit);
	for (let i = 0; i < labels.length; i++) labels[i] = found.roots[labels[i] ?? 0] ?? 0;
	if (kwargs.boundary_threshold > 0) stripBoundary(labels, graph, kwargs.boundary_threshold);
	if (kwargs.dust_merge && kwargs.dust_merge_size > 0) joinDust(labels, found, count, kwargs);
	return labels;
}

/** `mean`, or `affQ_hisB`: the Q-th percentile, in B steps (0: exact). */
function scoresOf(name: string, pairs: FragmentGraph): EdgeScores {
	const [, percent, bins] = /^aff(\d+)_his(\d+)$/.exec(name) ?? [];
	return percent === undefined ? meanScores(pairs) : quantileScores(pairs, Number(percent), Number(bins));
}

/** Voxels whose affinities to those before them along y and x are below `limit` in the mean become background. */
function stripBoundary(labels: Uint32Array, { affinities, shape, offset }: AffinityGraph, limit: number): void {
	const axes = [shape.length - 2, shape.length - 1];
	const strides = stridesOf(shape);
	const before = (axis: number, i: number) => {
		const stride = strides[axis] ?? 1;
		if (offset === 1) return affinities[axis]?.[i] ?? 0;
		return Math.floor(i / stride) % (shape[axis] ?? 1) === 0 ? 0 : (affinities[axis]?.[i - stride] ?? 0);
	};
	for (let i = 0; i < labels.length; i++) {
		const sum = axes.reduce((total, axis) => total + before(axis, i), 0);
		if (sum / 2 < limit) labels[i] = 0;
	}
}

/** Small objects join the neighbour of the highest affinity, whatever stays small goes. */
function joinDust(labels: Uint32Array, { edges }: Agglomerate, count: number, kwargs: WaterzKwargs): void {
	const sizes = new Float64Array(count + 1);
	for (let i = 0; i < labels.length; i++) sizes[labels[i] ?? 0] = (sizes[labels[i] ?? 0] ?? 0) + 1;
	const forest = createForest(count);
	for (const { a, b, score } of [...edges].sort((p, q) => p.score - q.score || p.a - q.a || p.b - q.b)) {
		if (1 - score > kwargs.dust_merge_affinity) joinSmall(forest, sizes, a, b, kwargs.dust_merge_size);
	}
	const becomes = Uint32Array.from(sizes, (_, id) => (id === 0 ? 0 : rootOf(forest, id)));
	for (let i = 0; i < labels.length; i++) {
		const id = becomes[labels[i] ?? 0] ?? 0;
		labels[i] = (sizes[id] ?? 0) < kwargs.dust_remove_size ? 0 : id;
	}
}

/** Joins two objects of which one has fewer than `limit` voxels. */
function joinSmall(forest: Forest, sizes: Float64Array, a: number, b: number, limit: number): void {
	const [rootA, rootB] = [rootOf(forest, a), rootOf(forest, b)];
	const [sizeA, sizeB] = [sizes[rootA] ?? 0, sizes[rootB] ?? 0];
	if (rootA === rootB || Math.min(sizeA, sizeB) >= limit) return;
	sizes[join(forest, rootA, rootB)] = sizeA + sizeB;
}
