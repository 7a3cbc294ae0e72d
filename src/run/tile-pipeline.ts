/**
 * Runs tiles through the network: cut in global order, mirrored views in batches, combined, handed to whom they belong.
 *
 * Several jobs follow each other without a pause: the next one's tiles are cut while the last one's run.
 *
 * @module
 */
import { NnvolError, throwIfAborted } from "../core/errors.ts";
import type { Settings } from "../plan/settings.ts";
import type { Tile } from "../tiling/tiles.ts";
import type { Network, NetworkOutput } from "./network.ts";
import { Spread, type SpreadSpec } from "./spread.ts";
import type { CutItem, TileCutter } from "./tile-cutter.ts";
import { ViewCombiner } from "./views.ts";

/** Tiles of one volume, in global order. */
export type TileJob<V> = {
	/** What its tiles are cut from. */
	readonly view: V;
	readonly channels: number;
	readonly tiles: Iterable<Tile>;
	/** Takes the values of a tile, float32 [heads, ...patch] (with `spread` its channels behind), that are valid during the call. */
	add(tile: Tile, values: Float32Array): void;
	/** After the last tile. */
	end(): void;
};

/** How tiles are run, besides the settings. */
export type PipelineOptions = {
	/** Tiles and views in one run of the network. */
	readonly batchSize: number;
	readonly signal?: AbortSignal;
	/** Channels of disagreement that tiles carry behind the network's. */
	readonly spread?: SpreadSpec;
	/** Awaited after each batch: where results pile up, the network waits. */
	readonly pause?: () => Promise<void> | undefined;
};

/** What the pipeline follows of the settings. */
type TileSettings = Pick<Settings, "patch" | "views" | "ensemble" | "activations">;

/** One view of a tile in a batch. */
type Item<V> = CutItem<V> & { readonly job: TileJob<V>; readonly tile: Tile; readonly isLast: boolean };
type Batch<V> = { readonly items: readonly Item<V>[]; readonly output: Promise<NetworkOutput> };

/** Batches on their way besides those that run: cut while others wait, so that a pause of reading or writing stops nobody. */
export const AHEAD = 3;

/** Runs `jobs` one after the other. @throws RUNTIME where the network fails; CANCELLED; what cutting and jobs throw */
export async function runTiles<V>(
	network: Network,
	jobs: Iterable<TileJob<V>>,
	cutter: TileCutter<V>,
	settings: TileSettings,
	options: PipelineOptions,
): Promise<void> {
	const pipeline = new Pipeline(network, cutter, settings, options);
	try {
		for (const job of jobs) await pipeline.run(job);
		await pipeline.drain();
	} finally {
		await pipeline.settle();
	}
}

class Pipeline<V> {
	readonly #network: Network;
	readonly #cutter: TileCutter<V>;
	readonly #settings: TileSettings;
	readonly #options: PipelineOptions;
	readonly #views: ViewCombiner;
	readonly #spread: Spread | undefined;
	readonly #running: Batch<V>[] = [];
	/** Buffers of batches that came back. */
	readonly #spare: Float32Array<ArrayBuffer>[] = [];
	#items: Item<V>[] = [];
	#stopped = false;

	constructor(network: Network, cutter: TileCutter<V>, settings: TileSettings, options: PipelineOptions) {
		this.#network = network;
		this.#cutter = cutter;
		this.#settings = settings;
		this.#options = options;
		this.#views = new ViewCombiner(network.heads, settings.patch, settings.ensemble, settings.activations);
		const { spread } = options;
		this.#spread = spread === undefined ? undefined : new Spread(network.heads, settings.patch, spread);
	}

	async run(job: TileJob<V>): Promise<void> {
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

	/** Waits for what is still on its way where something failed: nothing is cut or run any more when it returns. */
	async settle(): Promise<void> {
		this.#stopped = true;
		await Promise.allSettled(this.#running.map(({ output }) => output));
	}

	/** Puts the views of a tile into the batch; a full batch is started. */
	async #queue(job: TileJob<V>, tile: Tile, isLast: boolean): Promise<void> {
		throwIfAborted(this.#options.signal);
		const { views } = this.#settings;
		for (const [n, flips] of views.entries()) {
			const item = { job, tile, view: job.view, start: tile.start, flips, isLast: isLast && n === views.length - 1 };
			this.#items.push(item);
			if (this.#items.length >= this.#options.batchSize) await this.#start();
		}
	}

	async #start(): Promise<void> {
		const items = this.#items;
		const [first] = items;
		if (first === undefined) return;
		this.#items = [];
		const shape = [items.length, first.job.channels, ...this.#settings.patch];
		const cuts = items.map(({ view, start, flips }) => ({ view, start, flips }));
		// what is cut ahead is not given to the network ahead: an interruption waits for no more than runs
		const before = this.#running.at(-1 - this.#network.lanes)?.output.catch(() => undefined);
		const output = this.#cutter.cut(cuts, this.#spare.pop()).then(async (data) => {
			await before;
			throwIfAborted(this.#options.signal);
			if (this.#stopped) throw new NnvolError("CANCELLED", "an earlier batch failed");
			return this.#network.run({ data, shape }, this.#spread !== undefined);
		});
		output.catch(() => undefined); // a failure is met in #finish; an earlier batch may fail first
		this.#running.push({ items, output });
		if (this.#running.length > this.#network.lanes + AHEAD) await this.#finish();
	}

	/** Combines the views of the oldest batch and hands on the tiles that are complete. */
	async #finish(): Promise<void> {
		const [batch] = this.#running;
		if (batch === undefined) return;
		const { items, output } = batch;
		const { data, spent, folds = [] } = await output;
		this.#running.shift();
		const size = data.length / items.length;
		for (const [n, item] of items.entries()) {
			for (const fold of folds) this.#spread?.add(fold.subarray(n * size, (n + 1) * size), item.flips);
			this.#take(item, data.subarray(n * size, (n + 1) * size));
		}
		if (spent !== undefined) this.#spare.push(spent);
		const pause = this.#options.pause?.();
		if (pause !== undefined) await pause;
	}

	#take({ job, tile, flips, isLast }: Item<V>, logits: Float32Array<ArrayBuffer>): void {
		const count = this.#settings.views.length;
		if (flips.length === 0 && count === 1) this.#give(job, tile, this.#views.single(logits));
		else if (this.#views.add(logits, flips) === count) {
			this.#give(job, tile, this.#views.finish());
			this.#views.reset();
		}
		if (isLast) job.end();
	}

	#give(job: TileJob<V>, tile: Tile, values: Float32Array): void {
		job.add(tile, this.#spread?.finish(values) ?? values);
	}
}
