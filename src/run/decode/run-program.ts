/**
 * The passes that a program comes to.
 *
 * @module
 */
import { assertNever } from "../../core/errors.ts";
import type { OutputPlace } from "../../decode/volume/block-task.ts";
import type { MaskSpec } from "../../decode/volume/mask-spec.ts";
import type { Objects } from "../../decode/volume/merge.ts";
import type {
	BinaryProgram,
	ComponentsProgram,
	Foreground,
	Stitch,
	VolumeProgram,
	WatershedProgram,
} from "../../decode/volume/program.ts";
import type { VoxelPlace } from "../../decode/volume/voxel-place.ts";
import { type FoundObjects, mapOfBlock, type Passes } from "./passes.ts";
import { runGraph } from "./run-graph.ts";
import type { Source } from "./volume-values.ts";
import { type Goal, type ObjectStats, shared, statsOf, type Written, writeFinal } from "./write-objects.ts";

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
		case "graph": {
			const { source, objects, pieces } = await runGraph(passes, program, place);
			return { ...(await writeFinal(passes, source, objects.count, { place, output, stats })), pieces };
		}
		default:
			return assertNever(program);
	}
}

async function runComponents(
	passes: Passes,
	{ foreground, connectivity, flat, filters, stitch }: ComponentsProgram,
	place: VoxelPlace,
	output: OutputPlace,
	stats: ObjectStats | undefined,
): Promise<Found> {
	const mask = maskOf(foreground, place);
	const found = await passes.find({
		name: "objects",
		maskOf: () => mask,
		byValue: foreground.kind === "labels",
		connectivity,
		flat,
		filters,
		...(stats === undefined || stitch !== undefined ? {} : { stats: statsOf(stats, place) }),
	});
	const source = {
		stages: [found.stage.path],
		mapOf: (block: number) => mapOfBlock(found, block),
		isGlobal: false,
	};
	const { pieces } = countOf(found);
	if (stitch !== undefined) {
		return { ...(await runStitch(passes, source, found.objects, stitch, { place, output, stats })), pieces };
	}
	await passes.write({ name: "output", ...source, output });
	const table = () => passes.tableOf(found);
	return { objects: found.objects.count, pieces, ...(stats === undefined ? {} : { table }) };
}

/** Seeds are found and filtered as wholes, and written under their ids; what grows from them carries these. */
async function runWatershed(
	passes: Passes,
	program: WatershedProgram,
	place: VoxelPlace,
	output: OutputPlace,
	stats: ObjectStats | undefined,
): Promise<Found> {
	const { seeds: conditions, connectivity, flat, seedFilters: filters, stitch } = program;
	const mask = maskOf({ kind: "where", conditions }, place);
	const found = await passes.find({
		name: "seeds",
		maskOf: () => mask,
		byValue: false,
		connectivity,
		flat,
		filters,
	});
	const seeds = passes.stage("ids");
	const mapOf = (block: number) => mapOfBlock(found, block);
	await passes.write({ name: "ids", stages: [found.stage.path], output: seeds, mapOf });
	const { count } = found.objects;
	const { stages, objects } = await passes.grow({ name: "grown", program, place, seeds: seeds.path, count });
	const { pieces } = countOf(found);
	const map = shared(objects.ids);
	const source = { stages, mapOf: () => map, isGlobal: true };
	const goal = { place, output, stats };
	const written =
		stitch === undefined
			? await writeFinal(passes, source, objects.count, goal)
			: await runStitch(passes, source, objects, stitch, goal);
	return { ...written, pieces };
}

/** Objects of sections are written under their ids, joined, and written again. */
async function runStitch(
	passes: Passes,
	source: Source,
	sections: Objects,
	stitch: Stitch,
	goal: Goal,
): Promise<Written> {
	const own = passes.stage("sections");
	await passes.write({ name: "sections", ...source, output: own });
	const objects = await passes.stitch("stitched", own.path, sections, stitch);
	const map = shared(objects.ids);
	return writeFinal(passes, { stages: [own.path], mapOf: () => map, isGlobal: true }, objects.count, goal);
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

function maskOf(foreground: Foreground, place: VoxelPlace): MaskSpec {
	return foreground.kind === "where"
		? { kind: "where", place, conditions: foreground.conditions }
		: { kind: "labels", place, channel: foreground.channel };
}

function countOf({ objects, starts, counts }: FoundObjects): Found {
	const last = starts.length - 1;
	return { objects: objects.count, pieces: (starts[last] ?? 0) + (counts[last] ?? 0) };
}
