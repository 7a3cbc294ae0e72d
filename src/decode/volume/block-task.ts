/**
 * What is done of one block, as plain data: so that any thread can do it.
 *
 * @module
 */
import type { Connectivity } from "../../image/components.ts";
import type { BlockGrid } from "../../tiling/blocks.ts";
import type { FormatName, VolumeSpec } from "../../volume/volume.ts";
import type { BesideTask } from "./beside-block.ts";
import type { Cores } from "./cores.ts";
import type { DistanceTask, MeanTask } from "./distance-task.ts";
import type { EdgeLabelTask, EdgeSeamTask } from "./edge-task.ts";
import type { LocalTask } from "./local-block.ts";
import type { Condition, MaskSpec } from "./mask-spec.ts";
import type { RecountTask } from "./recount-block.ts";
import type { SliceTask } from "./slice-block.ts";
import type { VoxelPlace } from "./voxel-place.ts";

/** What neighbours are. */
export type Neighbourhood = {
	readonly connectivity: Connectivity;
	/** True: within sections only, each section by itself. */
	readonly flat: boolean;
};

/** What the statistics of objects are taken from besides the labels. */
export type StatsWish = { readonly source?: { readonly place: VoxelPlace; readonly channel: number } };

/** Finds the pieces of a block: labels into the stage, faces and pieces into records. */
export type LabelTask = Neighbourhood & {
	readonly kind: "label";
	readonly block: number;
	readonly grid: BlockGrid;
	readonly mask: MaskSpec;
	/** Labels of uint32, z, y, x. */
	readonly stage: OutputPlace;
	/** Folder of the pass's records. */
	readonly records: string;
	/** Wanted statistics of objects; undefined for none. */
	readonly stats?: StatsWish;
};

/** Joins the pieces of a block with those of the blocks before it. */
export type SeamTask = Neighbourhood & {
	readonly kind: "seam";
	readonly block: number;
	readonly grid: BlockGrid;
	readonly records: string;
	/** True where only pieces of equal values are joined. */
	readonly byValue: boolean;
};

/** Counts how much the objects of neighbouring sections overlap, the section behind the block included. */
export type OverlapTask = {
	readonly kind: "overlap";
	readonly block: number;
	readonly grid: BlockGrid;
	/** Zarr of the ids of objects of sections. */
	readonly stage: string;
	readonly records: string;
};

/** A volume that blocks are written to. */
export type OutputPlace = { readonly path: string; readonly format: FormatName; readonly spec: VolumeSpec };

/** Writes a block of the result. */
export type WriteTask = {
	readonly kind: "write";
	readonly block: number;
	readonly grid: BlockGrid;
	/** Zarrs of labels: where the first has 0 the next one counts. */
	readonly stages: readonly string[];
	/** What each label of the stage becomes, entry 0 is the background's. */
	readonly map: Uint32Array;
	/** The channel of an output with axes czyx that is written; undefined where the output has none. */
	readonly channel?: number;
	/** What is written in place of entries that are not 0; undefined for the entries themselves. */
	readonly value?: number;
	readonly output: OutputPlace;
	readonly records: string;
	/** Wanted statistics of objects, whose ids are those of the output then; undefined for none. */
	readonly stats?: StatsWish;
};

/** Grows objects in a core: `block` is its number. */
export type FloodTask = {
	readonly kind: "flood";
	readonly block: number;
	readonly cores: Cores;
	readonly place: VoxelPlace;
	/** The channel whose values objects grow down. */
	readonly heights: number;
	/** Where that channel lies; `place` where it is missing. */
	readonly heightsPlace?: VoxelPlace;
	/** Lower values count as this. */
	readonly leastHeight?: number;
	/** As far as these hold. */
	readonly foreground: readonly Condition[];
	/** True: everywhere; what has grown outside of the foreground is marked (`grown-pieces.ts`). */
	readonly isThrough?: boolean;
	/** Zarrs of ids, not 0 where a seed is or where something has grown; where the first has 0 the next one counts. */
	readonly seeds: readonly string[];
	/** True: only what is open is written, and nothing where nothing comes near it. */
	readonly isFurther: boolean;
	readonly stage: OutputPlace;
	readonly records: string;
	/** True: in each section by itself. */
	readonly flat: boolean;
};

/** One of them. */
export type BlockTask =
	| BesideTask
	| SliceTask
	| DistanceTask
	| MeanTask
	| EdgeLabelTask
	| EdgeSeamTask
	| LabelTask
	| LocalTask
	| RecountTask
	| SeamTask
	| FloodTask
	| OverlapTask
	| WriteTask;
