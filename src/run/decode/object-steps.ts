/**
 * From objects to objects over a volume that does not fit into memory: joined over sections, told apart, taken away.
 *
 * @module
 */
import { join } from "node:path";
import { requireChannel } from "../../decode/channels.ts";
import { connectivityIn } from "../../decode/grow.ts";
import type { Kwargs } from "../../decode/step.ts";
import { channelsIn, objectsIn } from "../../decode/values.ts";
import { readColumns } from "../../decode/volume/block-files.ts";
import type { BlockTask } from "../../decode/volume/block-task.ts";
import { atLeast } from "../../decode/volume/decoder-program.ts";
import { grownIn } from "../../decode/volume/grown-pieces.ts";
import { BYTES_PER_PIECE, filtered, GrownMerger } from "../../decode/volume/merge.ts";
import type { ObjectFilter } from "../../decode/volume/object-choice.ts";
import { openRegions } from "../../decode/volume/open-volumes.ts";
import type { Stitch } from "../../decode/volume/program.ts";
import { regrouped } from "../../decode/volume/section-parts.ts";
import { valueOfFound } from "./decoder-steps.ts";
import type { Passes } from "./passes.ts";
import { cutObjects } from "./section-filters.ts";
import { joinSections } from "./stitch-pass.ts";
import type { ObjectsValue, StepContext, VolumeValue } from "./volume-values.ts";
import { remapped, shared, stageIds } from "./write-objects.ts";

/** Keeps the objects that fit: only tables change. */
export function filterObjects(input: ObjectsValue, filter: ObjectFilter): ObjectsValue {
	const objects = filtered(input.objects, [filter]);
	return { ...input, source: remapped(input.source, objects.ids), objects };
}

/** Pieces of objects that do not touch become objects. @throws RUN, VOLUME, CANCELLED */
export async function runRelabel(
	{ passes, name, shape }: StepContext,
	kwargs: Kwargs<"relabel">,
	inputs: readonly VolumeValue[],
): Promise<ObjectsValue> {
	const { source, isFlat } = objectsIn(inputs);
	const flat = kwargs.sectionwise || shape[0] === 1;
	const found = await passes.find({
		name: `${name}-objects`,
		maskOf: (block) => ({ kind: "objects", stages: source.stages, map: source.mapOf(block) }),
		connectivity: connectivityIn(kwargs.connectivity, flat ? 2 : 3),
		flat,
		filters: atLeast(kwargs.min_size),
	});
	return valueOfFound(found, flat || isFlat === true);
}

/** Voxels stay where a channel is above a threshold; what is left of each object is counted. @throws CONFIG; RUN, VOLUME, CANCELLED */
export async function runMaskObjects(
	{ passes, name }: StepContext,
	kwargs: Kwargs<"mask_objects">,
	inputs: readonly VolumeValue[],
): Promise<ObjectsValue> {
	const input = objectsIn(inputs);
	const { place, channels } = channelsIn(inputs);
	const channel = channels[requireChannel(kwargs.channel, channels.length, "channel")] ?? 0;
	const { folder, grid } = passes.place;
	const { count } = input.objects;
	passes.requireRoom(count * BYTES_PER_PIECE, `${count} objects`);
	const stage = passes.stage(name);
	const records = join(folder, name);
	await (await openRegions(stage)).close();
	const { stages, mapOf } = input.source;
	const task = { kind: "recount", grid, stages, place, stage, records } as const;
	const conditions = [{ channel, above: kwargs.threshold }];
	const taskOf = (block: number): BlockTask => ({ ...task, block, conditions, map: mapOf(block) });
	await passes.each({ kind: "grown", pass: "masking", records, blocks: passes.blocks, taskOf });
	const merger = new GrownMerger(count);
	for (const block of passes.blocks) merger.add(grownIn(await readColumns(records, "grown", block)));
	const objects = merger.finish([]);
	const map = shared(objects.ids);
	return { ...input, source: { stages: [stage.path], mapOf: () => map, isGlobal: true }, objects };
}

/** Objects of sections become objects of the volume; those that span sections are cut first. @throws RUN, VOLUME, CANCELLED */
export async function runStitch(
	context: StepContext,
	rule: Kwargs<"section_stitch">,
	inputs: readonly VolumeValue[],
): Promise<ObjectsValue> {
	const input = objectsIn(inputs);
	const isFlat = input.isFlat === true || context.shape[0] === 1;
	const sections = isFlat ? input : await sectionsOf(context, input);
	return stitchSections(context.passes, `${context.name}-`, sections, { rule, filters: [] });
}

/** What of each object lies in a section as an object of its own. */
async function sectionsOf(context: StepContext, input: ObjectsValue): Promise<ObjectsValue> {
	const { stage, parts, partsIn } = await cutObjects(context, input);
	const own = Uint32Array.from({ length: parts.count + 1 }, (_, part) => part);
	const objects = regrouped(own, parts);
	const mapOf = (block: number) => partsIn(block).map((part) => objects.ids[part] ?? 0);
	return { ...input, source: { stages: [stage], mapOf, isGlobal: false }, objects };
}

/** Objects of sections are written under their ids, and joined. */
export async function stitchSections(
	passes: Passes,
	prefix: string,
	input: ObjectsValue,
	stitch: Stitch,
): Promise<ObjectsValue> {
	const path = await stageIds(passes, `${prefix}sections`, input.source);
	const objects = await joinSections(passes, `${prefix}stitched`, path, input.objects, stitch);
	const map = shared(objects.ids);
	return { ...input, source: { stages: [path], mapOf: () => map, isGlobal: true }, objects, isFlat: false };
}
