/**
 * Grows objects in a core and its halo, and keeps the core.
 *
 * Foreground whose seed lies farther away than the halo stays open. Further rounds go on from what has grown around it, each
 * from all of the round before, until nothing changes: so a voxel belongs to an object where a seed reaches it in the whole
 * volume, and to none elsewhere.
 *
 * @module
 */
import { cut, type NdArray, ndarray } from "../../core/array.ts";
import { boxIn, boxShape } from "../../core/box.ts";
import { type Zyx, zyx } from "../../core/shape.ts";
import { writeColumns } from "./block-files.ts";
import type { FloodTask } from "./block-task.ts";
import { coreAt } from "./cores.ts";
import { flood } from "./flood.ts";
import { columnsOfGrown, grownPieces, idOf, THROUGH } from "./grown-pieces.ts";
import type { OpenVolumes } from "./open-volumes.ts";

/** Floods a core, or what is open of it. @throws VOLUME, RUN */
export async function floodBlock(volumes: OpenVolumes, task: FloodTask): Promise<void> {
	const { block, cores, place, foreground, seeds, stage, records, isFurther } = task;
	const { core, seen } = coreAt(cores, block);
	const inside = await volumes.where(place, foreground, seen);
	const mask = task.isThrough ? new Uint8Array(inside.length).fill(1) : inside;
	const own = await volumes.staged(seeds, seen);
	const shape = zyx(boxShape(seen));
	const inCore = <D extends "uint8" | "uint32">(array: NdArray<D>) => cut(array, boxIn(seen, core));
	const open = ndarray("uint8", shape, isFurther ? openOf(mask, own) : mask);
	const isReached = !isFurther || meets(open.data, own, shape, task.flat);
	const kept = inCore(ndarray("uint32", shape, isReached ? await grown(volumes, task, own, mask, shape) : own.slice()));
	const before = inCore(open).data;
	let left = 0;
	for (let i = 0; i < before.length; i++) {
		if (before[i] === 0) kept.data[i] = 0;
		else if (kept.data[i] === 0) left++;
	}
	if (task.isThrough) markThrough(kept.data, inCore(ndarray("uint8", shape, inside)).data);
	if (isReached) await volumes.write(stage, core.start, kept, records);
	const pieces = grownPieces(kept.data, zyx(kept.shape), zyx(core.start), zyx(cores.grid.shape));
	await writeColumns(records, "grown", block, columnsOfGrown({ ...pieces, open: left }));
}

/** The core and its halo flooded. */
async function grown(
	volumes: OpenVolumes,
	{ block, cores, place, heights: channel, heightsPlace = place, leastHeight, isThrough, flat }: FloodTask,
	seeds: Uint32Array,
	mask: Uint8Array,
	shape: Zyx,
): Promise<Uint32Array<ArrayBuffer>> {
	const heights = await volumes.values(heightsPlace, channel, coreAt(cores, block).seen);
	const least = leastHeight ?? Number.NEGATIVE_INFINITY;
	for (let i = 0; i < heights.length; i++) heights[i] = -Math.max(heights[i] ?? 0, least);
	return flood({ heights, seeds: isThrough ? seeds.map(idOf) : seeds, mask, shape, flat });
}

/** Marks what has grown outside of the foreground. */
function markThrough(labels: Uint32Array, foreground: Uint8Array): void {
	for (let i = 0; i < labels.length; i++) {
		const label = labels[i] ?? 0;
		if (label !== 0 && foreground[i] === 0) labels[i] = idOf(label) + THROUGH;
	}
}

/** Foreground that nothing has reached. */
function openOf(mask: Uint8Array, labels: Uint32Array): Uint8Array<ArrayBuffer> {
	const open = new Uint8Array(mask.length);
	for (let i = 0; i < open.length; i++) open[i] = mask[i] === 1 && labels[i] === 0 ? 1 : 0;
	return open;
}

/** True where an open voxel has a labelled neighbour across a face. */
function meets(open: Uint8Array, labels: Uint32Array, [depth, height, width]: Zyx, flat: boolean): boolean {
	const plane = height * width;
	for (let at = 0; at < open.length; at++) {
		if (open[at] === 0) continue;
		const [z, y, x] = [Math.floor(at / plane), Math.floor(at / width) % height, at % width];
		const near = (isInside: boolean, offset: number) => isInside && labels[at + offset] !== 0;
		if (near(x > 0, -1) || near(x < width - 1, 1) || near(y > 0, -width) || near(y < height - 1, width)) return true;
		if (!flat && (near(z > 0, -plane) || near(z < depth - 1, plane))) return true;
	}
	return false;
}
