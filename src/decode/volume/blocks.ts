/**
 * The grid of blocks that a volume is decoded in: within memory, in multiples of what the output is written in.
 *
 * The result never depends on the grid; only memory and time do.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { type Shape, shapeText, sizeOf, type Zyx, zyx } from "../../core/shape.ts";

/** What the process and each thread take besides blocks. */
const OWN_BYTES = 200e6;
const THREAD_BYTES = 60e6;

/** Share of the rest that blocks get: what was let go of is not given back at once. */
const SHARE = 0.6;

/** Pairs of labels of two blocks must fit into one number. */
const MOST_VOXELS = 2 ** 26;

/** Most voxels of a block. */
export function blockVoxels(memory: number, workers: number, bytesPerVoxel: number): number {
	const bytes = Math.max(0, memory - OWN_BYTES - workers * THREAD_BYTES) * SHARE;
	return Math.min(MOST_VOXELS, Math.floor(bytes / workers / bytesPerVoxel));
}

/** What blocks may take of the memory. */
export type BlockRoom = {
	/** Most voxels of a block. */
	readonly own: number;
	/** Most voxels of a block with what steps look at around it, which take less each. */
	readonly seen: number;
	/** How far steps look around a block, on every side. */
	readonly halo: Zyx;
};

/** True where a block of `extents` in a volume of `shape` has room. */
export function hasRoom(extents: Shape, shape: Zyx, { own, seen, halo }: BlockRoom): boolean {
	const wide = extents.map((extent, axis) => Math.min(shape[axis] ?? 1, extent + 2 * (halo[axis] ?? 0)));
	return sizeOf(extents) <= own && sizeOf(wide) <= seen;
}

/**
 * Extents of a block: multiples of `unit`, as near to a cube as they may be, as large as there is room.
 *
 * @throws CONFIG where not even one unit has room
 */
export function blockExtents(shape: Zyx, unit: Zyx, room: BlockRoom): Zyx {
	let extents = unit.map((extent, axis) => Math.min(extent, shape[axis] ?? 1));
	if (!hasRoom(extents, shape, room)) {
		const around = room.halo.some((reach) => reach > 0)
			? `, with the ${shapeText(room.halo)} voxels that steps look at on every side`
			: "";
		throw new NnvolError(
			"CONFIG",
			`the output is written in pieces of ${shapeText(unit)} voxels, of which not one fits the memory${around}; raise --memory, lower --workers, or choose smaller chunks or shards`,
			{ fields: { unit, room } },
		);
	}
	for (let axis = shortest(shape, extents); axis !== undefined; axis = shortest(shape, extents)) {
		const longer = extents.map((extent, n) => (n === axis ? Math.min(extent * 2, shape[n] ?? 1) : extent));
		if (!hasRoom(longer, shape, room)) break;
		extents = longer;
	}
	return zyx(extents);
}

/** `wanted` in multiples of `unit`, cut at the volume's end. */
export function alignedExtents(shape: Zyx, unit: Zyx, wanted: Shape): Zyx {
	return zyx(
		unit.map((extent, axis) => {
			const units = Math.max(1, Math.ceil((wanted[axis] ?? extent) / extent));
			return Math.min(units * extent, shape[axis] ?? 1);
		}),
	);
}

/** Of the axes that blocks do not span yet the one along which they are shortest. */
function shortest(shape: Zyx, extents: readonly number[]): number | undefined {
	const growing = [0, 1, 2].filter((axis) => (extents[axis] ?? 1) < (shape[axis] ?? 1));
	return growing.reduce<number | undefined>(
		(best, axis) => (best === undefined || (extents[axis] ?? 1) < (extents[best] ?? 1) ? axis : best),
		undefined,
	);
}
