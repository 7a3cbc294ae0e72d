/**
 * Disjoint boxes that partition a volume: the units of work and of writing.
 *
 * A block's id is its place in C order: a pure function of shape and block extents, the same after a restart.
 *
 * @module
 */
import type { Box } from "../core/box.ts";
import { type Shape, shapeText } from "../core/shape.ts";

/** One block: its id (0 to `blockCount - 1`) and its voxels. */
export type Block = { readonly id: number; readonly box: Box };

/** A volume of `shape` cut into blocks of `block` voxels; the last along an axis may be shorter. */
export type BlockGrid = { readonly shape: Shape; readonly block: Shape; readonly counts: readonly number[] };

/** The grid of blocks of `block` voxels (same rank, whole positive extents). @throws RangeError where they do not fit */
export function blockGrid(shape: Shape, block: Shape): BlockGrid {
	const whole = [...shape, ...block].every((extent) => Number.isSafeInteger(extent) && extent > 0);
	if (shape.length !== block.length || !whole) {
		throw new RangeError(`blockGrid: blocks of ${shapeText(block)} do not fit a volume of ${shapeText(shape)}`);
	}
	const counts = shape.map((size, axis) => Math.ceil(size / (block[axis] ?? 1)));
	return { shape: [...shape], block: [...block], counts };
}

/** Number of blocks of `grid`. */
export function blockCount(grid: BlockGrid): number {
	return grid.counts.reduce((n, count) => n * count, 1);
}

/** The block with `id`. @throws RangeError where there is none */
export function blockAt(grid: BlockGrid, id: number): Block {
	if (!Number.isSafeInteger(id) || id < 0 || id >= blockCount(grid)) {
		throw new RangeError(`blockAt: expected a block from 0 to ${blockCount(grid) - 1}, found ${id}`);
	}
	const start = grid.shape.map(() => 0);
	let rest = id;
	for (let axis = grid.counts.length - 1; axis >= 0; axis--) {
		const count = grid.counts[axis] ?? 1;
		start[axis] = (rest % count) * (grid.block[axis] ?? 1);
		rest = Math.floor(rest / count);
	}
	const stop = start.map((first, axis) => Math.min(first + (grid.block[axis] ?? 1), grid.shape[axis] ?? 0));
	return { id, box: { start, stop } };
}

/** Every block, by id. */
export function* blocksOf(grid: BlockGrid): Generator<Block> {
	const count = blockCount(grid);
	for (let id = 0; id < count; id++) yield blockAt(grid, id);
}
