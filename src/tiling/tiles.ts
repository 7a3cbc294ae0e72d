/**
 * The one grid of tiles over a whole volume, and the order in which tiles are added.
 *
 * A grid is a pure function of the (cropped, resampled, padded) shape, the patch and the step: blocks and workers
 * never move a tile. The order is nnU-Net's: the first axis is the outermost loop, the last the innermost.
 *
 * @module
 */
import type { Box } from "../core/box.ts";
import { type Shape, shapeText } from "../core/shape.ts";
import { checkStep, tileStarts } from "./steps.ts";

/** One tile: its place in the global order and its first voxel. */
export type Tile = { readonly index: number; readonly start: readonly number[] };

/** All tiles of a volume: `starts[axis]` are the starts along that axis; the tiles are their product. */
export type TileGrid = {
	readonly shape: Shape;
	readonly patch: Shape;
	readonly step: number;
	readonly starts: readonly (readonly number[])[];
};

/** Half-open range of positions along one axis. */
type Range = { readonly from: number; readonly to: number };

/**
 * The grid of tiles of `patch` voxels over a volume of `shape`, both of one rank, `shape >= patch`.
 *
 * An axis where the patch is one voxel is the slice axis of a 2D network: every slice once (a step below one voxel
 * would only repeat slices).
 *
 * @throws CONFIG for a bad step; RangeError for shapes that do not fit
 */
export function tileGrid(shape: Shape, patch: Shape, step: number): TileGrid {
	checkStep(step);
	if (shape.length !== patch.length || shape.length === 0) {
		throw new RangeError(`tileGrid: a patch of ${shapeText(patch)} does not fit a volume of ${shapeText(shape)}`);
	}
	const starts = shape.map((size, axis) => {
		const tile = patch[axis] ?? 1;
		return tileStarts(size, tile, tile === 1 ? 1 : step);
	});
	return { shape: [...shape], patch: [...patch], step, starts };
}

/** Number of tiles of `grid`. */
export function tileCount(grid: TileGrid): number {
	return grid.starts.reduce((count, starts) => count * starts.length, 1);
}

/** The voxels of `tile`. */
export function tileBox(grid: TileGrid, tile: Tile): Box {
	return { start: tile.start, stop: tile.start.map((start, axis) => start + (grid.patch[axis] ?? 0)) };
}

/** Every tile in global order. */
export function* tilesOf(grid: TileGrid): Generator<Tile> {
	yield* tilesIn(
		grid,
		grid.starts.map((starts) => ({ from: 0, to: starts.length })),
	);
}

/** The tiles that share a voxel with `box`, in global order and with their global indices; visits no other tile. */
export function* tilesTouching(grid: TileGrid, box: Box): Generator<Tile> {
	yield* tilesIn(
		grid,
		grid.starts.map((starts, axis) =>
			touching(starts, grid.patch[axis] ?? 0, box.start[axis] ?? 0, box.stop[axis] ?? 0),
		),
	);
}

/** Positions of `starts` whose tile of `tile` voxels shares a voxel with `start <= v < stop`. */
function touching(starts: readonly number[], tile: number, start: number, stop: number): Range {
	if (stop <= start) return { from: 0, to: 0 };
	return { from: lowerBound(starts, start - tile + 1), to: lowerBound(starts, stop) };
}

/** First position of sorted `values` that is not below `limit`. */
function lowerBound(values: readonly number[], limit: number): number {
	let low = 0;
	let high = values.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((values[middle] ?? 0) < limit) low = middle + 1;
		else high = middle;
	}
	return low;
}

function* tilesIn(grid: TileGrid, ranges: readonly Range[]): Generator<Tile> {
	if (ranges.some(({ from, to }) => from >= to)) return;
	const position = ranges.map(({ from }) => from);
	for (let axis = 0; axis >= 0; ) {
		yield tileAt(grid, position);
		for (axis = ranges.length - 1; axis >= 0; axis--) {
			position[axis] = (position[axis] ?? 0) + 1;
			if ((position[axis] ?? 0) < (ranges[axis]?.to ?? 0)) break;
			position[axis] = ranges[axis]?.from ?? 0;
		}
	}
}

function tileAt(grid: TileGrid, position: readonly number[]): Tile {
	let index = 0;
	const start = grid.starts.map((starts, axis) => {
		const at = position[axis] ?? 0;
		index = index * starts.length + at;
		return starts[at] ?? 0;
	});
	return { index, start };
}
