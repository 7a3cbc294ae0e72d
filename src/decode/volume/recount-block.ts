/**
 * Takes voxels away from the objects of a block, and counts what is left of each.
 *
 * @module
 */
import { ndarray } from "../../core/array.ts";
import { boxShape } from "../../core/box.ts";
import { zyx } from "../../core/shape.ts";
import { type BlockGrid, blockAt } from "../../tiling/blocks.ts";
import { writeColumns } from "./block-files.ts";
import type { OutputPlace } from "./block-task.ts";
import { columnsOfGrown, grownPieces } from "./grown-pieces.ts";
import type { Condition } from "./mask-spec.ts";
import type { OpenVolumes } from "./open-volumes.ts";
import type { VoxelPlace } from "./voxel-place.ts";

/** Takes voxels away from objects: what is left under the objects' ids into the stage, its counts into records. */
export type RecountTask = {
	readonly kind: "recount";
	readonly block: number;
	readonly grid: BlockGrid;
	/** Zarrs of labels: where the first has 0 the next one counts. */
	readonly stages: readonly string[];
	/** The object of each label, 0 for none. */
	readonly map: Uint32Array;
	readonly place: VoxelPlace;
	/** Voxels stay where all of these hold. */
	readonly conditions: readonly Condition[];
	readonly stage: OutputPlace;
	readonly records: string;
};

/** Recounts a block. @throws VOLUME, RUN */
export async function recountBlock(volumes: OpenVolumes, task: RecountTask): Promise<void> {
	const { block, grid, stages, map, place, conditions, stage, records } = task;
	const { box } = blockAt(grid, block);
	const [shape, whole] = [zyx(boxShape(box)), zyx(grid.shape)];
	const mask = await volumes.where(place, conditions, box);
	const labels = await volumes.staged(stages, box);
	const ids = new Uint32Array(labels.length);
	for (let i = 0; i < ids.length; i++) ids[i] = mask[i] === 1 ? (map[labels[i] ?? 0] ?? 0) : 0;
	await volumes.write(stage, box.start, ndarray("uint32", shape, ids), records);
	const left = grownPieces(ids, shape, zyx(box.start), whole);
	await writeColumns(records, "grown", block, columnsOfGrown({ ...left, open: 0 }));
}
