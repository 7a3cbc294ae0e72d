/**
 * A mask of the whole volume cleaned: small objects go, then holes are filled.
 *
 * @module
 */
import type { BinaryProgram } from "../../decode/volume/program.ts";
import type { VoxelPlace } from "../../decode/volume/voxel-place.ts";
import { maskOf } from "./decoder-steps.ts";
import { type FoundObjects, mapOfBlock, pieceCount } from "./found-objects.ts";
import type { Passes } from "./passes.ts";

/** Labels of which what is not 0 in `mapOf` is the mask, and what there was of objects before holes were filled. */
export type CleanMask = {
	readonly stages: readonly string[];
	readonly mapOf: (block: number) => Uint32Array;
	readonly objects: number;
	readonly pieces: number;
};

/** Cleans where all conditions hold. Stages and records are named by `prefix`. @throws RUN, VOLUME, CANCELLED */
export async function cleanMask(
	passes: Passes,
	prefix: string,
	{
		conditions,
		removeSmall,
		fillHoles,
		flat,
	}: Pick<BinaryProgram, "conditions" | "removeSmall" | "fillHoles" | "flat">,
	place: VoxelPlace,
): Promise<CleanMask> {
	const mask = maskOf({ kind: "where", conditions }, place);
	const faces = { connectivity: 1, flat } as const;
	const large = await passes.find({
		...faces,
		name: `${prefix}objects`,
		maskOf: () => mask,
		filters: [{ atLeast: removeSmall }],
	});
	const found = { objects: large.objects.count, pieces: pieceCount(large) };
	if (!fillHoles) return { stages: [large.stage.path], mapOf: (block) => mapOfBlock(large, block), ...found };
	// what is not foreground after the small objects went; what of it touches no border is a hole
	const holes = await passes.find({
		...faces,
		name: `${prefix}background`,
		maskOf: (block) => ({ kind: "pieces", stage: large.stage.path, keep: isBackground(large, block) }),
		filters: [{ inside: true }],
	});
	return { stages: [holes.stage.path], mapOf: (block) => mapOfBlock(holes, block, 1), ...found };
}

function isBackground(found: FoundObjects, block: number): Uint8Array<ArrayBuffer> {
	return Uint8Array.from(mapOfBlock(found, block), (id) => (id === 0 ? 1 : 0));
}
