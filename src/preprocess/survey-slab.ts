/**
 * The survey of a slab (some whole planes) of an image, and the survey of the image from those of its slabs.
 *
 * Law: the bits of one survey of the whole, wherever it is cut. Slabs are a pure function of the extents and chunks, so that workers
 * who share the survey cut alike, and those of a later run too.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import { type Box, boxShape, shift, wholeBox } from "../core/box.ts";
import { DTYPES, type NumberDType } from "../core/dtype.ts";
import { throwIfAborted } from "../core/errors.ts";
import { sameShape, type Zyx, zyx } from "../core/shape.ts";
import { joinBoxes, nonzeroPart } from "../image/nonzero.ts";
import { bricksFor, bricksOf, readAhead, voxelsOf } from "./bricks.ts";
import { EXACT, measurable, measurerOf } from "./measure.ts";
import { channelsOf } from "./normalise.ts";
import { joinFigures, type PartFigures } from "./part-figures.ts";
import type { Survey, SurveyNeeds } from "./survey.ts";
import type { VoxelSource } from "./voxel-source.ts";

/** The planes of a slab: from, and up to without it. */
export type Slab = readonly [from: number, to: number];

/** What was found in a slab. */
export type SlabSurvey = {
	/** Around what is not zero in it, within the source; undefined where all is. */
	readonly box: Box | undefined;
	/** Figures of the slab; missing where nobody needs them, or where it is known that the image is cropped. */
	readonly figures?: PartFigures;
};

/** How a slab is gone through. */
export type SlabOptions = {
	/** Bytes it may hold, the brick that is read ahead included. */
	readonly bytes: number;
	readonly signal?: AbortSignal;
	/** True where the image is known to be cropped: figures of whole planes are of no use. */
	readonly isHopeless?: boolean;
	/** Voxels of the slab that are done. */
	readonly onVoxels?: (done: number) => void;
};

/** Voxels of a slab, about. */
const SLAB_VOXELS = 2 ** 28;

/** The slabs of an image: they end where chunks end, with about `voxels` voxels each, but at least a chunk deep. */
export function slabsOf({ shape, chunks }: Pick<VoxelSource, "shape" | "chunks">, voxels = SLAB_VOXELS): Slab[] {
	const [depth, height, width] = shape;
	const chunk = Math.max(1, Math.min(chunks[0], depth));
	const planes = chunk * Math.max(1, Math.round(voxels / Math.max(1, chunk * height * width)));
	return Array.from({ length: Math.ceil(depth / planes) }, (_, n) => [n * planes, Math.min(depth, (n + 1) * planes)]);
}

/** The part of `box` (z, y, x) in a slab; undefined where there is none. */
export function boxInSlab({ start, stop }: Box, [from, to]: Slab): Box | undefined {
	const [z0 = 0, y0 = 0, x0 = 0] = start;
	const [z1 = 0, y1 = 0, x1 = 0] = stop;
	if (z0 >= to || z1 <= from) return undefined;
	return { start: [Math.max(z0, from), y0, x0], stop: [Math.min(z1, to), y1, x1] };
}

/** True where anything but the box is needed. */
function isMeasured({ clip, figures }: SurveyNeeds): boolean {
	return clip !== "none" || figures.some((figure) => figure !== "none");
}

