/**
 * How the blocks of an output lie in the (transposed) image: cuts along each axis, and the number of every block.
 *
 * Blocks are a fixed grid over the output's own axes, a pure function of its shape and of the units that its format
 * writes. The image that is predicted has its axes in another order, and some may run backwards; here both meet.
 *
 * @module
 */
import type { Box } from "../core/box.ts";
import { sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { inverseTurn, type Turn, turnBox, turnShape } from "../preprocess/reorient.ts";
import { type BlockGrid, blockGrid } from "../tiling/blocks.ts";

/** Voxels of a block at most: what is written and recorded at a time. */
const BLOCK_VOXELS = 2 ** 24;

/** From the transposed image to the output's spatial axes (z, y, x; z is 1 for a single image). */
export type OutputMap = {
	/** Extents of the transposed image. */
	readonly shape: Zyx;
	/** Axis i of the image is axis `transposeBackward[i]` of the transposed one. */
	readonly transposeBackward: readonly number[];
	/** From the image's axes to the output's. */
	readonly turn: Turn;
};

/** Blocks as seen from the transposed image. */
export type VolumeLayout = {
	readonly map: OutputMap;
	/** Over the output's spatial axes. */
	readonly grid: BlockGrid;
	/** Positions along z, y, x of the transposed image where blocks begin, and the axis's end. */
	readonly cuts: readonly [readonly number[], readonly number[], readonly number[]];
};

/** Extents of the output: z, y, x. */
export function outputShape(map: OutputMap): Zyx {
	return turnShape(imageShape(map), map.turn);
}

/** Where `box` of the transposed image lies in the output. */
export function outputBox(map: OutputMap, box: Box): Box {
	const image = {
		start: map.transposeBackward.map((axis) => box.start[axis] ?? 0),
		stop: map.transposeBackward.map((axis) => box.stop[axis] ?? 0),
	};
	return turnBox(image, outputShape(map), inverseTurn(map.turn));
}

/** Where `box` of the output lies in the transposed image. */
export function imageBox(map: OutputMap, box: Box): Box {
	const { start, stop } = turnBox(box, imageShape(map), map.turn);
	const forward = map.transposeBackward.map((_, axis) => map.transposeBackward.indexOf(axis));
	return { start: forward.map((axis) => start[axis] ?? 0), stop: forward.map((axis) => stop[axis] ?? 0) };
}

/** Blocks over units of `unit` voxels (z, y, x of the output): as many units along x, then y, as make up to 16 M voxels. */
export function blockExtents(shape: Zyx, unit: Zyx, most: number = BLOCK_VOXELS): Zyx {
	const extents: [number, number, number] = [...unit];
	for (const axis of [2, 1] as const) {
		while (extents[axis] < Math.min(shape[axis], MOST_EXTENT) && sizeOf(extents) * 2 <= most) {
			extents[axis] *= 2;
		}
	}
	return extents;
}

/** Blocks do not grow beyond this along an axis: longer ones would leave workers and masks little choice. */
const MOST_EXTENT = 512;

/** The layout of an output whose format writes units of `unit` voxels (z, y, x of the output); blocks of `most` voxels where that is more than one. */
export function volumeLayout(map: OutputMap, unit: Zyx, most: number = BLOCK_VOXELS): VolumeLayout {
	const shape = outputShape(map);
	const grid = blockGrid(shape, blockExtents(shape, unit, most));
	const cuts = [0, 1, 2].map((axis) => cutsAlong(map, grid, axis));
	const [z = [], y = [], x = []] = cuts;
	return { map, grid, cuts: [z, y, x] };
}

/** The number of the block that lies at the positions `at` (z, y, x) of the cuts. */
export function blockIdAt(layout: VolumeLayout, at: readonly [number, number, number]): number {
	const { grid } = layout;
	const box = outputBox(layout.map, blockBoxAt(layout, at));
	return grid.counts.reduce(
		(id, count, axis) => id * count + Math.floor((box.start[axis] ?? 0) / (grid.block[axis] ?? 1)),
		0,
	);
}

/** The voxels of the transposed image that the block at these positions of the cuts holds. */
export function blockBoxAt({ cuts }: VolumeLayout, at: readonly [number, number, number]): Box {
	return {
		start: cuts.map((along, axis) => along[at[axis] ?? 0] ?? 0),
		stop: cuts.map((along, axis) => along[(at[axis] ?? 0) + 1] ?? 0),
	};
}

function imageShape({ shape, transposeBackward }: OutputMap): Zyx {
	return zyx(transposeBackward.map((axis) => shape[axis] ?? 1));
}

function cutsAlong({ shape, transposeBackward, turn }: OutputMap, grid: BlockGrid, axis: number): number[] {
	const extent = shape[axis] ?? 1;
	// arrays are z, y, x; a turn speaks of x, y, z
	const out = turn.order.indexOf(2 - transposeBackward.indexOf(axis));
	const block = grid.block[2 - out] ?? 1;
	const forward = Array.from({ length: grid.counts[2 - out] ?? 1 }, (_, n) => n * block);
	return turn.flip[out] === true ? [0, ...forward.map((at) => extent - at).toReversed()] : [...forward, extent];
}
