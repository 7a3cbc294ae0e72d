/**
 * Predicts one subject in memory: its tiles in global order, blended.
 *
 * @module
 */
import { sizeOf, zyx } from "../core/shape.ts";
import type { Settings } from "../plan/settings.ts";
import type { Subject } from "../preprocess/subject.ts";
import { flipInto } from "../tiling/flip.ts";
import { constantWeights, gaussianWeights } from "../tiling/gaussian.ts";
import { padToPatch } from "../tiling/padding.ts";
import { PlaneSums } from "../tiling/plane-sums.ts";
import { tileCount, tileGrid, tilesOf } from "../tiling/tiles.ts";
import type { Network } from "./network.ts";
import type { TileCutter } from "./tile-cutter.ts";
import { cutTile } from "./tile-input.ts";
import { type PipelineOptions, runTiles } from "./tile-pipeline.ts";

/** How a subject is predicted, besides the settings. */
export type PredictOptions = PipelineOptions & {
	readonly onTile?: (done: number, total: number) => void;
};

/** Takes the blended planes of a subject in order of z, then the end. */
export type PlaneSink = { push(plane: Float32Array<ArrayBuffer>): void; finish(): void };

/** Makes the sink of a subject; `free` gives a plane back once it is no longer needed. */
export type OpenSink = (free: (plane: Float32Array<ArrayBuffer>) => void) => PlaneSink;

/** Number of tiles that a subject of `shape` (z, y, x) is cut into. */
export function countTiles(shape: readonly number[], settings: Settings): number {
	const patch = spatialPatch(settings.patch);
	return tileCount(tileGrid(padToPatch(shape, patch).shape, patch, settings.step));
}

/**
 * Hands the blended planes of `subject`, float32 [heads, Y, X] (with `spread` its channels behind), to a sink: logits, or activated where the views are
 * combined after it. Besides the subject only planes that a later tile reaches are held.
 *
 * @throws RUNTIME where the network fails; CANCELLED
 */
export async function predictSubject(
	network: Network,
	subject: Subject,
	settings: Settings,
	options: PredictOptions,
	openSink: OpenSink,
): Promise<void> {
	const patch = spatialPatch(settings.patch);
	const { before, shape: padded } = padToPatch(subject.shape, patch);
	const grid = tileGrid(padded, patch, settings.step);
	const channels = network.heads + (options.spread?.measures.length ?? 0);
	const spec = { channels, shape: subject.shape, before, grid, weights: tileWeights(settings) };
	const sink = openSink((plane) => sums.free(plane));
	const sums = new PlaneSums(spec, (_, values) => sink.push(values));
	let done = 0;
	const job = {
		view: subject,
		channels: subject.channels,
		tiles: tilesOf(grid),
		add: ({ start }: { readonly start: readonly number[] }, values: Float32Array) => {
			sums.add(values, start);
			options.onTile?.(++done, tileCount(grid));
		},
		end: () => {
			sums.finish();
			sink.finish();
		},
	};
	await runTiles(network, [job], memoryCutter(settings.patch, before), settings, options);
}

/** Cuts tiles of a subject in memory. */
function memoryCutter(patch: readonly number[], before: readonly number[]): TileCutter<Subject> {
	const tile = spatialPatch(patch);
	const size = sizeOf(tile);
	let scratch = new Float32Array(0);
	return {
		cut: async (items, buffer) => {
			const length = items.reduce((sum, { view }) => sum + view.channels * size, 0);
			const target = buffer?.length === length ? buffer : new Float32Array(length);
			let at = 0;
			for (const { view, start, flips } of items) {
				const own = view.channels * size;
				if (flips.length === 0) cutTile(view, before, start, tile, target, at);
				else {
					if (scratch.length !== own) scratch = new Float32Array(own);
					cutTile(view, before, start, tile, scratch, 0);
					flipInto(scratch, target.subarray(at, at + own), view.channels, patch, flips);
				}
				at += own;
			}
			return target;
		},
	};
}

/** Weights of a tile's voxels, in the patch's shape. */
export function tileWeights({ blending, patch }: Pick<Settings, "blending" | "patch">): Float32Array<ArrayBuffer> {
	return blending === "gaussian" ? gaussianWeights(patch) : constantWeights(patch);
}

/** A 2D patch goes over every section. */
export function spatialPatch(patch: readonly number[]): readonly number[] {
	return patch.length === 2 ? zyx([1, ...patch]) : zyx(patch);
}
