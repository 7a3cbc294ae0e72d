/**
 * What is done of one block, as plain data: so that any thread can do it.
 *
 * @module
 */
import type { Zyx } from "../../core/shape.ts";
import type { Connectivity } from "../../image/components.ts";
import type { BlockGrid } from "../../tiling/blocks.ts";
import type { FormatName, VolumeSpec } from "../../volume/volume.ts";
import type { MaskSpec } from "./mask-spec.ts";
import type { VoxelPlace } from "./voxel-place.ts";

/** What neighbours are. */
export type Neighbourhood = {
	readonly connectivity: Connectivity;
	/** True: within sections only, each section by itself. */
	readonly flat: boolean;
};

/** What the statistics of objects are taken from besides the labels. */
export type StatsSource = { readonly place: VoxelPlace; readonly channel: number };

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
	readonly stats?: { readonly source?: StatsSource };
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

/** A volume that blocks are written to. */
export type OutputPlace = { readonly path: string; readonly format: FormatName; readonly spec: VolumeSpec };

/** Writes a block of the result. */
export type WriteTask = {
	readonly kind: "write";
	readonly block: number;
	readonly grid: BlockGrid;
	readonly stage: string;
	/** What each label of the stage becomes, entry 0 is the background's. */
	readonly map: Uint32Array<ArrayBuffer>;
	readonly output: OutputPlace;
	readonly records: string;
};

/** One of them. */
export type BlockTask = LabelTask | SeamTask | WriteTask;

/** Extents of a box in z, y, x and where it begins. */
export type BlockBox = { readonly shape: Zyx; readonly origin: Zyx };
