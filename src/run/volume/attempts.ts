/**
 * Does runs of blocks, whatever befalls some of them: what fails is narrowed down to blocks, tried again, recorded.
 *
 * A fault that every further block would meet as well (a full disk, an input that is gone, an interruption) ends the volume:
 * what is done is recorded, and the next run goes on from there.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { causesOf, errorText, isNnvolError, NnvolError } from "../../core/errors.ts";
import type { OnEvent } from "../../core/events.ts";
import { systemCode } from "../../core/system-fault.ts";
import { blockBoxAt, blockIdAt, outputBox } from "../../plan/volume-layout.ts";
import { type BlockPlace, type ColumnRun, runBox, singleRuns, splitAt } from "../../plan/volume-runs.ts";
import type { BlockRecord } from "../block-record.ts";
import type { BlockRecords } from "../block-records.ts";
import { isPassing } from "../retry.ts";
import type { Stopwatch } from "../timing.ts";
import { type BlockWriterSpec, writeBlocks } from "./block-writer.ts";
import type { BlockStore } from "./io-inline.ts";
import { LayerQueue } from "./layer-queue.ts";
import { type Layer, Layers } from "./layers.ts";
import type { OpenVolumeCase } from "./open-case.ts";
import type { Overlays } from "./overlays.ts";
import { type SweepContext, sweep } from "./sweep.ts";
import type { Turn } from "./turns.ts";

/** So many blocks that fail one after the other are no fault of a block. */
const MOST_FAILED = 32;

/** Faults that every further block would meet as well. */
const ENDS = ["ENOSPC", "EDQUOT", "EROFS", "ENOENT", "EACCES", "EIO", "ENOTCONN", "ESTALE"];

/** What runs are done with. */
export type AttemptsSpec = {
	/** The case. */
	readonly id: string;
	readonly open: OpenVolumeCase;
	readonly files: readonly string[];
	readonly context: SweepContext;
	readonly overlays: Overlays;
	readonly stores: readonly BlockStore[];
	readonly records: BlockRecords;
	readonly onBlock: (record: BlockRecord) => void;
	readonly worker: string;
	readonly tries: number;
	readonly onEvent?: OnEvent;
	readonly watch: Stopwatch;
};

type Failure = { readonly error: unknown };

/** A run whose tiles are done: its last layers are being written, unless it failed. */
type Started = { readonly run: ColumnRun; readonly layers: Layers; readonly failure?: Failure };

/** One that is let go of at its end. */
type Begun = { readonly started: Started; readonly end: () => Promise<void> };

/** The attempts at one volume. */
export class Attempts {
	readonly #spec: AttemptsSpec;
	readonly #blocks: BlockWriterSpec;
	readonly #queue = new LayerQueue();
	#failedInARow = 0;

