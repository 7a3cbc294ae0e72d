/**
 * Resampling of an image that does not fit into memory: in passes along one axis (or several, where whole planes fit), each from one
 * staged array to the next.
 *
 * Law: the numbers of `normaliseChannels` and `resampleData` on the whole, to the bit: the same axes in the same order, float32 in
 * between, the same clipping. A line is resampled by itself, so a pass may take any part that holds whole lines.
 *
 * @module
 */
import type { Box } from "../core/box.ts";
import { NnvolError } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
import type { Resampling } from "../model/spec.ts";
import type { Change } from "./resample-axes.ts";
import type { ChannelScale } from "./scale.ts";
import type { StagedArray, StageMaker } from "./staged.ts";
import type { Survey } from "./survey.ts";
import type { VoxelSource } from "./voxel-source.ts";

/** What is resampled, and how. */
export type StageJob = {
	readonly source: VoxelSource;
	/** The part of the source (z, y, x) that is the image: its crop. */
	readonly box: Box;
	/** Per channel. */
	readonly scales: readonly ChannelScale[];
	/** `shape` is that of the box. */
	readonly change: Change;
	readonly how: Resampling;
	/** With the ranges that are clipped to, where `surveyNeeds` says that there are any. */
	readonly survey: Pick<Survey, "figures" | "sections">;
};

/** How it goes about it. */
export type StageOptions = {
	/** Bytes of voxels it may hold, the block that is read ahead included. */
	readonly bytes: number;
	/** Chunks of the last array, C, Z, Y, X: what is best read later. Where a pass cannot write them whole, chunks are smaller. */
	readonly chunks?: Shape;
	readonly signal?: AbortSignal;
	/** Voxels written, and to be written, in all passes. */
	readonly onProgress?: (done: number, total: number) => void;
};

/**
 * The image as the network sees it, C, Z, Y, X: scaled and resampled. The array of the last pass is called "network"; those between
 * are removed once they are read.
 *
 * @throws RangeError where a range to clip to is missing
 * @throws VOLUME, CANCELLED as reading and writing do
 */
export async function stageResampled(
	job: StageJob,
	makeStage: StageMaker,
	options: StageOptions,
): Promise<StagedArray> {
	throw new NnvolError("UNBUILT", `staged resampling is not built yet (${job.box}, ${makeStage}, ${options.bytes})`);
}
