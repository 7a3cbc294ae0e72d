/**
 * Objects of affinities over a volume that does not fit into memory: the same voxels and ids as in memory.
 *
 * @module
 */
import { requireAxes } from "../../decode/affinity.ts";
import { channelsOf } from "../../decode/channels.ts";
import type { DecodeStep } from "../../decode/step.ts";
import { channelsIn } from "../../decode/values.ts";
import { atLeast } from "../../decode/volume/decoder-program.ts";
import type { Affinities } from "../../decode/volume/edge-task.ts";
import type { ObjectFilter } from "../../decode/volume/object-choice.ts";
import { valueOfFound } from "./decoder-steps.ts";
import type { FoundObjects } from "./found-objects.ts";
import { isFlat, type ObjectsValue, type StepContext, type VolumeValue } from "./volume-values.ts";

/** Runs `decode_affinity_cc`. @throws CONFIG where there are fewer channels than axes; RUN, VOLUME, CANCELLED */
export async function runAffinityComponents(
	context: StepContext,
	{ kwargs }: Extract<DecodeStep, { readonly name: "decode_affinity_cc" }>,
	inputs: readonly VolumeValue[],
): Promise<ObjectsValue> {
	const { place, channels } = channelsIn(inputs);
	const flat = isFlat(context, kwargs.sectionwise);
	const list = channelsOf(kwargs.affinity_channels, channels.length, "affinity_channels");
	const axes = requireAxes(list, flat ? 2 : 3).map((n) => channels[n] ?? 0);
	const affinities: Affinities = {
		place,
		channels: axes,
		above: kwargs.threshold,
		offset: kwargs.edge_offset,
		orphans: kwargs.orphan_fill,
	};
	const find = kwargs.backend === "cc3d" ? findTouching : findByEdges;
	return valueOfFound(await find(context, affinities, flat, atLeast(kwargs.min_size)), flat);
}

/** Voxels with any affinity above the threshold are joined by all neighbours; orphans are a second kind of label. */
function findTouching(
	{ passes, name }: StepContext,
	{ offset: _, ...affinities }: Affinities,
	flat: boolean,
	filters: readonly ObjectFilter[],
): Promise<FoundObjects> {
	const mask = { kind: "any", ...affinities } as const;
	return passes.find({ name, maskOf: () => mask, connectivity: flat ? 2 : 3, flat, filters });
}

/** Voxels are joined by the edges between them. */
function findByEdges(
	{ passes, name }: StepContext,
	affinities: Affinities,
	flat: boolean,
	filters: readonly ObjectFilter[],
): Promise<FoundObjects> {
	const { grid } = passes.place;
	return passes.findPieces(name, filters, (at) => ({
		label: (block) => ({ kind: "edge-label", block, grid, affinities, ...at }),
		seam: (block) => ({ kind: "edge-seam", block, grid, records: at.records, flat }),
	}));
}
