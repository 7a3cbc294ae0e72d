/**
 * Finds the pieces of a block.
 *
 * Data comes before its record: labels are durable in the stage, then faces and statistics, then pieces, which tell that the
 * block is done.
 *
 * @module
 */
import { ndarray } from "../../core/array.ts";
import { type Box, boxShape } from "../../core/box.ts";
import { assertNever } from "../../core/errors.ts";
import { zyx } from "../../core/shape.ts";
import { regionStats } from "../../image/region-stats.ts";
import { blockAt } from "../../tiling/blocks.ts";
import { writeColumns } from "./block-files.ts";
import type { LabelTask } from "./block-task.ts";
import { affinityMask } from "./edge-label-block.ts";
import { columnsOfFaces, facesOf } from "./faces.ts";
import { type LabelValues, localLabels } from "./local-labels.ts";
import { isByValue, type MaskSpec, maskOfPieces } from "./mask-spec.ts";
import { columnsOfRegions } from "./object-columns.ts";
import type { OpenVolumes } from "./open-volumes.ts";
import { columnsOfPieces, piecesOf } from "./pieces.ts";

/** Labels a block. @throws VOLUME, INPUT, RUN */
export async function labelBlock(volumes: OpenVolumes, task: LabelTask): Promise<void> {
	const { block, grid, mask, records, stage, stats, flat } = task;
	const { box } = blockAt(grid, block);
	const [shape, origin, whole] = [zyx(boxShape(box)), zyx(box.start), zyx(grid.shape)];
	const byValue = isByValue(mask);
	const voxels = await foreground(volumes, mask, box);
	const { labels, count } = localLabels(voxels, shape, task, byValue);
	await volumes.write(stage, box.start, ndarray("uint32", shape, labels), records);
	await writeColumns(records, "faces", block, columnsOfFaces(facesOf(labels, shape)));
	if (stats !== undefined) {
		const { source } = stats;
		const values = source === undefined ? undefined : await volumes.values(source.place, source.channel, box);
		await writeColumns(records, "objects", block, columnsOfRegions(regionStats(labels, shape, origin, whole, values)));
	}
	const pieces = piecesOf({ labels, count, shape, origin, whole, flat }, byValue ? voxels : undefined);
	await writeColumns(records, "pieces", block, columnsOfPieces(pieces));
}

/** What objects are made of in `box`. */
async function foreground(volumes: OpenVolumes, mask: MaskSpec, box: Box): Promise<LabelValues> {
	switch (mask.kind) {
		case "where":
			return volumes.where(mask.place, mask.conditions, box);
		case "labels":
			return volumes.labels(mask.place, mask.channel, box);
		case "any":
			return affinityMask(volumes, mask, box);
		case "objects":
			return (await volumes.staged(mask.stages, box)).map((label) => mask.map[label] ?? 0);
		case "pieces":
			return maskOfPieces(await volumes.staged([mask.stage], box), mask.keep);
		default:
			return assertNever(mask);
	}
}