	constructor(spec: AttemptsSpec) {
		const { open, stores, overlays, records, onBlock, worker, files } = spec;
		this.#spec = spec;
		this.#blocks = {
			layout: open.layout,
			outputs: open.targets.flatMap((target, n) => {
				const store = stores[n];
				return store === undefined ? [] : [{ target, store }];
			}),
			kept: (box) => overlays.kept(box),
			record: (record) => records.write(record),
			onBlock,
			worker,
			checkInput: () => requireThere(files),
			io: open.io,
		};
	}

	/**
	 * Does runs, each while the last layers of the one before are written. Where one fails, its first layer that is not done goes
	 * block by block, and the rest goes on. @throws what ends the volume
	 */
	async carryOut(turns: Iterable<Turn> | AsyncIterable<Turn>): Promise<void> {
		let last: Begun | undefined;
		try {
			for await (const turn of turns) {
				const before = last;
				last = turn.kind === "pause" ? undefined : { started: await this.#start(turn.run), end: turn.end };
				if (before !== undefined) await this.#end(before);
			}
			if (last !== undefined) await this.#end(last);
		} catch (error) {
			await last?.started.layers.abandon(); // which waits for those before as well
			throw error;
		}
	}

	/** Waits until a run is written, and does what of it failed. */
	async #end({ started, end }: Begun): Promise<void> {
		const failure = await this.#written(started);
		if (failure !== undefined) await this.#mend(started.run, failure.error);
		await end();
	}

	/** Does what is left of a run that failed. */
	async #mend(run: ColumnRun, reason: unknown): Promise<void> {
		const { records } = this.#spec;
		const { layout } = this.#spec.open;
		let failure: Failure | undefined = { error: reason };
		for (let left: ColumnRun | undefined = run; left !== undefined && failure !== undefined; ) {
			const places: readonly BlockPlace[] = left.wanted.filter((place) => !records.done.has(blockIdAt(layout, place)));
			const [first] = places;
			if (first === undefined) throw failure.error; // all is written: what failed was none of the blocks
			const [now, later]: readonly ColumnRun[] = splitAt({ ...left, wanted: places }, first[0] + 1);
			for (const single of now === undefined ? [] : singleRuns(now)) await this.#block(single);
			left = later;
			failure = later === undefined ? undefined : await this.#attempt(later);
		}
	}

	/** Tries a block so often, then records that it failed. */
	async #block(run: ColumnRun): Promise<void> {
		let failure: { readonly error: unknown } | undefined;
		for (let attempt = 1; attempt <= this.#spec.tries; attempt++) {
			failure = await this.#attempt(run);
			if (failure !== undefined) continue;
			this.#failedInARow = 0;
			return;
		}
		if (failure === undefined) return;
		await this.#giveUp(run, failure.error);
		if (++this.#failedInARow >= MOST_FAILED) throw failure.error;
	}

	async #giveUp({ wanted: [place] }: ColumnRun, error: unknown): Promise<void> {
		const { records, worker, tries, onEvent } = this.#spec;
		const { layout } = this.#spec.open;
		if (place === undefined) return;
		const box = outputBox(layout.map, blockBoxAt(layout, place));
		const id = blockIdAt(layout, place);
		const why = {
			box,
			error: errorText(error),
			...(isNnvolError(error) ? { code: error.code } : {}),
			attempts: tries,
			worker,
		};
		await records.fail({ version: 1, id, ...why, finished: new Date().toISOString() });
		onEvent?.({ kind: "block-failed", id: this.#spec.id, block: id, ...why });
	}

	/** Sweeps over a run and writes it; gives what failed. @throws what ends the volume */
	async #attempt(run: ColumnRun): Promise<Failure | undefined> {
		return this.#written(await this.#start(run));
	}

	/** Sweeps over a run; its last layers are still being written then. @throws what ends the volume */
	async #start(run: ColumnRun): Promise<Started> {
		const { context, watch } = this.#spec;
		const { layout, targets } = this.#spec.open;
		const spec = {
			products: targets.map(({ product }) => product),
			cuts: layout.cuts[0],
			layers: run.layers,
			box: runBox(layout, run),
			write: (layer: Layer) => writeBlocks(this.#blocks, layer, run.wanted),
		};
		const layers = new Layers(spec, this.#queue);
		try {
			await watch.measure("network", () => sweep(context, run, layers));
			layers.end();
			return { run, layers };
		} catch (error) {
			return { run, layers, failure: await this.#failureOf(layers, error) };
		}
	}

	async #written({ layers, failure }: Started): Promise<Failure | undefined> {
		if (failure !== undefined) return failure;
		try {
			await this.#spec.watch.measure("write", () => layers.finish());
			return undefined;
		} catch (error) {
			return this.#failureOf(layers, error);
		}
	}

	/** @throws what ends the volume */
	async #failureOf(layers: Layers, error: unknown): Promise<Failure> {
		await layers.abandon();
		if (endsVolume(error)) throw error;
		return { error };
	}
}

/** A chunked input whose folder goes away would read as zeros. @throws VOLUME */
async function requireThere(files: readonly string[]): Promise<void> {
	for (const file of files) {
		if (/^[a-z0-9]+:/i.test(file)) continue; // stores and stacks tell themselves
		const found = await stat(file).catch(() => undefined);
		if (found !== undefined) continue;
		throw new NnvolError(
			"VOLUME",
			`${file} is gone: it was removed, or its disk was, while it was read; what is done is kept, run the same again once it is back`,
			{ fields: { path: file, fatal: true } },
		);
	}
}

function endsVolume(error: unknown): boolean {
	if (isNnvolError(error, "CANCELLED") || isNnvolError(error, "UNBUILT") || isPassing(error)) return true;
	if (isNnvolError(error) && error.fields["fatal"] === true) return true;
	return [...causesOf(error)].some((cause) => ENDS.includes(systemCode(cause) ?? ""));
}
