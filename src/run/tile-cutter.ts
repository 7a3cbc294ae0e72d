/**
 * Who cuts tiles for the network: out of memory, out of a window over a volume, or in another thread.
 *
 * @module
 */

/** One view of a tile: where it is cut from, its first voxel in the padded volume, the axes of the patch that are mirrored. */
export type CutItem<V> = { readonly view: V; readonly start: readonly number[]; readonly flips: readonly number[] };

/** Cuts batches of tiles, one batch after the other, in global order of tiles. `V` says what a tile is cut from. */
export interface TileCutter<V> {
	/**
	 * float32 [items, C, ...patch], over `buffer` where its length fits: it is given away.
	 * @throws what reading throws; CANCELLED
	 */
	cut(items: readonly CutItem<V>[], buffer?: Float32Array<ArrayBuffer>): Promise<Float32Array<ArrayBuffer>>;
}
