/**
 * Filters of objects that count each section of an object by itself, over a volume that does not fit into memory.
 *
 * Objects are cut into parts, one for every section. Parts that stay keep their objects together: what is left of an object
 * is one object, also where sections between are gone.
 *
 * @module
 */
import { join } from "node:path";
import { sizeOf } from "../../core/shape.ts";
import { readColumns } from "../../decode/volume/block-files.ts";
import type { BlockTask } from "../../decode/volume/block-task.ts";
import type { ObjectFilter } from "../../decode/volume/object-choice.ts";
import { openRegions } from "../../decode/volume/open-volumes.ts";
import { piecesIn } from "../../decode/volume/pieces.ts";
import {
	BYTES_PER_SLICE,
	keptParts,
	PartsMerger,
	regrouped,
	type SectionParts,
} from "../../decode/volume/section-parts.ts";
import type { ObjectsValue, StepContext } from "./volume-values.ts";

/** Parts of objects and where their pieces lie. */
export type CutObjects = {
	/** Zarr of the pieces. */
	readonly stage: string;
	readonly parts: SectionParts;
	/** The part of each label of a block; entry 0 is the background's. */
	readonly partsIn: (block: number) => Uint32Array<ArrayBuffer>;
};

/** Filters every section by itself. @throws RUN where there are more pieces than memory holds; VOLUME, CANCELLED */
export async function filterSections(
	context: StepContext,
	input: ObjectsValue,
	filter: ObjectFilter,
): Promise<ObjectsValue> {
	const { stage, parts, partsIn } = await cutObjects(context, input);
	const objects = regrouped(keptParts(parts, filter), parts);
	const mapOf = (block: number) => partsIn(block).map((part) => objects.ids[part] ?? 0);
	return { ...input, source: { stages: [stage], mapOf, isGlobal: false }, objects };
}

/** Cuts objects into parts. @throws RUN where there are more pieces than memory holds; VOLUME, CANCELLED */
export async function cutObjects({ passes, name, shape }: StepContext, { source }: ObjectsValue): Promise<CutObjects> {
	const { folder, grid } = passes.place;
	const stage = passes.stage(`${name}-parts`);
	const records = join(folder, `${name}-parts`);
	await (await openRegions(stage)).close();
	const { stages, mapOf } = source;
	const taskOf = (block: number): BlockTask => ({
		kind: "slice",
		block,
		grid,
		stages,
		map: mapOf(block),
		stage,
		records,
	});
	await passes.each({ kind: "pieces", pass: "labelling", records, blocks: passes.blocks, taskOf });
	const starts = new Float64Array(passes.blocks.length + 1);
	for (const block of passes.blocks) {
		const { count } = piecesIn(await readColumns(records, "pieces", block));
		starts[block + 1] = (starts[block] ?? 0) + count;
	}
	const total = starts[passes.blocks.length] ?? 0;
	passes.requireRoom(total * BYTES_PER_SLICE, `${total} pieces of objects in sections`, total);
	const merger = new PartsMerger(total, sizeOf(shape.slice(1)));
	for (const block of passes.blocks) {
		merger.add(starts[block] ?? 0, piecesIn(await readColumns(records, "pieces", block)));
	}
	const parts = merger.finish();
	const partsIn = (block: number) => {
		const own = parts.ofPieces.slice(starts[block], (starts[block + 1] ?? 0) + 1);
		own[0] = 0;
		return own;
	};
	return { stage: stage.path, parts, partsIn };
}
