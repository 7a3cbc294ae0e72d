/**
 * How many voxels objects of neighbouring sections share in a block.
 *
 * @module
 */
import { sizeOf } from "../../core/shape.ts";
import { blockAt } from "../../tiling/blocks.ts";
import type { Overlap } from "../section-stitch.ts";
import { writeColumns } from "./block-files.ts";
import type { OverlapTask } from "./block-task.ts";
import type { OpenVolumes } from "./open-volumes.ts";
import { type Columns, float64Column, uint32Column } from "./packed-tables.ts";

/** Voxels by the object before, then by the one after. */
export type OverlapCounts = Map<number, Map<number, number>>;

/** Counts a block. @throws VOLUME, RUN */
export async function overlapBlock(volumes: OpenVolumes, { block, grid, stage, records }: OverlapTask): Promise<void> {
	const { start, stop } = blockAt(grid, block).box;
	const [first = 0, ...others] = stop;
	const end = Math.min(grid.shape[0] ?? 1, first + 1);
	const ids = await volumes.staged([stage], { start, stop: [end, ...others] });
	const plane = sizeOf(others.map((to, axis) => to - (start[axis + 1] ?? 0)));
	const counts: OverlapCounts = new Map();
	for (let i = 0; i + plane < ids.length; i++) {
		const [a, b] = [ids[i] ?? 0, ids[i + plane] ?? 0];
		if (a !== 0 && b !== 0) count(counts, a, b, 1);
	}
	await writeColumns(records, "overlaps", block, columnsOf(counts));
}

/** Adds voxels to a pair. */
function count(counts: OverlapCounts, a: number, b: number, voxels: number): void {
	const row = counts.get(a) ?? new Map<number, number>();
	if (row.size === 0) counts.set(a, row);
	row.set(b, (row.get(b) ?? 0) + voxels);
}

function columnsOf(counts: OverlapCounts): Columns {
	const pairs = pairsOf(counts);
	return {
		before: Uint32Array.from(pairs, ({ before }) => before),
		after: Uint32Array.from(pairs, ({ after }) => after),
		voxels: Float64Array.from(pairs, ({ share }) => share),
	};
}

/** Adds what was counted of a block. @throws RangeError where a column is missing */
export function addOverlaps(counts: OverlapCounts, columns: Columns): void {
	const [before, after] = [uint32Column(columns, "before"), uint32Column(columns, "after")];
	const voxels = float64Column(columns, "voxels");
	for (let n = 0; n < before.length; n++) count(counts, before[n] ?? 0, after[n] ?? 0, voxels[n] ?? 0);
}

/** The pairs in the order of both numbers, their shares in voxels. */
export function pairsOf(counts: OverlapCounts): Overlap[] {
	const pairs = [...counts].flatMap(([before, row]) => [...row].map(([after, share]) => ({ before, after, share })));
	return pairs.sort((p, q) => p.before - q.before || p.after - q.after);
}
