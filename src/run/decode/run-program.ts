/**
 * The passes that a program comes to.
 *
 * @module
 */
import { assertNever } from "../../core/errors.ts";
import type { OutputPlace } from "../../decode/volume/block-task.ts";
import type { BinaryProgram, ComponentsProgram, VolumeProgram, WatershedProgram } from "../../decode/volume/program.ts";
import type { VoxelPlace } from "../../decode/volume/voxel-place.ts";
import { findComponents, growObjects, maskOf, valueOfFound } from "./decoder-steps.ts";
import { stitchSections } from "./object-steps.ts";
import { type FoundObjects, mapOfBlock, type Passes } from "./passes.ts";
import { runGraph } from "./run-graph.ts";
import { tableOfFound } from "./statistics-table.ts";
import type { ObjectsValue } from "./volume-values.ts";
import { type Goal, type ObjectStats, statsOf, type Written, writeFinal } from "./write-objects.ts";

/** What was found. */
export type Found = Written & { readonly pieces: number };

/** Does what `program` says with the volume at `place`; writes to `output`, whose array is there. */
export async function runProgram(
	passes: Passes,
	program: VolumeProgram,
	place: VoxelPlace,
	output: OutputPlace,
	stats: ObjectStats | undefined,
): Promise<Found> {
	switch (program.kind) {
		case "components":
			return runComponents(passes, program, place, output, stats);
		case "watershed":
			return runWatershed(passes, program, place, output, stats);
		case "binary":
			return runBinary(passes, program, place, output);
		case "graph":
			return writeValue(passes, await runGraph(passes, program, place), { place, output, stats });
		default:
			return assertNever(program);
	}
}

async function runComponents(
	passes: Passes,
	program: ComponentsProgram,
	place: VoxelPlace,
	output: OutputPlace,
	stats: ObjectStats | undefined,
): Promise<Found> {
	const { stitch, flat } = program;
	const own = stats === undefined || stitch !== undefined ? {} : { stats: statsOf(stats, place) };
	const found = await findComponents(passes, "objects", program, place, own);
	const value = valueOfFound(found, flat);
	if (stitch !== undefined) {
		return writeValue(passes, await stitchSections(passes, "", value, stitch), { place, output, stats });
	}
	await passes.write({ name: "output", ...value.source, output });
	const { objects, pieces } = value;
	const table = () => tableOfFound(passes, found);
	return { objects: objects.count, pieces, ...(stats === undefined ? {} : { table }) };
}

async function runWatershed(
	passes: Passes,
	program: WatershedProgram,
	place: VoxelPlace,
	output: OutputPlace,
	stats: ObjectStats | undefined,
): Promise<Found> {
	const grown = await growObjects(passes, "", program, place);
	const { stitch } = program;
	const value = stitch === undefined ? grown : await stitchSections(passes, "", grown, stitch);
	return writeValue(passes, value, { place, output, stats });
}

async function writeValue(passes: Passes, { source, objects, pieces }: ObjectsValue, goal: Goal): Promise<Found> {
	return { ...(await writeFinal(passes, source, objects.count, goal)), pieces };
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
		const mapOf = (block: number) => mapOfBlock(large, block);
		await passes.write({ name: "output", stages: [large.stage.path], output, value, mapOf });
		return countOf(large);
	}
	// what is not foreground after the small objects went; what of it touches no border is a hole
	const holes = await passes.find({
		...faces,
		name: "background",
		maskOf: (block) => ({ kind: "pieces", stage: large.stage.path, keep: isBackground(large, block) }),
		filters: [{ inside: true }],
	});
	const mapOf = (block: number) => mapOfBlock(holes, block, 1);
	await passes.write({ name: "output", stages: [holes.stage.path], output, value, mapOf });
	return countOf(large);
}

function isBackground(found: FoundObjects, block: number): Uint8Array<ArrayBuffer> {
	return Uint8Array.from(mapOfBlock(found, block), (id) => (id === 0 ? 1 : 0));
}

function countOf({ objects, starts, counts }: FoundObjects): Found {
	const last = starts.length - 1;
	return { objects: objects.count, pieces: (starts[last] ?? 0) + (counts[last] ?? 0) };
}
