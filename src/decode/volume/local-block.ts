/**
 * Makes the channels of a block of what lies in and around it.
 *
 * @module
 */
import { cut, type NdArray, ndarray, reshape } from "../../core/array.ts";
import { type Box, boxIn, boxShape } from "../../core/box.ts";
import { zyx } from "../../core/shape.ts";
import { type BlockGrid, blockAt } from "../../tiling/blocks.ts";
import { recordWritten } from "./block-files.ts";
import type { OutputPlace } from "./block-task.ts";
import { widened } from "./cores.ts";
import { haloOf, type LocalMask, type LocalStep, localMask } from "./local-step.ts";
import type { OpenVolumes } from "./open-volumes.ts";
import type { VoxelPlace } from "./voxel-place.ts";

/** Makes channels of a block. */
export type LocalTask = {
	readonly kind: "local";
	readonly block: number;
	readonly grid: BlockGrid;
	readonly place: VoxelPlace;
	/** Which of the place are taken, in the order of the output's. */
	readonly channels: readonly number[];
	readonly step: LocalStep;
	/** True: in each section by itself. */
	readonly flat: boolean;
	/** Axes czyx; uint8 for masks, float32 for values. */
	readonly output: OutputPlace;
	readonly records: string;
};

/** Makes a block, one channel after the other. @throws VOLUME, RUN */
export async function localBlock(volumes: OpenVolumes, task: LocalTask): Promise<void> {
	const { block, grid, channels, output, records } = task;
	const { box } = blockAt(grid, block);
	for (const n of channels.keys()) {
		const array = await made(volumes, task, n, box);
		await volumes.write(output, [n, ...box.start], reshape(array, [1, ...array.shape]), records);
	}
	await recordWritten(records, block);
}

/** The `n`-th channel in `box`. */
async function made(volumes: OpenVolumes, task: LocalTask, n: number, box: Box): Promise<NdArray> {
	const { place, step, channels } = task;
	const channel = channels[n] ?? 0;
	if (step.kind === "mask") return maskIn(volumes, task, step.step, channel, box);
	const values = await volumes.values(place, channel, box);
	if (step.kind === "gate") {
		const factors = await volumes.values(place, step.channel, box);
		for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * (factors[i] ?? 0);
	} else {
		const mask = await volumes.where(step.mask, [{ channel: n, above: 0.5 }], box);
		for (let i = 0; i < values.length; i++) values[i] = mask[i] === 0 ? 0 : Math.max(values[i] ?? 0, step.least);
	}
	return ndarray("float32", boxShape(box), values);
}

/** The mask of a channel in `box`, of what lies around it too. */
async function maskIn(
	volumes: OpenVolumes,
	{ grid, place, flat }: LocalTask,
	step: LocalMask,
	channel: number,
	box: Box,
): Promise<NdArray> {
	const seen = widened(box, haloOf(step, flat), zyx(grid.shape));
	const shape = zyx(boxShape(seen));
	const mask = localMask(await volumes.values(place, channel, seen), shape, step, flat);
	return cut(ndarray("uint8", shape, Uint8Array.from(mask)), boxIn(seen, box));
}
