/**
 * Objects that were found written under their ids: as the result, or where a later pass looks at them.
 *
 * @module
 */
import type { OutputPlace, StatsWish } from "../../decode/volume/block-task.ts";
import type { VoxelPlace } from "../../decode/volume/voxel-place.ts";
import type { RegionTable } from "../../image/region-table.ts";
import type { Passes } from "./passes.ts";
import { tableOfWritten } from "./statistics-table.ts";
import type { Source } from "./volume-values.ts";

/** Statistics of objects that are wanted, and which channel's values they sum. */
export type ObjectStats = { readonly channel?: number };

/** Where the result goes. */
export type Goal = {
	readonly place: VoxelPlace;
	readonly output: OutputPlace;
	readonly stats: ObjectStats | undefined;
};

/** What was written in the end. */
export type Written = {
	readonly objects: number;
	/** The statistics of the objects, where they were wanted. @throws RUN where they do not fit the memory */
	readonly table?: () => Promise<RegionTable>;
};

/** Writes the result, with the statistics of its objects where they are wanted. */
export async function writeFinal(
	passes: Passes,
	source: Source,
	count: number,
	{ place, output, stats }: Goal,
): Promise<Written> {
	if (stats === undefined) {
		await passes.write({ name: "output", ...source, output });
		return { objects: count };
	}
	// statistics compare labels across blocks
	const labels = source.isGlobal ? source : await idsOf(passes, "final", source, count);
	await passes.write({ name: "output", ...labels, output, stats: statsOf(stats, place) });
	return { objects: count, table: () => tableOfWritten(passes, "output", count) };
}

/** Writes ids into a Zarr of their own; gives its path. @throws VOLUME, RUN, CANCELLED */
export async function stageIds(passes: Passes, name: string, source: Source): Promise<string> {
	const stage = passes.stage(name);
	await passes.write({ name, ...source, output: stage });
	return stage.path;
}

/** The same objects in a Zarr whose labels are ids. */
async function idsOf(passes: Passes, name: string, source: Source, count: number): Promise<Source> {
	const path = await stageIds(passes, name, source);
	const map = shared(Uint32Array.from({ length: count + 1 }, (_, id) => id));
	return { stages: [path], mapOf: () => map, isGlobal: true };
}

/** What is taken of the volume at `place` for statistics. */
export function statsOf({ channel }: ObjectStats, place: VoxelPlace): StatsWish {
	return channel === undefined ? {} : { source: { place, channel } };
}

/** What becomes of the objects of `source`: each id takes its entry in `ids`. */
export function remapped(source: Source, ids: Uint32Array): Source {
	const changed = (map: Uint32Array) => map.map((id) => ids[id] ?? 0);
	if (!source.isGlobal) return { ...source, mapOf: (block) => changed(source.mapOf(block)) };
	const map = shared(changed(source.mapOf(0)));
	return { ...source, mapOf: () => map };
}

/** The same numbers where all threads read them. */
export function shared(ids: Uint32Array): Uint32Array {
	const copy = new Uint32Array(new SharedArrayBuffer(ids.byteLength));
	copy.set(ids);
	return copy;
}
