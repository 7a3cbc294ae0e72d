/**
 * Objects grow from seeds, core by core and round by round, until nothing changes (`decode/volume/flood-block.ts`).
 *
 * @module
 */
import { join } from "node:path";
import { zyx } from "../../core/shape.ts";
import { readColumns } from "../../decode/volume/block-files.ts";
import type { BlockTask } from "../../decode/volume/block-task.ts";
import { coresOf, coreVoxels } from "../../decode/volume/cores.ts";
import { grownIn } from "../../decode/volume/grown-pieces.ts";
import { GrowthFront } from "../../decode/volume/growth-front.ts";
import { BYTES_PER_PIECE, GrownMerger, type Objects } from "../../decode/volume/merge.ts";
import { openRegions } from "../../decode/volume/open-volumes.ts";
import type { WatershedProgram } from "../../decode/volume/program.ts";
import type { VoxelPlace } from "../../decode/volume/voxel-place.ts";
import type { Passes } from "./passes.ts";

/** What is to grow. */
export type GrowWish = {
	readonly name: string;
	readonly program: Omit<WatershedProgram, "kind" | "seeds" | "connectivity" | "seedFilters" | "stitch">;
	readonly place: VoxelPlace;
	/** Zarr of the seeds' ids. */
	readonly seeds: string;
	readonly count: number;
};

/** What has grown: seeds' ids in the stages, one of each round, and the object of each. */
export type GrownObjects = { readonly stages: readonly string[]; readonly objects: Objects };

/** Bytes that a voxel takes while objects grow: values, seeds, labels, mask, and the voxels that wait. */
const BYTES_PER_FLOODED = 48;

/** Grows objects from the seeds in a Zarr, whose ids are 1 to `count`. @throws RUN, VOLUME, CANCELLED */
export async function growSeeds(
	passes: Passes,
	{ name, program, place, seeds, count }: GrowWish,
): Promise<GrownObjects> {
	const { folder, grid, memory } = passes.place;
	const { heights, heightsPlace = place, leastHeight, foreground, isThrough = false, flat, filters } = program;
	const cores = coresOf(zyx(grid.shape), flat);
	const values = { heights, heightsPlace, ...(leastHeight === undefined ? {} : { leastHeight }) };
	const task = { kind: "flood", cores, place, ...values, foreground, isThrough, flat } as const;
	const atOnce = Math.max(1, Math.floor(memory / (coreVoxels(cores) * BYTES_PER_FLOODED)));
	passes.requireRoom(count * BYTES_PER_PIECE, `${count} seeds`);
	const merger = new GrownMerger(count);
	const front = new GrowthFront(cores.grid, flat);
	const stages: string[] = [];
	for (let round = 0; front.cores.length > 0; round++) {
		const stage = passes.stage(`${name}${round}`, zyx(cores.grid.block));
		const records = join(folder, `${name}${round}`);
		await (await openRegions(stage)).close();
		const from = { seeds: round === 0 ? [seeds] : [...stages], isFurther: round > 0, stage, records };
		const taskOf = (block: number): BlockTask => ({ ...task, ...from, block });
		await passes.each({ kind: "grown", pass: "flooding", records, blocks: front.cores, taskOf, atOnce });
		for (const block of front.cores) {
			const core = grownIn(await readColumns(records, "grown", block));
			merger.add(core);
			front.note(block, core);
		}
		stages.push(stage.path);
		front.advance();
	}
	return { stages, objects: merger.finish(filters) };
}
