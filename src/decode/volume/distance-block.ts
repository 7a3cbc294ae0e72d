/**
 * Measures distances in one beam: a box that spans the volume along the axes that are measured.
 *
 * Squares are float32 between axes in memory too, and a line depends on no other, so that beams change no bit.
 *
 * @module
 */
import { ndarray } from "../../core/array.ts";
import { type Box, boxShape } from "../../core/box.ts";
import { type Zyx, zyx } from "../../core/shape.ts";
import { acrossLines, type LineAxis, scanLines } from "../../image/distance-lines.ts";
import { letGo } from "../../image/wasm.ts";
import { blockAt } from "../../tiling/blocks.ts";
import { signed } from "../distance-decoders.ts";
import { recordWritten } from "./block-files.ts";
import type { DistanceTask, SquaresSource } from "./distance-task.ts";
import type { OpenVolumes } from "./open-volumes.ts";

/** Measures, writes and records a beam. @throws VOLUME, RUN */
export async function distanceBlock(volumes: OpenVolumes, task: DistanceTask): Promise<void> {
	const { block, grid, sources, gives, stage, records } = task;
	const { box } = blockAt(grid, block);
	const [first, second] = sources;
	if (first === undefined) throw new RangeError("distanceBlock: no source");
	const measured = await measure(volumes, task, first, box);
	if (gives === "signed" && second !== undefined) signed(measured, await measure(volumes, task, second, box));
	await volumes.write(stage, box.start, ndarray("float32", boxShape(box), measured), records);
	await recordWritten(records, block);
}

/** The squares of `source` with the task's axes taken into account, or their roots. */
async function measure(
	volumes: OpenVolumes,
	task: DistanceTask,
	source: SquaresSource,
	box: Box,
): Promise<Float32Array<ArrayBuffer>> {
	const shape = zyx(boxShape(box));
	const squared = await squaresOf(volumes, task, source, box, shape);
	const wantsRoots = task.gives !== "squares";
	for (const [n, axis] of task.across.entries()) {
		acrossLines(undefined, squared, lineAxis(task, shape, axis), wantsRoots && n === task.across.length - 1);
	}
	letGo();
	return squared;
}

/** What a beam begins with. */
async function squaresOf(
	volumes: OpenVolumes,
	task: DistanceTask,
	source: SquaresSource,
	box: Box,
	shape: Zyx,
): Promise<Float32Array<ArrayBuffer>> {
	if (source.kind === "squares") return volumes.values({ path: source.stage, axes: "zyx", scale: 1 }, 0, box);
	const mask = await volumes.where(source.place, source.conditions, box);
	if (source.isInverted) for (let i = 0; i < mask.length; i++) mask[i] = mask[i] === 0 ? 1 : 0;
	const squared = new Float32Array(mask.length);
	scanLines(mask, squared, lineAxis(task, shape, 2));
	return squared;
}

function lineAxis({ spacing, border }: DistanceTask, shape: Zyx, axis: 0 | 1 | 2): LineAxis {
	const strides = [shape[1] * shape[2], shape[2], 1];
	return {
		length: shape[axis],
		stride: strides[axis] ?? 1,
		spacing: spacing[axis] ?? 1,
		bounded: border === "background",
	};
}
