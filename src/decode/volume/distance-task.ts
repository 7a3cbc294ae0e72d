/**
 * What is done of one beam where distances are measured, as plain data.
 *
 * @module
 */
import type { Border } from "../../image/distance.ts";
import type { BlockGrid } from "../../tiling/blocks.ts";
import type { OutputPlace } from "./block-task.ts";
import type { Condition } from "./mask-spec.ts";
import type { VoxelPlace } from "./voxel-place.ts";

/** Where squared distances come from. */
export type SquaresSource =
	/** Those along x of where all conditions hold, or of where they do not. */
	| {
			readonly kind: "mask";
			readonly place: VoxelPlace;
			readonly conditions: readonly Condition[];
			readonly isInverted: boolean;
	  }
	/** Those of an earlier pass: a Zarr of float32. */
	| { readonly kind: "squares"; readonly stage: string };

/** Makes one channel of several: their mean, lowest or highest (`decode/channels.ts`). */
export type MeanTask = {
	readonly kind: "mean";
	readonly block: number;
	readonly grid: BlockGrid;
	readonly place: VoxelPlace;
	/** At least one. */
	readonly channels: readonly number[];
	readonly how: "mean" | "min" | "max";
	/** Zarr of float32, z, y, x. */
	readonly stage: OutputPlace;
	readonly records: string;
};

/** Measures distances along axes that the beam spans whole. */
export type DistanceTask = {
	readonly kind: "distance";
	readonly block: number;
	/** Beams. */
	readonly grid: BlockGrid;
	/** Of a mask; where signed distances are wanted in the end, of what is not in it too. */
	readonly sources: readonly SquaresSource[];
	/** Axes (0 is z) whose lines are taken into account, in this order, besides x where a mask is scanned. */
	readonly across: readonly (0 | 1)[];
	/** Extents of a voxel, z, y, x. */
	readonly spacing: readonly number[];
	readonly border: Border;
	/** Squares for a later pass, distances, or tanh of the distance to the edge (`decode/distance-decoders.ts`). */
	readonly gives: "squares" | "distances" | "signed";
	/** Zarr of float32, z, y, x. */
	readonly stage: OutputPlace;
	readonly records: string;
};
