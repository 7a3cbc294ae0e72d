/**
 * Predicts one subject: tiles in global order, their mirrored views in batches, blended.
 *
 * @module
 */
import { throwIfAborted } from "../core/errors.ts";
import { sizeOf, zyx } from "../core/shape.ts";
import type { Settings } from "../plan/settings.ts";
import type { Subject } from "../preprocess/subject.ts";
import type { Tensor } from "../runtime/session.ts";
import { flipInto } from "../tiling/flip.ts";
import { constantWeights, gaussianWeights } from "../tiling/gaussian.ts";
import { padToPatch } from "../tiling/padding.ts";
import { PlaneSums } from "../tiling/plane-sums.ts";
import { type Tile, type TileGrid, tileCount, tileGrid, tilesOf } from "../tiling/tiles.ts";
import type { Network } from "./network.ts";
import { cutTile } from "./tile-input.ts";
import { ViewCombiner } from "./views.ts";

/** How a subject is predicted, besides the settings. */
export type PredictOptions = {
	/** Tiles and views in one run of the network. */
	readonly batchSize: number;
	readonly signal?: AbortSignal;
	readonly onTile?: (done: number, total: number) => void;
};

/** Takes the blended planes of a subject in order of z, then the end. */
export type PlaneSink = { push(plane: Float32Array<ArrayBuffer>): void; finish(): void };

/** Makes the sink of a subject; `free` gives a plane back once it is no longer needed. */
export type OpenSink = (free: (plane: Float32Array<ArrayBuffer>) => void) => PlaneSink;

/** One run of the network: the views of tiles that are in it, in order. */
type Item = { readonly tile: Tile; readonly view: readonly number[] };
type Batch = { readonly items: readonly Item[]; readonly output: Promise<Tensor> };

/** Number of tiles that a subject of `shape` (z, y, x) is cut into. */
export function countTiles(shape: readonly number[], settings: Settings): number {
	const patch = spatialPatch(settings.patch);
	return tileCount(tileGrid(padToPatch(shape, patch).shape, patch, settings.step));
}

/**
 * Hands the blended planes of `subject`, float32 [heads, Y, X], to a sink: logits, or activated where the views are
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
	const work = new SubjectWork(network, subject, settings, options, openSink);
	const running: Batch[] = [];
	for (const items of batchesOf(work.grid, settings.views, options.batchSize)) {
		throwIfAborted(options.signal);
		running.push(work.start(items));
		if (running.length > network.lanes) await work.finish(running.shift());
	}
	while (running.length > 0) await work.finish(running.shift());
	work.sums.finish();
	work.sink.finish();
}

class SubjectWork {
	readonly grid: TileGrid;
	readonly sums: PlaneSums;
	readonly sink: PlaneSink;
	readonly #network: Network;
	readonly #subject: Subject;
	readonly #settings: Settings;
	readonly #options: PredictOptions;
	readonly #patch: readonly number[];
	readonly #before: readonly number[];
	readonly #views: ViewCombiner;
	readonly #scratch: Float32Array<ArrayBuffer>;
	#done = 0;

	constructor(network: Network, subject: Subject, settings: Settings, options: PredictOptions, openSink: OpenSink) {
		this.#network = network;
		this.#subject = subject;
		this.#settings = settings;
		this.#options = options;
		this.#patch = spatialPatch(settings.patch);
		const padding = padToPatch(subject.shape, this.#patch);
		this.#before = padding.before;
		this.grid = tileGrid(padding.shape, this.#patch, settings.step);
		const weights =
			settings.blending === "gaussian" ? gaussianWeights(settings.patch) : constantWeights(settings.patch);
		const { shape } = subject;
		const spec = { channels: network.heads, shape, before: padding.before, patch: this.#patch, weights };
		const sink = openSink((plane) => this.sums.free(plane));
		this.sink = sink;
		this.sums = new PlaneSums(spec, (_, values) => sink.push(values));
		this.#views = new ViewCombiner(network.heads, settings.patch, settings.ensemble, settings.activations);
		this.#scratch = new Float32Array(subject.channels * sizeOf(this.#patch));
	}

	/** Cuts and mirrors the tiles of a batch and queues it. */
	start(items: readonly Item[]): Batch {
		const size = this.#scratch.length;
		const input = new Float32Array(items.length * size);
		for (const [n, { tile, view }] of items.entries()) {
			const target = input.subarray(n * size, (n + 1) * size);
			const direct = view.length === 0;
			cutTile(this.#subject, this.#before, tile.start, this.#patch, direct ? target : this.#scratch, 0);
			if (!direct) flipInto(this.#scratch, target, this.#subject.channels, this.#settings.patch, view);
		}
		const output = this.#network.run({
			data: input,
			shape: [items.length, this.#subject.channels, ...this.#settings.patch],
		});
		output.catch(() => undefined); // a failure is met in finish(); an earlier batch may fail first
		return { items, output };
	}

	/** Combines the views of a batch and adds the tiles that are complete. */
	async finish(batch: Batch | undefined): Promise<void> {
		if (batch === undefined) return;
		const { items, output } = batch;
		const { data } = await output;
		const size = data.length / items.length;
		for (const [n, { tile, view }] of items.entries()) {
			const logits = data.subarray(n * size, (n + 1) * size);
			if (view.length === 0 && this.#settings.views.length === 1) this.#addTile(tile, this.#views.single(logits));
			else if (this.#views.add(logits, view) === this.#settings.views.length) {
				this.#addTile(tile, this.#views.finish());
				this.#views.reset();
			}
		}
	}

	#addTile(tile: Tile, values: Float32Array): void {
		this.sums.add(values, tile.start);
		this.#done++;
		this.#options.onTile?.(this.#done, tileCount(this.grid));
	}
}

/** A 2D patch goes over every section. */
function spatialPatch(patch: readonly number[]): readonly number[] {
	return patch.length === 2 ? zyx([1, ...patch]) : zyx(patch);
}

function* batchesOf(grid: TileGrid, views: readonly (readonly number[])[], size: number): Generator<readonly Item[]> {
	let items: Item[] = [];
	for (const tile of tilesOf(grid)) {
		for (const view of views) {
			items.push({ tile, view });
			if (items.length < size) continue;
			yield items;
			items = [];
		}
	}
	if (items.length > 0) yield items;
}
