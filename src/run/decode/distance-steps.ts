/**
 * Objects by distances over a volume that does not fit into memory. `decode/distance-decoders.ts` is their law.
 *
 * @module
 */
import { join } from "node:path";
import { zyx } from "../../core/shape.ts";
import { channelsOf } from "../../decode/channels.ts";
import { spacingOf } from "../../decode/distance-decoders.ts";
import { connectivityIn } from "../../decode/grow.ts";
import type { Kwargs } from "../../decode/step.ts";
import type { BlockTask } from "../../decode/volume/block-task.ts";
import { atLeast } from "../../decode/volume/decoder-program.ts";
import type { Condition } from "../../decode/volume/mask-spec.ts";
import { openRegions } from "../../decode/volume/open-volumes.ts";
import { stageAt } from "../../decode/volume/stage-spec.ts";
import type { VoxelPlace } from "../../decode/volume/voxel-place.ts";
import { findComponents, growObjects, valueOfFound } from "./decoder-steps.ts";
import { distancePasses } from "./distance-passes.ts";
import { type ChannelsValue, isFlat, type ObjectsValue, type StepContext } from "./volume-values.ts";

/** One channel and where it lies. */
type Map = { readonly place: VoxelPlace; readonly channel: number };

/** Objects grow over the exact distance to the background. @throws RUN, VOLUME, CANCELLED, CONFIG */
export async function distanceWatershedStep(
	context: StepContext,
	kwargs: Kwargs<"decode_distance_watershed">,
	input: ChannelsValue,
): Promise<ObjectsValue> {
	const { passes, name, spacing } = context;
	const flat = isFlat(context, kwargs.sectionwise);
	const values = await oneOf(context, input, kwargs.distance_channels, "distance_channels");
	const limits = kwargs.distance_threshold;
	const foreground = [{ ...values, above: limits?.[1] ?? kwargs.threshold }];
	const fitted = spacingOf(kwargs.spacing, { spacing: flat ? spacing.slice(1) : spacing });
	const far = await distancePasses(passes, {
		name: `${name}-distance`,
		place: values.place,
		mask: foreground,
		spacing: flat ? [1, ...fitted] : fitted,
		border: kwargs.border,
		flat,
		gives: "distances",
	});
	const seed: Condition =
		limits === null ? { place: far, channel: 0, above: kwargs.seed_distance } : { ...values, above: limits[0] };
	const program = {
		kind: "watershed",
		seeds: [seed],
		connectivity: connectivityIn(kwargs.connectivity, flat ? 2 : 3),
		seedFilters: atLeast(kwargs.min_seed_size),
		heights: 0,
		heightsPlace: far,
		foreground,
		flat,
		filters: atLeast(kwargs.min_size),
	} as const;
	return growObjects(passes, `${name}-`, program, values.place);
}

/** Objects from binary values, outlines and distances; each of the three may be missing. @throws RUN, VOLUME, CANCELLED, CONFIG */
export async function contourDistanceStep(
	context: StepContext,
	kwargs: Kwargs<"decode_instance_binary_contour_distance">,
	input: ChannelsValue,
): Promise<ObjectsValue> {
	const { passes, name } = context;
	const { place } = input;
	const flat = isFlat(context, kwargs.sectionwise);
	const connectivity = connectivityIn(26, flat ? 2 : 3);
	const maps = await mapsOf(context, kwargs, input);
	const foreground = conditions(maps, 1, kwargs);
	const filters = atLeast(kwargs.min_size);
	if (kwargs.mode === "cc") {
		const mask = { kind: "where", conditions: foreground } as const;
		const wish = { kind: "components", foreground: mask, connectivity, flat, filters } as const;
		return valueOfFound(await findComponents(passes, `${name}-objects`, wish, place), flat);
	}
	const far = maps.distance ?? (await signedDistance(context, place, foreground, flat));
	const program = {
		kind: "watershed",
		seeds: conditions({ ...maps, distance: far }, 0, kwargs),
		connectivity,
		seedFilters: atLeast(kwargs.min_seed_size),
		heights: far.channel,
		heightsPlace: far.place,
		leastHeight: 0,
		foreground,
		isThrough: true,
		flat,
		filters,
	} as const;
	return growObjects(passes, `${name}-`, program, place);
}

/** tanh of the distance to the edge of the foreground, in voxels. */
async function signedDistance(
	{ passes, name }: StepContext,
	place: VoxelPlace,
	mask: readonly Condition[],
	flat: boolean,
): Promise<Map> {
	const wish = { place, mask, spacing: [1, 1, 1], border: "ignored", flat, gives: "signed" } as const;
	return { place: await distancePasses(passes, { name: `${name}-distance`, ...wish }), channel: 0 };
}

type Maps = { readonly [key in "binary" | "contour" | "distance"]: Map | undefined };

async function mapsOf(
	context: StepContext,
	kwargs: Kwargs<"decode_instance_binary_contour_distance">,
	input: ChannelsValue,
): Promise<Maps> {
	const meant = async (key: keyof Maps, how: "mean" | "min" | "max" = "mean") => {
		const selector = kwargs[`${key}_channels`];
		return selector === null ? undefined : oneOf(context, input, selector, `${key}_channels`, how);
	};
	return {
		binary: await meant("binary", kwargs.binary_channel_reduction),
		contour: kwargs.contour_threshold === null ? undefined : await meant("contour"),
		distance: await meant("distance"),
	};
}

/** Where every map there is fulfils its condition, for seeds (`which` 0) or foreground (1). */
function conditions(
	maps: Maps,
	which: 0 | 1,
	kwargs: Kwargs<"decode_instance_binary_contour_distance">,
): readonly Condition[] {
	const list: Condition[] = [];
	if (maps.binary !== undefined) list.push({ ...maps.binary, above: kwargs.binary_threshold[which] });
	if (maps.contour !== undefined && kwargs.contour_threshold !== null)
		list.push({ ...maps.contour, below: kwargs.contour_threshold[which] });
	if (maps.distance !== undefined) list.push({ ...maps.distance, above: kwargs.distance_threshold[which] });
	return list;
}

/** The channel that `selector` means, or several as one in a stage. */
async function oneOf(
	{ passes, name }: StepContext,
	{ place, channels }: ChannelsValue,
	selector: Parameters<typeof channelsOf>[0],
	key: string,
	how: "mean" | "min" | "max" = "mean",
): Promise<Map> {
	const list = channelsOf(selector, channels.length, key).map((n) => channels[n] ?? 0);
	const [first = 0, ...others] = list;
	if (others.length === 0) return { place, channel: first };
	const { folder, grid, unit } = passes.place;
	const own = `${name}-${key.replaceAll("_", "-")}`;
	const records = join(folder, own);
	const stage = stageAt(join(folder, `${own}.zarr`), zyx(grid.shape), unit, "float32");
	await (await openRegions(stage)).close();
	const taskOf = (block: number): BlockTask => {
		return { kind: "mean", block, grid, place, channels: list, how, stage, records };
	};
	await passes.each({ kind: "written", pass: "measuring", records, blocks: passes.blocks, taskOf });
	return { place: { path: stage.path, axes: "zyx", scale: 1 }, channel: 0 };
}
