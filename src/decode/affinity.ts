/**
 * Objects from affinities: each voxel's to its neighbour along each axis.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { components } from "../image/components.ts";
import { densify } from "../image/relabel.ts";
import { type Forest, flatten, join } from "../image/union-find.ts";
import { channelsOf } from "./channels.ts";
import { dropSmall } from "./grow.ts";
import { highestId, joinParts } from "./objects.ts";
import type { Kwargs } from "./step.ts";
import { type Channels, type DecodeContext, type Objects, type Part, valuesOf, within } from "./values.ts";

/** Voxels that affinities join are one object. @throws CONFIG where there are fewer channels than axes */
export function affinityComponents(
	input: Channels,
	kwargs: Kwargs<"decode_affinity_cc">,
	context: DecodeContext,
): Objects {
	const list = channelsOf(kwargs.affinity_channels, input.channels, "affinity_channels");
	return joinParts(input.shape, within(context, kwargs.sectionwise), (part) => {
		const affinities = requireAxes(list, part.shape.length).map((channel) => valuesOf(input, channel, part));
		const labels =
			kwargs.backend === "cc3d"
				? touching(affinities, kwargs.threshold, part)
				: joined(affinities, kwargs.threshold, kwargs.edge_offset, part);
		if (kwargs.orphan_fill) fillOrphans(labels, affinities, part);
		return dropSmall(labels, kwargs.min_size);
	});
}

/** The channels of `rank` axes: a section takes the last two of the three of a volume. @throws CONFIG where there are fewer */
export function requireAxes(list: readonly number[], rank: number, step = "decode_affinity_cc"): readonly number[] {
	const axes = list.slice(0, 3);
	if (axes.length >= rank) return axes.slice(axes.length - rank);
	throw new NnvolError(
		"CONFIG",
		`${step} needs ${rank} channels of affinities, one an axis, and has ${list.length}; choose others, or a model that gives them`,
	);
}

/** Voxels with any affinity above `limit`, joined by all neighbours. */
function touching(
	affinities: readonly Float32Array[],
	limit: number,
	{ shape, voxels }: Part,
): Uint32Array<ArrayBuffer> {
	return components(anyAbove(affinities, limit, voxels), shape, shape.length === 2 ? 2 : 3).labels;
}

/** Neighbours joined where the affinity between them is above `limit`; voxels of no such affinity are background. */
function joined(
	affinities: readonly Float32Array[],
	limit: number,
	offset: 0 | 1,
	{ shape, voxels }: Part,
): Uint32Array<ArrayBuffer> {
	const forest: Forest = { parent: new Uint32Array(voxels + 1), length: voxels + 1 };
	const isThere = anyAbove(affinities, limit, voxels);
	for (let i = 0; i < voxels; i++) forest.parent[i + 1] = i + 1;
	for (const [axis, values] of affinities.entries()) joinAlong(axis, values, limit, offset, shape, forest, isThere);
	const labels = new Uint32Array(voxels);
	const { finals } = flatten(forest);
	for (let i = 0; i < voxels; i++) if (isThere[i] === 1) labels[i] = finals[i + 1] ?? 0;
	densify(labels); // sets of lone voxels are numbered as well
	return labels;
}

/** Joins neighbours along one axis; both ends of an edge are part of an object. */
function joinAlong(
	axis: number,
	values: Float32Array,
	limit: number,
	offset: 0 | 1,
	shape: readonly number[],
	forest: Forest,
	isThere: Uint8Array,
): void {
	const extent = shape[axis] ?? 1;
	const stride = shape.slice(axis + 1).reduce((product, length) => product * length, 1);
	for (let i = 0; i < values.length; i++) {
		if (Math.floor(i / stride) % extent === extent - 1 || !((values[i + offset * stride] ?? 0) > limit)) continue;
		join(forest, i + 1, i + stride + 1);
		isThere[i] = 1;
		isThere[i + stride] = 1;
	}
}

function anyAbove(affinities: readonly Float32Array[], limit: number, voxels: number): Uint8Array<ArrayBuffer> {
	const mask = new Uint8Array(voxels);
	for (const values of affinities) for (let i = 0; i < voxels; i++) if ((values[i] ?? 0) > limit) mask[i] = 1;
	return mask;
}

/** Voxels without an object and with any affinity above 0: those that touch become an object. */
function fillOrphans(labels: Uint32Array<ArrayBuffer>, affinities: readonly Float32Array[], part: Part): void {
	const mask = anyAbove(affinities, 0, part.voxels);
	for (let i = 0; i < mask.length; i++) if (labels[i] !== 0) mask[i] = 0;
	const highest = highestId(labels);
	const orphans = touching([Float32Array.from(mask)], 0, part);
	for (let i = 0; i < orphans.length; i++) if (orphans[i] !== 0) labels[i] = (orphans[i] ?? 0) + highest;
}
