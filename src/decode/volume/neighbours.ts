/**
 * Which block lies beside another.
 *
 * @module
 */
import { type BlockGrid, blockCount } from "../../tiling/blocks.ts";
import type { Direction } from "./seams.ts";

/** The block beside `block` in `direction` (z, y, x); undefined beyond the volume. */
export function neighbourAt({ counts, ...grid }: BlockGrid, block: number, direction: Direction): number | undefined {
	const [, rows = 1, columns = 1] = counts;
	const place = [Math.floor(block / (rows * columns)), Math.floor(block / columns) % rows, block % columns];
	const [z = 0, y = 0, x = 0] = place.map((at, axis) => at + (direction[axis] ?? 0));
	const isThere = [z, y, x].every((at, axis) => at >= 0 && at < (counts[axis] ?? 1));
	const id = (z * rows + y) * columns + x;
	return isThere && id < blockCount({ counts, ...grid }) ? id : undefined;
}
