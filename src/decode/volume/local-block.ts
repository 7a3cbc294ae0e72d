/**
 * Makes the channels of a block of what lies in and around it.
 *
 * @module
 */
import { cut, type NdArray, ndarray, reshape } from "../../core/array.ts";
import { type Box, boxShape, shift } from "../../core/box.ts";
import { zyx } from "../../core/shape.ts";
import { type BlockGrid, blockAt } from "../../tiling/blocks.ts";
import { writeColumns } from "./block-files.ts";
import type { OutputPlace } from "./block-task.ts";
import { widened } from "./cores.ts";
import { haloOf, type LocalStep, localMask } from "./local-step.ts";
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
	const { block, grid, place, channels, step, output, records } = task;
	const { box } = blockAt(grid, block);
	const factors = step.kind === "gate" ? await volumes.values(place, step.channel, box) : undefined;
	for (const [n, channel] of channels.entries()) {
		const made = factors === undefined ? await maskIn(volumes, task, channel, box) : undefined;
		const array = made ?? (await product(volumes, task, channel, box, factors));
		await volumes.write(output, [n, ...box.start], reshape(array, [1, ...array.shape]), records);
	}
	await writeColumns(records, "written", block, { block: Uint32Array.of(block) });
}

/** The mask of a channel in `box`, of what lies around it too. */
async function maskIn(
	volumes: OpenVolumes,
	{ grid, place, step, flat }: LocalTask,
	channel: number,
	box: Box,
): Promise<NdArray | undefined> {
	if (step.kind === "gate") return undefined;
	const seen = widened(box, haloOf(step, flat), zyx(grid.shape));
	const shape = zyx(boxShape(seen));
	const mask = localMask(await volumes.values(place, channel, seen), shape, step, flat);
	const own = shift(
		box,
		seen.start.map((at) => -at),
	);
	return cut(ndarray("uint8", shape, Uint8Array.from(mask)), own);
}

/** The values of a channel times others. */
async function product(
	volumes: OpenVolumes,
	{ place }: LocalTask,
	channel: number,
	box: Box,
	factors: Float32Array = new Float32Array(0),
): Promise<NdArray> {
	const values = await volumes.values(place, channel, box);
	for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * (factors[i] ?? 0);
	return ndarray("float32", boxShape(box), values);
}
