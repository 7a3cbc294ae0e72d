/**
 * From channels to objects by components and watersheds, over a volume that does not fit into memory.
 *
 * @module
 */
import { requireChannel } from "../../decode/channels.ts";
import type { Kwargs } from "../../decode/step.ts";
import { channelsIn, objectsIn } from "../../decode/values.ts";
import { atLeast, decoderProgram, type PlainDecoder } from "../../decode/volume/decoder-program.ts";
import type { MaskSpec } from "../../decode/volume/mask-spec.ts";
import type { ComponentsProgram, Foreground, WatershedProgram } from "../../decode/volume/program.ts";
import type { VoxelPlace } from "../../decode/volume/voxel-place.ts";
import { type FoundObjects, mapOfBlock, pieceCount } from "./found-objects.ts";
import { type GrowWish, growSeeds } from "./grow-pass.ts";
import type { ObjectWish, Passes } from "./passes.ts";
import { isFlat, type ObjectsValue, type StepContext, type VolumeValue } from "./volume-values.ts";
import { shared, stageIds } from "./write-objects.ts";

/** Runs a decoder whose objects or seeds are components. @throws CONFIG for wrong channels; RUN, VOLUME, CANCELLED */
export async function runPlainDecoder(
	{ passes, name, shape, sectionwise }: StepContext,
	step: PlainDecoder,
	inputs: readonly VolumeValue[],
): Promise<ObjectsValue> {
	const { place, channels } = channelsIn(inputs);
	const program = decoderProgram(step, { channels, depth: shape[0], sectionwise });
	if (program.kind === "watershed") return growObjects(passes, `${name}-`, program, place);
	return valueOfFound(await findComponents(passes, `${name}-objects`, program, place), program.flat);
}

/** Finds the objects of a program of components. */
export function findComponents(
	passes: Passes,
	name: string,
	{ foreground, connectivity, flat, filters }: ComponentsProgram,
	place: VoxelPlace,
	more: Pick<ObjectWish, "stats"> = {},
): Promise<FoundObjects> {
	const mask = maskOf(foreground, place);
	return passes.find({ name, maskOf: () => mask, connectivity, flat, filters, ...more });
}

/** Seeds are found and filtered as wholes, and written under their ids; what grows from them carries these. */
export async function growObjects(
	passes: Passes,
	prefix: string,
	program: WatershedProgram,
	place: VoxelPlace,
): Promise<ObjectsValue> {
	const { seeds: conditions, connectivity, flat, seedFilters: filters } = program;
	const mask = maskOf({ kind: "where", conditions }, place);
	const wish = { maskOf: () => mask, connectivity, flat, filters };
	const seeds = valueOfFound(await passes.find({ name: `${prefix}seeds`, ...wish }), flat);
	return growFrom(passes, prefix, program, place, seeds);
}

/** Grows objects from others. @throws CONFIG for a wrong channel; RUN, VOLUME, CANCELLED */
export async function runSeededWatershed(
	context: StepContext,
	kwargs: Kwargs<"decode_seeded_watershed">,
	inputs: readonly VolumeValue[],
): Promise<ObjectsValue> {
	const { place, channels } = channelsIn(inputs);
	const channel = channels[requireChannel(kwargs.channel, channels.length, "channel")] ?? 0;
	const foreground = [{ channel, above: kwargs.threshold }];
	const flat = isFlat(context, kwargs.sectionwise);
	const program = { heights: channel, foreground, flat, filters: atLeast(kwargs.min_size) };
	return growFrom(context.passes, `${context.name}-`, program, place, objectsIn(inputs));
}

async function growFrom(
	passes: Passes,
	prefix: string,
	program: GrowWish["program"],
	place: VoxelPlace,
	seeds: ObjectsValue,
): Promise<ObjectsValue> {
	const { count } = seeds.objects;
	const path = await stageIds(passes, `${prefix}ids`, seeds.source);
	const { stages, objects } = await growSeeds(passes, { name: `${prefix}grown`, program, place, seeds: path, count });
	const map = shared(objects.ids);
	const isFlatToo = program.flat && seeds.isFlat === true;
	const source = { stages, mapOf: () => map, isGlobal: true };
	return { kind: "objects", source, objects, pieces: seeds.pieces, isFlat: isFlatToo };
}

/** What was found, for the next step. `flat`: each object lies in one section. */
export function valueOfFound(found: FoundObjects, flat: boolean): ObjectsValue {
	const { stage, objects } = found;
	const source = { stages: [stage.path], mapOf: (block: number) => mapOfBlock(found, block), isGlobal: false };
	return { kind: "objects", source, objects, pieces: pieceCount(found), isFlat: flat };
}

/** What is foreground in the volume at `place`. */
export function maskOf(foreground: Foreground, place: VoxelPlace): MaskSpec {
	return foreground.kind === "where"
		? { kind: "where", place, conditions: foreground.conditions }
		: { kind: "labels", place, channel: foreground.channel };
}
