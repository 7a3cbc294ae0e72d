/**
 * The order in which a volume is gone through: columns of slabs, each as large as memory allows.
 *
 * A column is a tile in y and x through all sections; within it slabs follow each other along z, so that what lies between
 * two slabs needs the last section of the one before only. Volumes whose sections fit into memory are one column.
 *
 * @module
 */
import type { Box } from "../../core/box.ts";
import { NnvolError } from "../../core/errors.ts";
import { sizeOf, type Zyx } from "../../core/shape.ts";
import { boxesOf, planBoxes } from "../../volume/convert/boxes.ts";

/** Memory of the process itself. */
const OWN_BYTES = 160 << 20;

/** Share of the rest that slabs get: what was let go of is not given back at once. */
const SHARE = 0.6;

/** Bytes of slabs below which volumes are read in too small pieces. */
const LEAST_BYTES = 4 << 20;

/** Most voxels of a slab: larger ones are not quicker. */
const MOST_VOXELS = 1 << 25;

/** What slabs are planned from. */
export type SlabWish = {
	readonly shape: Zyx;
	readonly chunks: Zyx | undefined;
	/** Bytes that are held for each voxel of a slab. */
	readonly perVoxel: number;
	/** Bytes that the process may take. */
	readonly memory: number;
	/** Voxels of a slab at most, in place of what memory allows. */
	readonly voxels?: number;
	/** False for files that are read from front to back: whole sections only. */
	readonly isSeekable: boolean;
	/** Names the volume in errors. */
	readonly path: string;
};

/** Extents of a slab, z, y, x. @throws CONFIG where not even one section (of files read from front to back) fits */
export function planSlabs(wish: SlabWish): Zyx {
	const { shape, chunks, perVoxel, memory, isSeekable } = wish;
	const room = Math.floor(Math.max(LEAST_BYTES, SHARE * (memory - OWN_BYTES)) / perVoxel);
	const most = wish.voxels ?? Math.min(MOST_VOXELS, room);
	const plan = { shape, unit: [1, 1, 1], prefer: [chunks], most };
	const [z = 1, y = 1, x = 1] = planBoxes({ ...plan, inOrder: false }) ?? [1, 1, 1];
	const isColumn = y === shape[1] && x === shape[2];
	if (isColumn || isSeekable) return [z, y, x];
	const section = sizeOf(shape.slice(1));
	const least = Math.ceil(((section * perVoxel) / SHARE + OWN_BYTES) / 2 ** 20);
	throw new NnvolError(
		"CONFIG",
		`${wish.path}: is read section by section, and one does not fit in --memory; allow ${least}MB, or convert it to .zarr first`,
		{ fields: { path: wish.path, least } },
	);
}

/** The tiles of columns, y and x, in C order. */
export function columnsOf([, height, width]: Zyx, [, y, x]: Zyx): Iterable<Box> {
	return boxesOf([height, width], [y, x]);
}

/** Beginnings and ends of slabs along z, from `first` to `end`; all but the ends are multiples of `step`. */
export function* slabsOf(first: number, end: number, step: number): Generator<readonly [from: number, to: number]> {
	for (let from = first; from < end; ) {
		const to = Math.min((Math.floor(from / step) + 1) * step, end);
		yield [from, to];
		from = to;
	}
}
