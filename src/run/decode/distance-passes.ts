/**
 * Exact Euclidean distances over a volume that does not fit into memory.
 *
 * An axis after the other, each in beams that span it (`decode/volume/distance-beams.ts`): x and y together where sections
 * are small enough, then z. Squares lie in a Zarr of float32 in between, in chunks that both ways of beams are multiples of.
 *
 * @module
 */
import { join } from "node:path";
import { bytesText } from "../../core/bytes.ts";
import { NnvolError } from "../../core/errors.ts";
import { sizeOf, zyx } from "../../core/shape.ts";
import type { BlockTask, OutputPlace } from "../../decode/volume/block-task.ts";
import { type BeamPass, type Beams, beamsOf } from "../../decode/volume/distance-beams.ts";
import type { SquaresSource } from "../../decode/volume/distance-task.ts";
import type { Condition } from "../../decode/volume/mask-spec.ts";
import { openRegions } from "../../decode/volume/open-volumes.ts";
import { stageAt } from "../../decode/volume/stage-spec.ts";
import type { VoxelPlace } from "../../decode/volume/voxel-place.ts";
import type { Border } from "../../image/distance.ts";
import { blockCount } from "../../tiling/blocks.ts";
import type { Passes } from "./passes.ts";

/** Which distances are wanted. */
export type DistanceWish = {
	/** Names stages and records. */
	readonly name: string;
	/** Conditions that name no place are on channels of this one. */
	readonly place: VoxelPlace;
	/** The mask: where all of them hold. */
	readonly mask: readonly Condition[];
	/** Extents of a voxel, z, y, x. */
	readonly spacing: readonly number[];
	readonly border: Border;
	/** True: in each section by itself. */
	readonly flat: boolean;
	/** Of voxels of the mask to what is not in it; or tanh of the distance to the edge on either side (`decode/distance-decoders.ts`). */
	readonly gives: "distances" | "signed";
	/** Most voxels of a beam; as `beamsOf` says where left out. */
	readonly most?: number;
};

/** Bytes that a voxel of a beam takes: values as they are read and as they are kept, and what is packed. */
const BYTES_PER_VOXEL = 16;

/**
 * Distances of a mask over the whole volume: where they lie, float32, in units of `spacing`. The same to the last bit as
 * `image/distance.ts` gives of the whole array.
 *
 * @throws RUN where not even one beam fits the memory; VOLUME, CANCELLED
 */
export async function distancePasses(passes: Passes, wish: DistanceWish): Promise<VoxelPlace> {
	const { name, place, mask: conditions, flat, gives, most } = wish;
	const beams = beamsOf(zyx(passes.place.grid.shape), flat, most);
	const last = beams.passes.length - 1;
	const maskOf = (isInverted: boolean): SquaresSource => ({ kind: "mask", place, conditions, isInverted });
	let sources = gives === "signed" ? [maskOf(false), maskOf(true)] : [maskOf(false)];
	for (const [n, pass] of beams.passes.entries()) {
		if (n === last) break;
		const next: SquaresSource[] = [];
		for (const [side, source] of sources.entries()) {
			const stage = await measure(passes, wish, beams, pass, `${name}-${side}${n}`, "squares", [source]);
			next.push({ kind: "squares", stage: stage.path });
		}
		sources = next;
	}
	const stage = await measure(passes, wish, beams, beams.passes[last], name, gives, sources);
	return { path: stage.path, axes: "zyx", scale: 1 };
}

/** One pass. */
async function measure(
	passes: Passes,
	{ spacing, border }: DistanceWish,
	{ chunk }: Beams,
	pass: BeamPass | undefined,
	name: string,
	gives: "squares" | "distances" | "signed",
	sources: readonly SquaresSource[],
): Promise<OutputPlace> {
	if (pass === undefined) throw new RangeError("distancePasses: no pass");
	const { folder } = passes.place;
	const { grid, across } = pass;
	const stage = stageAt(join(folder, `${name}.zarr`), zyx(grid.shape), chunk, "float32");
	const records = join(folder, name);
	await (await openRegions(stage)).close();
	const taskOf = (block: number): BlockTask => ({
		kind: "distance",
		block,
		grid,
		sources,
		across,
		spacing,
		border,
		gives,
		stage,
		records,
	});
	const blocks = Array.from({ length: blockCount(grid) }, (_, block) => block);
	const atOnce = beamsAtOnce(passes, pass, sources.length);
	await passes.each({ kind: "written", pass: "measuring", records, blocks, taskOf, atOnce });
	return stage;
}

/** @throws RUN where not one has room */
function beamsAtOnce(passes: Passes, { grid }: BeamPass, sources: number): number {
	const { memory } = passes.place;
	const bytes = sizeOf(grid.block) * BYTES_PER_VOXEL * sources;
	const atOnce = Math.floor(memory / bytes);
	if (atOnce > 0) return atOnce;
	throw new NnvolError(
		"RUN",
		`distances are measured along whole lines of the volume, at least ${sizeOf(grid.block)} voxels at once, which take ${bytesText(bytes)} of memory, of which ${bytesText(memory)} are there; raise --memory`,
		{ fields: { bytes, memory } },
	);
}