/** The first pass over a slab of `source`, one of `slabsOf` or all of it. @throws VOLUME, CANCELLED as reading does */
export async function surveySlab(
	source: VoxelSource,
	[from, to]: Slab,
	needs: SurveyNeeds,
	options: SlabOptions,
): Promise<SlabSurvey> {
	const slab: Box = { start: [from, 0, 0], stop: [to, source.shape[1], source.shape[2]] };
	const shape = zyx(boxShape(slab));
	const hopeful = measurerOf(needs, shape);
	let isHopeless = options.isHopeless === true || !isMeasured(needs);
	let found: Box | undefined;
	let done = 0;
	// slabs begin and end where chunks do: so they may be read as if each were an image
	const { size, ahead } = bricksFor({ ...chunksOf(source), shape }, shape, voxelsWithin(source, options.bytes));
	for await (const { box, array } of readAhead(source, bricksOf(slab, size), options, ahead)) {
		throwIfAborted(options.signal);
		const brick = measurable(array);
		found = joinBoxes(found, foundIn(brick, box));
		// Once the first plane is known to be empty, the box is not the whole.
		isHopeless ||= from === 0 && (box.start[0] ?? 0) > 0 && (found?.start[0] ?? 1) > 0;
		if (!isHopeless) hopeful.push(zyx(shift(box, [-from, 0, 0]).start), brick);
		done += voxelsOf(box);
		options.onVoxels?.(done);
	}
	return isHopeless ? { box: found } : { box: found, figures: hopeful.finish() };
}

/** True where what was found in a slab tells that the image is cropped: nothing in its first plane, or in its last. */
export function tellsCrop({ box }: SlabSurvey, [from, to]: Slab, depth: number): boolean {
	const [first, last] = [box?.start[0] ?? depth, box?.stop[0] ?? 0];
	return (from === 0 && first > 0) || (to === depth && last < depth);
}

/** The survey of an image of extents `shape` from those of its slabs, in order of z; without `survey` where its box is to be measured yet. */
export function joinSlabs(
	shape: Zyx,
	needs: SurveyNeeds,
	slabs: readonly SlabSurvey[],
): { readonly box: Box; readonly survey?: Survey } {
	const box = slabs.map((slab) => slab.box).reduce(joinBoxes, undefined) ?? wholeBox(shape);
	if (!isMeasured(needs)) return { box, survey: { version: 1, box, figures: needs.figures.map(() => ({})) } };
	const figures = slabs.flatMap((slab) => slab.figures ?? []);
	if (figures.length < slabs.length || !sameShape(boxShape(box), shape)) return { box };
	return { box, survey: { version: 1, box, ...joinFigures(figures) } };
}

/** The second pass: figures of `box`, the crop or the part of it in a slab. @throws VOLUME, CANCELLED as reading does */
export async function measureSlab(
	source: VoxelSource,
	box: Box,
	needs: SurveyNeeds,
	options: Omit<SlabOptions, "isHopeless">,
): Promise<PartFigures> {
	const shape = zyx(boxShape(box));
	const measurer = measurerOf(needs, shape);
	let done = 0;
	const origin = box.start.map((start) => -start);
	const { size, ahead } = bricksFor(source, shape, voxelsWithin(source, options.bytes));
	for await (const brick of readAhead(source, bricksOf(box, size), options, ahead)) {
		throwIfAborted(options.signal);
		measurer.push(zyx(shift(brick.box, origin).start), measurable(brick.array));
		done += voxelsOf(brick.box);
		options.onVoxels?.(done);
	}
	return measurer.finish();
}

function chunksOf({ chunks, readsChunks }: VoxelSource): Pick<VoxelSource, "chunks" | "readsChunks"> {
	return readsChunks === undefined ? { chunks } : { chunks, readsChunks };
}

/** Voxels of a brick, so that two of them, and one more as float32 where it is turned to that, fit `bytes`. */
function voxelsWithin(source: VoxelSource, bytes: number): number {
	return Math.floor(bytes / bytesPerVoxel(source));
}

/** Bytes held for each voxel of a brick. */
export function bytesPerVoxel({ channels, dtype }: VoxelSource): number {
	return channels * (2 * DTYPES[dtype].bytes + (EXACT.includes(dtype) ? 0 : 4));
}

/** The box around what is not zero in a brick, within the source. */
function foundIn(array: NdArray<NumberDType>, { start }: Box): Box | undefined {
	const found = nonzeroPart(channelsOf(array), array.shape.slice(1));
	return found === undefined ? undefined : shift(found, start);
}
