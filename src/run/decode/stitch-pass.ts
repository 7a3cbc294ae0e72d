/**
 * Objects of sections become objects of the volume where those of neighbouring sections overlap.
 *
 * @module
 */
import { join } from "node:path";
import { sizeOf } from "../../core/shape.ts";
import { chooseOverlaps } from "../../decode/section-stitch.ts";
import { readColumns } from "../../decode/volume/block-files.ts";
import type { BlockTask } from "../../decode/volume/block-task.ts";
import { BYTES_PER_PIECE, type Objects, PieceMerger } from "../../decode/volume/merge.ts";
import { addOverlaps, type OverlapCounts, pairsOf } from "../../decode/volume/overlap-block.ts";
import type { Stitch } from "../../decode/volume/program.ts";
import type { Passes } from "./passes.ts";

/** Joins objects of sections, whose ids lie in a Zarr, to objects of the volume. @throws RUN, VOLUME, CANCELLED */
export async function joinSections(
	passes: Passes,
	name: string,
	stage: string,
	sections: Objects,
	{ rule, filters }: Stitch,
): Promise<Objects> {
	const { folder, grid } = passes.place;
	const records = join(folder, name);
	const taskOf = (block: number): BlockTask => ({ kind: "overlap", block, grid, stage, records });
	await passes.each({ kind: "overlaps", pass: "joining", records, blocks: passes.blocks, taskOf });
	const { count, firsts, voxels } = sections;
	passes.requireRoom(count * BYTES_PER_PIECE, `${count} objects of sections`);
	const merger = new PieceMerger(count);
	const own = { voxels: voxels.subarray(1), firsts: firsts.subarray(1) };
	merger.add(0, { count, ...own, touchesBorder: new Uint8Array(count), values: new Uint32Array(0) });
	const [layers = 1, ...others] = grid.counts;
	for (let layer = 0; layer < layers; layer++) {
		const counts: OverlapCounts = new Map();
		for (const block of blocksOfLayer(layer, sizeOf(others))) {
			addOverlaps(counts, await readColumns(records, "overlaps", block));
		}
		const joined = chooseOverlaps(pairsOf(counts), (id) => voxels[id] ?? 0, rule);
		for (const { before, after } of joined) merger.join(before, after);
	}
	return merger.finish(filters);
}

/** Numbers of the blocks that lie in one layer of the grid. */
function blocksOfLayer(layer: number, size: number): readonly number[] {
	return Array.from({ length: size }, (_, n) => layer * size + n);
}
