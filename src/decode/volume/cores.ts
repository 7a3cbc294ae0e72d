/**
 * The fixed boxes that objects grow in: cores that partition the volume, each with a halo that is looked at and thrown away.
 *
 * A pure function of the volume's shape, so that what grows never depends on blocks, memory or threads.
 *
 * @module
 */
import type { Box } from "../../core/box.ts";
import { sizeOf, type Zyx, zyx } from "../../core/shape.ts";
import { type BlockGrid, blockAt, blockGrid } from "../../tiling/blocks.ts";

/** Extents of a core and of the halo on each side, in voxels. */
const SOLID = { core: [128, 128, 128], halo: [32, 32, 32] } as const;

/** Where sections stand for themselves. */
const FLAT = { core: [8, 512, 512], halo: [0, 128, 128] } as const;

/** A volume's cores. */
export type Cores = { readonly grid: BlockGrid; readonly halo: Zyx };

/** The cores of a volume of `shape`; along an axis that is no longer than a core and its halos there is one. */
export function coresOf(shape: Zyx, flat: boolean): Cores {
	const { core, halo } = flat ? FLAT : SOLID;
	const isWhole = (axis: number) => (shape[axis] ?? 1) <= (core[axis] ?? 1) + 2 * (halo[axis] ?? 0);
	const extents = shape.map((extent, axis) => (isWhole(axis) ? extent : (core[axis] ?? 1)));
	return {
		grid: blockGrid(shape, extents),
		halo: zyx(shape.map((_, axis) => (isWhole(axis) ? 0 : (halo[axis] ?? 0)))),
	};
}

/** The voxels of a core, and those that are looked at for it. */
export function coreAt({ grid, halo }: Cores, id: number): { readonly core: Box; readonly seen: Box } {
	const core = blockAt(grid, id).box;
	return { core, seen: widened(core, halo, zyx(grid.shape)) };
}

/** Most voxels that are looked at for a core. */
export function coreVoxels({ grid, halo }: Cores): number {
	return sizeOf(grid.block.map((extent, axis) => Math.min(grid.shape[axis] ?? 1, extent + 2 * (halo[axis] ?? 0))));
}

/** `box` and so many voxels more on each side, as far as the volume of `shape` goes. */
export function widened({ start, stop }: Box, halo: Zyx, shape: Zyx): Box {
	return {
		start: start.map((at, axis) => Math.max(0, at - (halo[axis] ?? 0))),
		stop: stop.map((at, axis) => Math.min(shape[axis] ?? 1, at + (halo[axis] ?? 0))),
	};
}
