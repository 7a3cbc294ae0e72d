/**
 * Small objects that become part of the neighbour they touch most, over a volume that does not fit into memory.
 *
 * Objects, or their parts in sections, are written under their numbers; voxels beside small ones are counted block by block;
 * what becomes of each follows from the counts, in the order of numbers, as in memory.
 *
 * @module
 */
import { join } from "node:path";
import { besideOf } from "../../decode/volume/beside-block.ts";
import { readColumns } from "../../decode/volume/block-files.ts";
import type { BlockTask } from "../../decode/volume/block-task.ts";
import { BYTES_PER_PIECE } from "../../decode/volume/merge.ts";
import { regrouped } from "../../decode/volume/section-parts.ts";
import { SmallMerger } from "../../decode/volume/small-merge.ts";
import { cutObjects } from "./section-filters.ts";
import type { ObjectsValue, StepContext } from "./volume-values.ts";
import { shared, stageIds } from "./write-objects.ts";

/** Objects of fewer than `minSize` voxels, each as a whole. @throws RUN where counts do not fit the memory; VOLUME, CANCELLED */
export async function mergeSmallObjects(
	context: StepContext,
	input: ObjectsValue,
	minSize: number,
): Promise<ObjectsValue> {
	const { passes, name } = context;
	const path = await stageIds(passes, `${name}-ids`, input.source);
	const becomes = await partOf(context, path, input.objects, minSize);
	return regroupedIn(input, path, becomes, input.objects);
}

/** Parts of objects of fewer than `minSize` voxels in a section, each section by itself. @throws as `mergeSmallObjects` */
export async function mergeSmallParts(
	context: StepContext,
	input: ObjectsValue,
	minSize: number,
): Promise<ObjectsValue> {
	const { passes, name } = context;
	const { stage: pieces, parts, partsIn } = await cutObjects(context, input);
	const path = await stageIds(passes, `${name}-ids`, { stages: [pieces], mapOf: partsIn, isGlobal: false });
	const becomes = await partOf(context, path, parts, minSize);
	return regroupedIn(
		input,
		path,
		becomes.map((part) => parts.ids[part] ?? 0),
		parts,
	);
}

/** Numbers in a stage and what is known of them: voxels and first voxels, entry 0 unused. */
type Numbered = {
	readonly count: number;
	readonly voxels: Float64Array<ArrayBuffer>;
	readonly firsts: Float64Array<ArrayBuffer>;
};

/** The number that each is part of in the end, 0 for background. */
async function partOf(
	{ passes, name }: StepContext,
	stage: string,
	{ count, voxels }: Numbered,
	minSize: number,
): Promise<Uint32Array<ArrayBuffer>> {
	const { folder, grid } = passes.place;
	const records = join(folder, `${name}-beside`);
	passes.requireRoom(count * BYTES_PER_PIECE, `${count} objects`);
	const isSmall = new Uint8Array(new SharedArrayBuffer(count + 1));
	for (let n = 1; n <= count; n++) isSmall[n] = (voxels[n] ?? 0) < minSize ? 1 : 0;
	const taskOf = (block: number): BlockTask => ({ kind: "beside", block, grid, stage, isSmall, records });
	await passes.each({ kind: "beside", pass: "joining", records, blocks: passes.blocks, taskOf });
	const merger = new SmallMerger(count);
	for (const block of passes.blocks) {
		merger.add(besideOf(await readColumns(records, "beside", block)));
		passes.requireRoom(merger.bytes, "the neighbours of small objects");
	}
	return merger.finish(isSmall);
}

/** Objects whose numbers lie in a stage, put together anew. */
function regroupedIn(
	input: ObjectsValue,
	stage: string,
	becomes: Uint32Array<ArrayBuffer>,
	numbered: Numbered,
): ObjectsValue {
	const objects = regrouped(becomes, numbered);
	const map = shared(objects.ids);
	return { ...input, source: { stages: [stage], mapOf: () => map, isGlobal: true }, objects };
}
