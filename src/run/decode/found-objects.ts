/**
 * The objects that a pass has found, by the pieces of blocks that they are made of.
 *
 * @module
 */
import type { OutputPlace } from "../../decode/volume/block-task.ts";
import type { Objects } from "../../decode/volume/merge.ts";

/** The objects of a pass and where their pieces lie. */
export type FoundObjects = {
	readonly stage: OutputPlace;
	readonly records: string;
	/** Pieces before those of each block. */
	readonly starts: Float64Array;
	/** Pieces of each block. */
	readonly counts: Uint32Array;
	readonly objects: Objects;
};

/** How many pieces there are in all blocks. */
export function pieceCount({ starts, counts }: Pick<FoundObjects, "starts" | "counts">): number {
	const last = starts.length - 1;
	return (starts[last] ?? 0) + (counts[last] ?? 0);
}

/** What each label of a block becomes: the object's id, 0 for what was dropped; the background becomes `background`. */
export function mapOfBlock(
	{ starts, counts, objects }: FoundObjects,
	block: number,
	background = 0,
): Uint32Array<ArrayBuffer> {
	const start = starts[block] ?? 0;
	const map = objects.ids.slice(start, start + (counts[block] ?? 0) + 1);
	map[0] = background;
	return map;
}
