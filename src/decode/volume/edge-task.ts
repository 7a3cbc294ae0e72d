/**
 * What is done of one block where affinities join neighbouring voxels, as plain data.
 *
 * Pieces are told apart by the value that all their voxels have: 1 where edges make them, 2 where voxels without an edge
 * touch (orphans).
 *
 * @module
 */
import type { BlockGrid } from "../../tiling/blocks.ts";
import type { OutputPlace } from "./block-task.ts";
import type { VoxelPlace } from "./voxel-place.ts";

/** Affinities of a volume: those of each axis, its last ones where there are two (then sections are by themselves). */
export type Affinities = {
	readonly place: VoxelPlace;
	/** Channels of the axes z, y, x, or y, x. */
	readonly channels: readonly number[];
	/** Values above it join. */
	readonly above: number;
	/** 0: a voxel holds its affinity to the next along the axis; 1: to the one before. */
	readonly offset: 0 | 1;
	/** Whether voxels without an edge that have a value above 0 are made objects where they touch. */
	readonly orphans: boolean;
};

/** Finds the pieces of a block by its edges: labels into the stage, faces, crossing edges and pieces into records. */
export type EdgeLabelTask = {
	readonly kind: "edge-label";
	readonly block: number;
	readonly grid: BlockGrid;
	readonly affinities: Affinities;
	readonly stage: OutputPlace;
	readonly records: string;
};

/** Joins the pieces of a block with those of the blocks before it, where edges cross the face, or orphans touch. */
export type EdgeSeamTask = {
	readonly kind: "edge-seam";
	readonly block: number;
	readonly grid: BlockGrid;
	readonly records: string;
	/** True: within sections only. */
	readonly flat: boolean;
};
