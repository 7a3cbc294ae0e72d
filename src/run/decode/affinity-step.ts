/**
 * Objects of affinities over a volume that does not fit into memory: the same voxels and ids as in memory.
 *
 * @module
 */
import { join } from "node:path";
import { requireAxes } from "../../decode/affinity.ts";
import { channelsOf } from "../../decode/channels.ts";
import type { DecodeStep } from "../../decode/step.ts";
import type { BlockTask } from "../../decode/volume/block-task.ts";
import type { Affinities } from "../../decode/volume/edge-task.ts";
import type { ObjectFilter } from "../../decode/volume/object-choice.ts";
import { openRegions } from "../../decode/volume/open-volumes.ts";
import { type FoundObjects, mapOfBlock } from "./found-objects.ts";
import { channelsIn, isFlat, type ObjectsValue, type StepContext, type VolumeValue } from "./volume-values.ts";

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
	const filters = kwargs.min_size > 1 ? [{ atLeast: kwargs.min_size }] : [];
	const find = kwargs.backend === "cc3d" ? findTouching : findByEdges;
	return objectsOf(await find(context, affinities, flat, filters));
}

/** Voxels with any affinity above the threshold are joined by all neighbours; orphans are a second kind of label. */
function findTouching(
	{ passes, name }: StepContext,
	{ offset: _, ...affinities }: Affinities,
	flat: boolean,
	filters: readonly ObjectFilter[],
): Promise<FoundObjects> {
	const mask = { kind: "any", ...affinities } as const;
	const byValue = affinities.orphans;
	return passes.find({ name, maskOf: () => mask, byValue, connectivity: flat ? 2 : 3, flat, filters });
}

/** Voxels are joined by the edges between them. */
async function findByEdges(
	{ passes, name }: StepContext,
	affinities: Affinities,
	flat: boolean,
	filters: readonly ObjectFilter[],
): Promise<FoundObjects> {
	const { folder, grid } = passes.place;
	const stage = passes.stage(name);
	const records = join(folder, name);
	await (await openRegions(stage)).close();
	const every = { records, blocks: passes.blocks } as const;
	const label = (block: number): BlockTask => ({ kind: "edge-label", block, grid, affinities, stage, records });
	await passes.each({ kind: "pieces", pass: "labelling", ...every, taskOf: label });
	const seam = (block: number): BlockTask => ({ kind: "edge-seam", block, grid, records, flat });
	await passes.each({ kind: "seams", pass: "joining", ...every, taskOf: seam });
	return { name, stage, records, ...(await passes.merge(records, filters)) };
}

/** What was found, for the next step. */
function objectsOf(found: FoundObjects): ObjectsValue {
	const { stage, objects, starts, counts } = found;
	const mapOf = (block: number) => mapOfBlock(found, block);
	const last = starts.length - 1;
	const pieces = (starts[last] ?? 0) + (counts[last] ?? 0);
	return { kind: "objects", source: { stages: [stage.path], mapOf, isGlobal: false }, objects, pieces };
}
