/**
 * Finds the pieces that a block shares with the blocks before it.
 *
 * @module
 */
import { boxShape } from "../../core/box.ts";
import { zyx } from "../../core/shape.ts";
import { type BlockGrid, blockAt } from "../../tiling/blocks.ts";
import { readColumns, writeColumns } from "./block-files.ts";
import type { SeamTask } from "./block-task.ts";
import { facesIn } from "./faces.ts";
import { neighbourAt } from "./neighbours.ts";
import { uint32Column } from "./packed-tables.ts";
import { columnsOfSeams, type Seam } from "./seam-columns.ts";
import { directionsBefore, joinSeam, type SeamSide } from "./seams.ts";

/** Joins a block. @throws RUN where a record is damaged */
export async function joinBlock(task: SeamTask): Promise<void> {
	const { block, grid, records, byValue, connectivity, flat } = task;
	const here = await sideOf(records, grid, block, byValue);
	const seams: Seam[] = [];
	for (const direction of directionsBefore(connectivity, flat)) {
		const neighbour = neighbourAt(grid, block, direction);
		if (neighbour === undefined) continue;
		const there = await sideOf(records, grid, neighbour, byValue);
		const axis = direction.findIndex((step) => step !== 0);
		seams.push({ neighbour, axis, pairs: joinSeam(here, there, direction, connectivity, flat) });
	}
	await writeColumns(records, "seams", block, columnsOfSeams(seams));
}

async function sideOf(records: string, grid: BlockGrid, block: number, byValue: boolean): Promise<SeamSide> {
	const shape = zyx(boxShape(blockAt(grid, block).box));
	const faces = facesIn(await readColumns(records, "faces", block), shape);
	if (!byValue) return { faces };
	return { faces, values: uint32Column(await readColumns(records, "pieces", block), "values") };
}
