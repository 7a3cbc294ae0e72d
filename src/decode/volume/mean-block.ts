/**
 * Makes one channel of several in a block, as `decode/channels.ts` does in memory.
 *
 * @module
 */
import { ndarray } from "../../core/array.ts";
import { boxShape } from "../../core/box.ts";
import { blockAt } from "../../tiling/blocks.ts";
import { divide, reduce } from "../channels.ts";
import { recordWritten } from "./block-files.ts";
import type { MeanTask } from "./distance-task.ts";
import type { OpenVolumes } from "./open-volumes.ts";

/** Writes and records a block. @throws VOLUME, RUN */
export async function meanBlock(volumes: OpenVolumes, task: MeanTask): Promise<void> {
	const { block, grid, place, channels, how, stage, records } = task;
	const { box } = blockAt(grid, block);
	const [first = 0, ...others] = channels;
	const out = await volumes.values(place, first, box);
	for (const channel of others) reduce(out, await volumes.values(place, channel, box), how);
	if (how === "mean" && others.length > 0) divide(out, channels.length);
	await volumes.write(stage, box.start, ndarray("float32", boxShape(box), out), records);
	await recordWritten(records, block);
}
