/**
 * In which passes an image is resampled on the disk, and in which blocks each goes: pure arithmetic.
 *
 * A pass resamples along one axis, or several in their order where blocks that are whole along all of them fit the memory. Along the
 * other axes blocks are cut into tiles of a power of two. The chunks of the array between two passes divide the tiles of both, so that
 * each writes whole chunks and reads no chunk twice.
 *
 * @module
 */
import { sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { type AxisTables, type Clip, stagesOf } from "../image/resample-volume.ts";
import { AXES, type Axis } from "./resample-axes.ts";

/** One axis of a pass; results are clipped after the last one that comes before clipping. */
export type Step = { readonly axis: Axis; readonly isClipped: boolean };

/** One pass over the whole image. Extents are z, y, x. */
export type Pass = {
	readonly steps: readonly Step[];
	readonly from: Zyx;
	readonly to: Zyx;
	/** Extents of a block before: whole along the axes of its steps. */
	readonly tile: Zyx;
	/** Chunks of what it writes. */
	readonly chunks: Zyx;
};

/** What is planned. */
export type StageRequest = {
	readonly shape: Zyx;
	readonly axes: AxisTables;
	readonly clip: Clip;
	readonly channels: number;
	/** Bytes of a voxel of one channel in the source. */
	readonly voxelBytes: number;
	/** What is best read of the source. */
	readonly sourceChunks: Zyx;
	/** What is best read of the result. */
	readonly chunks: Zyx;
	/** Memory. */
	readonly bytes: number;
};

/** Along axes that a pass leaves whole a chunk has no more than this. */
const MOST: Zyx = [64, 256, 256];

/** Tiles that are smaller make too many small chunks: axes are rather taken one by one. */
const LEAST_TILE = 4;

/** The passes in their order; one that only scales where no axis changes. */
export function planPasses(request: StageRequest): Pass[] {
	const steps = stepsOf(request);
	const groups: Step[][] = [];
	let shape = request.shape;
	let start = shape;
	for (const step of steps) {
		const group = groups.at(-1);
		if (group !== undefined && fits([...group, step], start, groups.length === 1, request)) group.push(step);
		else {
			groups.push([step]);
			start = shape;
		}
		shape = after(shape, [step], request);
	}
	return withChunks(tiled(groups.length === 0 ? [[]] : groups, request), request);
}

function stepsOf({ shape, axes, clip }: StageRequest): Step[] {
	const stages = stagesOf(shape, axes, clip);
	const before = stages.before.flat();
	const steps = before.map((axis, n) => ({ axis, isClipped: clip !== "none" && n === before.length - 1 }));
	return [...steps, ...stages.after.flat().map((axis) => ({ axis, isClipped: false }))];
}

/** Extents of a part of extents `shape` after some steps. */
function after(shape: Zyx, steps: readonly Step[], { axes }: StageRequest): Zyx {
	return zyx(
		shape.map((extent, axis) => (steps.some((step) => step.axis === axis) ? (axes[axis]?.to ?? extent) : extent)),
	);
}

/** True where blocks of several axes are not too thin. */
function fits(steps: readonly Step[], from: Zyx, isFirst: boolean, request: StageRequest): boolean {
	const tile = from.map((extent, axis) => (has(steps, axis) ? extent : Math.min(extent, LEAST_TILE)));
	return costOf(zyx(tile), steps, isFirst, request) <= request.bytes;
}

function has(steps: readonly Step[], axis: number): boolean {
	return steps.some((step) => step.axis === axis);
}

/** Bytes of a block: read, and the next one read ahead; one channel between steps; results, and those being written. */
function costOf(tile: Zyx, steps: readonly Step[], isFirst: boolean, request: StageRequest): number {
	const sizes = [sizeOf(tile)];
	for (let n = 1; n <= steps.length; n++) sizes.push(sizeOf(after(tile, steps.slice(0, n), request)));
	const read = 2 * request.channels * (isFirst ? request.voxelBytes : 4) * (sizes[0] ?? 0);
	return read + 8 * Math.max(...sizes) + 8 * request.channels * (sizes.at(-1) ?? 0);
}

type Tiled = Omit<Pass, "chunks">;

function tiled(groups: readonly (readonly Step[])[], request: StageRequest): Tiled[] {
	let from = request.shape;
	return groups.map((steps, n) => {
		const to = after(from, steps, request);
		const pass = { steps, from, to, tile: tileOf(steps, from, n === 0, request) };
		from = to;
		return pass;
	});
}

/** The largest tile that fits, grown where it is smallest beside what is best read. */
function tileOf(steps: readonly Step[], from: Zyx, isFirst: boolean, request: StageRequest): Zyx {
	const goal = isFirst ? request.sourceChunks : MOST;
	let tile = zyx(from.map((extent, axis) => (has(steps, axis) ? extent : 1)));
	for (;;) {
		const open = AXES.filter((axis) => tile[axis] < from[axis]);
		const grown = open
			.sort((a, b) => tile[a] / goal[a] - tile[b] / goal[b] || b - a)
			.map((axis) => zyx(tile.map((extent, other) => (other === axis ? doubled(extent, from[axis]) : extent))))
			.find((larger) => costOf(larger, steps, isFirst, request) <= request.bytes);
		if (grown === undefined) return tile;
		tile = grown;
	}
}

function doubled(extent: number, whole: number): number {
	return Math.min(whole, 2 * extent);
}

function withChunks(passes: readonly Tiled[], request: StageRequest): Pass[] {
	return passes.map((pass, n) => {
		const next = passes[n + 1];
		const chunk = (axis: Axis): number => {
			const wanted = next === undefined ? request.chunks[axis] : Math.min(MOST[axis], next.tile[axis]);
			return divisor(wanted, pass.tile[axis], has(pass.steps, axis) || pass.tile[axis] === pass.from[axis]);
		};
		return { ...pass, chunks: zyx(AXES.map((axis) => Math.min(chunk(axis), pass.to[axis]))) };
	});
}

/** `wanted` where it divides the tile, or tiles are whole; else the largest power of two below both. */
function divisor(wanted: number, tile: number, isWhole: boolean): number {
	if (isWhole || tile % wanted === 0) return wanted;
	return 2 ** Math.floor(Math.log2(Math.min(wanted, tile)));
}
