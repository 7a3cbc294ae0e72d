/**
 * The passes that a program comes to.
 *
 * @module
 */
import { assertNever } from "../../core/errors.ts";
import type { OutputPlace } from "../../decode/volume/block-task.ts";
import type { MaskSpec } from "../../decode/volume/mask-spec.ts";
import type { BinaryProgram, ComponentsProgram, Foreground, VolumeProgram } from "../../decode/volume/program.ts";
import type { VoxelPlace } from "../../decode/volume/voxel-place.ts";
import type { RegionTable } from "../../image/region-table.ts";
import { type FoundObjects, mapOfBlock, type Passes } from "./passes.ts";

/** Who takes the statistics of objects, and which channel's values they sum. */
export type ObjectTaker = { readonly channel?: number; readonly take: (table: RegionTable) => Promise<void> };

/** What was found. */
export type Found = { readonly objects: number; readonly pieces: number };

/** Does what `program` says with the volume at `place`; writes to `output`, whose array is there. */
export async function runProgram(
	passes: Passes,
	program: VolumeProgram,
	place: VoxelPlace,
	output: OutputPlace,
	taker: ObjectTaker | undefined,
): Promise<Found> {
	switch (program.kind) {
		case "components":
			return runComponents(passes, program, place, output, taker);
		case "binary":
			return runBinary(passes, program, place, output);
		default:
			return assertNever(program);
	}
}

async function runComponents(
	passes: Passes,
	{ foreground, connectivity, flat, filters }: ComponentsProgram,
	place: VoxelPlace,
	output: OutputPlace,
	taker: ObjectTaker | undefined,
): Promise<Found> {
	const mask = maskOf(foreground, place);
	const channel = taker?.channel;
	const stats = channel === undefined ? {} : { source: { place, channel } };
	const found = await passes.find({
		name: "objects",
		maskOf: () => mask,
		byValue: foreground.kind === "labels",
		connectivity,
		flat,
		filters,
		...(taker === undefined ? {} : { stats }),
	});
	await passes.write(found, output, (block) => mapOfBlock(found, block));
	if (taker !== undefined) await taker.take(await passes.tableOf(found));
	return countOf(found);
}

async function runBinary(
	passes: Passes,
	{ conditions, removeSmall, fillHoles, flat, value }: BinaryProgram,
	place: VoxelPlace,
	output: OutputPlace,
): Promise<Found> {
	const mask = maskOf({ kind: "where", conditions }, place);
	const faces = { connectivity: 1, flat, byValue: false } as const;
	const large = await passes.find({
		...faces,
		name: "objects",
		maskOf: () => mask,
		filters: [{ atLeast: removeSmall }],
	});
	if (!fillHoles) {
		await passes.write(large, output, (block) => mapOfBlock(large, block, value));
		return countOf(large);
	}
	// what is not foreground after the small objects went; what of it touches no border is a hole
	const holes = await passes.find({
		...faces,
		name: "background",
		maskOf: (block) => ({ kind: "pieces", stage: large.stage.path, keep: isBackground(large, block) }),
		filters: [{ inside: true }],
	});
	await passes.write(holes, output, (block) => mapOfBlock(holes, block, value, value));
	return countOf(large);
}

function isBackground(found: FoundObjects, block: number): Uint8Array<ArrayBuffer> {
	return Uint8Array.from(mapOfBlock(found, block), (id) => (id === 0 ? 1 : 0));
}

function maskOf(foreground: Foreground, place: VoxelPlace): MaskSpec {
	return foreground.kind === "where"
		? { kind: "where", place, conditions: foreground.conditions }
		: { kind: "labels", place, channel: foreground.channel };
}

function countOf({ objects, starts, counts }: FoundObjects): Found {
	const last = starts.length - 1;
	return { objects: objects.count, pieces: (starts[last] ?? 0) + (counts[last] ?? 0) };
}
