/**
 * The passes that a program comes to.
 *
 * @module
 */
import { assertNever } from "../../core/errors.ts";
import type { OutputPlace } from "../../decode/volume/block-task.ts";
import type {
	BinaryProgram,
	ComponentsProgram,
	GraphProgram,
	VolumeProgram,
	WatershedProgram,
} from "../../decode/volume/program.ts";
import type { VoxelPlace } from "../../decode/volume/voxel-place.ts";
import { cleanMask } from "./clean-mask.ts";
import { findComponents, growObjects, valueOfFound } from "./decoder-steps.ts";
import { stitchSections } from "./object-steps.ts";
import type { Passes } from "./passes.ts";
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
			return writeGraph(passes, program, place, output, stats);
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

/** Statistics are of the channels as nodes are given them. */
async function writeGraph(
	passes: Passes,
	program: GraphProgram,
	place: VoxelPlace,
	output: OutputPlace,
	stats: ObjectStats | undefined,
): Promise<Found> {
	const { last, raw } = await runGraph(passes, program, place);
	const channel = raw.channels[program.channels.indexOf(stats?.channel ?? -1)];
	const own = channel === undefined ? { place, stats } : { place: raw.place, stats: { channel } };
	return writeValue(passes, last, { output, ...own });
}

async function writeValue(passes: Passes, { source, objects, pieces }: ObjectsValue, goal: Goal): Promise<Found> {
	return { ...(await writeFinal(passes, source, objects.count, goal)), pieces };
}

async function runBinary(
	passes: Passes,
	{ conditions, value, ...program }: BinaryProgram,
	place: VoxelPlace,
	output: OutputPlace,
): Promise<Found> {
	const { objects, pieces, ...source } = await cleanMask(passes, "", { ...program, conditions }, place);
	await passes.write({ name: "output", ...source, output, value });
	return { objects, pieces };
}
