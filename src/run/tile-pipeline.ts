/**
 * Runs tiles through the network: cut in global order, mirrored views in batches, combined, handed to whom they belong.
 *
 * Several jobs follow each other without a pause: the next one's tiles are cut while the last one's run.
 *
 * @module
 */
import { throwIfAborted } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import type { Settings } from "../plan/settings.ts";
import type { Output } from "../runtime/session.ts";
import { flipInto } from "../tiling/flip.ts";
import type { Tile } from "../tiling/tiles.ts";
import type { Network } from "./network.ts";
import { ViewCombiner } from "./views.ts";

/** Voxels in the network's space, from which tiles are cut. */
export interface TileInput {
	readonly channels: number;
	/** Makes sure that the tile at `start` can be cut; undefined where it can be already. Tiles come in global order. */
	ready(start: readonly number[]): Promise<void> | undefined;
	/** Writes the tile whose first voxel is `start` (of the padded volume) to `target`, float32 [C, ...patch]. */
	cut(start: readonly number[], target: Float32Array): void;
}

/** Tiles of one volume, in global order. */
export type TileJob = {
	readonly input: TileInput;
	readonly tiles: Iterable<Tile>;
	/** Takes the values of a tile, float32 [heads, ...patch], that are valid during the call. */
	add(tile: Tile, values: Float32Array): void;
	/** After the last tile. */
	end(): void;
};

/** How tiles are run, besides the settings. */
export type PipelineOptions = {
	/** Tiles and views in one run of the network. */
	readonly batchSize: number;
	readonly signal?: AbortSignal;
	/** Awaited after each batch: where results pile up, the network waits. */
	readonly pause?: () => Promise<void> | undefined;
};

/** What the pipeline follows of the settings. */
type TileSettings = Pick<Settings, "patch" | "views" | "ensemble" | "activations">;

/** One view of a tile in a batch; without a tile it ends its job. */
type Item = { readonly job: TileJob; readonly tile: Tile; readonly view: readonly number[]; readonly isLast: boolean };
type Batch = { readonly items: readonly Item[]; readonly output: Promise<Output> };

/** Runs `jobs` one after the other. @throws RUNTIME where the network fails; CANCELLED; what inputs and jobs throw */
export async function runTiles(
	network: Network,
	jobs: Iterable<TileJob>,
	settings: TileSettings,
	options: PipelineOptions,
): Promise<void> {
	const pipeline = new Pipeline(network, settings, options);
	for (const job of jobs) await pipeline.run(job);
	await pipeline.drain();
}

class Pipeline {
	readonly #network: Network;
	readonly #settings: TileSettings;
	readonly #options: PipelineOptions;
	readonly #views: ViewCombiner;
	readonly #size: number;
	readonly #running: Batch[] = [];
	/** Buffers of batches that came back. */
	readonly #spare: Float32Array<ArrayBuffer>[] = [];
	#scratch = new Float32Array(0);
	#items: Item[] = [];
	#input = new Float32Array(0);

	constructor(network: Network, settings: TileSettings, options: PipelineOptions) {
		this.#network = network;
		this.#settings = settings;
		this.#options = options;
		this.#views = new ViewCombiner(network.heads, settings.patch, settings.ensemble, settings.activations);
		this.#size = sizeOf(settings.patch);
	}

	async run(job: TileJob): Promise<void> {
		let last: Tile | undefined;
		for (const tile of job.tiles) {
			if (last !== undefined) await this.#queue(job, last, false);
			last = tile;
		}
		if (last === undefined) job.end();
		else await this.#queue(job, last, true);
	}

	async drain(): Promise<void> {
		await this.#start();
		while (this.#running.length > 0) await this.#finish();
	}

	/** Cuts the views of a tile into the batch; a full batch is started. */
	async #queue(job: TileJob, tile: Tile, isLast: boolean): Promise<void> {
		throwIfAborted(this.#options.signal);
		const { views } = this.#settings;
		const ready = job.input.ready(tile.start);
		if (ready !== undefined) await ready;
		for (const [n, view] of views.entries()) {
			this.#cut(job.input, tile, view);
			this.#items.push({ job, tile, view, isLast: isLast && n === views.length - 1 });
			if (this.#items.length >= this.#options.batchSize) await this.#start();
		}
	}

	#cut(input: TileInput, { start }: Tile, view: readonly number[]): void {
		const size = input.channels * this.#size;
		if (this.#items.length === 0) this.#input = this.#buffer(this.#options.batchSize * size);
		const at = this.#items.length * size;
		const target = this.#input.subarray(at, at + size);
		if (view.length === 0) {
			input.cut(start, target);
			return;
		}
		if (this.#scratch.length !== size) this.#scratch = new Float32Array(size);
		input.cut(start, this.#scratch);
		flipInto(this.#scratch, target, input.channels, this.#settings.patch, view);
	}

	/** Memory for a batch; tiles fill all of it. */
	#buffer(length: number): Float32Array<ArrayBuffer> {
		const spare = this.#spare.pop();
		return spare?.length === length ? spare : new Float32Array(length);
	}

	async #start(): Promise<void> {
		const items = this.#items;
		const [first] = items;
		if (first === undefined) return;
		const { channels } = first.job.input;
		const length = items.length * channels * this.#size;
		const data = this.#input.length === length ? this.#input : this.#input.slice(0, length);
		this.#items = [];
		const output = this.#network.run({ data, shape: [items.length, channels, ...this.#settings.patch] });
		output.catch(() => undefined); // a failure is met in #finish; an earlier batch may fail first
		this.#running.push({ items, output });
		if (this.#running.length > this.#network.lanes) await this.#finish();
	}

	/** Combines the views of the oldest batch and hands on the tiles that are complete. */
	async #finish(): Promise<void> {
		const batch = this.#running.shift();
		if (batch === undefined) return;
		const { items, output } = batch;
		const { data, spent } = await output;
		const size = data.length / items.length;
		for (const [n, item] of items.entries()) this.#take(item, data.subarray(n * size, (n + 1) * size));
		if (spent !== undefined) this.#spare.push(spent);
		const pause = this.#options.pause?.();
		if (pause !== undefined) await pause;
	}

	#take({ job, tile, view, isLast }: Item, logits: Float32Array<ArrayBuffer>): void {
		const count = this.#settings.views.length;
		if (view.length === 0 && count === 1) job.add(tile, this.#views.single(logits));
		else if (this.#views.add(logits, view) === count) {
			job.add(tile, this.#views.finish());
			this.#views.reset();
		}
		if (isLast) job.end();
	}
}
