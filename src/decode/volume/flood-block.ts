/**
 * Grows objects in a core and its halo, and keeps the core.
 *
 * @module
 */
import { cut, ndarray } from "../../core/array.ts";
import { type Box, boxShape, shift } from "../../core/box.ts";
import { zyx } from "../../core/shape.ts";
import { writeColumns } from "./block-files.ts";
import type { FloodTask } from "./block-task.ts";
import { coreAt } from "./cores.ts";
import { flood } from "./flood.ts";
import { columnsOfGrown, grownPieces } from "./grown-pieces.ts";
import type { OpenVolumes } from "./open-volumes.ts";

/** Floods a core. @throws VOLUME, RUN */
export async function floodBlock(volumes: OpenVolumes, task: FloodTask): Promise<void> {
	const { block, cores, place, heights: channel, foreground, seeds, stage, records, flat } = task;
	const { core, seen } = coreAt(cores, block);
	const mask = await volumes.where(place, foreground, seen);
	const own = await volumes.staged(seeds, seen);
	const heights = await volumes.values(place, channel, seen);
	for (let i = 0; i < heights.length; i++) heights[i] = -(heights[i] ?? 0);
	const shape = zyx(boxShape(seen));
	const grown = ndarray("uint32", shape, flood({ heights, seeds: own, mask, shape, flat }));
	const kept = cut(grown, shift(core, negative(seen)));
	await volumes.write(stage, core.start, kept);
	const pieces = grownPieces(kept.data, zyx(kept.shape), zyx(core.start), zyx(cores.grid.shape));
	await writeColumns(records, "grown", block, columnsOfGrown(pieces));
}

function negative({ start }: Box): number[] {
	return start.map((at) => -at);
}
