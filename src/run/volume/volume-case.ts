/**
 * One case that is streamed: opened, measured, planned within the memory that is left, swept column by column.
 *
 * Every block that is done is recorded; a run that was cut off goes on with the blocks that are not. A block that fails is
 * tried again, then recorded as failed, and the others go on.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { hostLabel } from "../../core/atomic-file.ts";
import { isNnvolError, throwIfAborted } from "../../core/errors.ts";
import { hashOf } from "../../core/hash.ts";
import { sizeOf } from "../../core/shape.ts";
import { blockBoxAt, blockIdAt, outputBox } from "../../plan/volume-layout.ts";
import type { VolumeFacts, VolumePlan } from "../../plan/volume-plan.ts";
import { type BlockPlace, columnRuns, placesOf } from "../../plan/volume-runs.ts";
import { volumeUnits } from "../../plan/volume-units.ts";
import { workOf } from "../../plan/volume-work.ts";
import type { BlockRecord } from "../block-record.ts";
import type { BlockRecords } from "../block-records.ts";
import type { Checked } from "../checked.ts";
import { within } from "../claims/within.ts";
import type { Network } from "../network.ts";
import { tileWeights } from "../predict.ts";
import { markRunning } from "../run-marker.ts";
import type { Stopwatch } from "../timing.ts";
import { Attempts } from "./attempts.ts";
import { removeClosing } from "./closing.ts";
import type { CutSource } from "./cut-source.ts";
import { type Hands, openHands } from "./hands.ts";
import type { BlockStore } from "./io-inline.ts";
import { automaticMemory, planWithin } from "./memory.ts";
import type { OpenVolumeCase } from "./open-case.ts";
import { type Overlays, openOverlays } from "./overlays.ts";
import { partsOf, type VolumeParts } from "./parts.ts";
import type { VolumeRun } from "./run-facts.ts";
import type { SurveyShare } from "./slab-records.ts";
import { isScratch } from "./stage-place.ts";
import { streamedNote } from "./streamed-note.ts";
import { surveysOf } from "./survey-store.ts";
import type { SweepContext } from "./sweep.ts";
import { openTarget, removeStages } from "./targets.ts";
import { ownTurns } from "./turns.ts";
import { UnitQueue } from "./unit-queue.ts";
import { VolumeEnd, type VolumeOutcome } from "./volume-end.ts";
import { VolumeEvents } from "./volume-events.ts";
import { volumeFacts, warmUp } from "./volume-facts.ts";
import { openRecords, settleTargets } from "./volume-records.ts";

/** This process, in records and claims. */
const WORKER = `${hostLabel()}-${process.pid}`;

/** Bytes that a survey holds at most. */
const SURVEY_BYTES = 96 * 2 ** 20;

/** Does what is left of a volume. @throws RUN where blocks failed, naming them; CONFIG; VOLUME; CANCELLED; ... */
export async function predictVolume(
	one: Checked,
	open: OpenVolumeCase,
	run: VolumeRun,
	watch: Stopwatch,
): Promise<VolumeOutcome> {
	const anew = run.options.overwrite || (one.state.kind === "foreign" && run.options.remakeForeign === true);
	const isUnpacked = await isFolder(open.stage); // asked before the records: they tell whether it may be gone already
	const records = await openRecords(one, open, run, anew);
	const end = await markRunning(records.folder);
	const hands = run.share === undefined ? undefined : await openHands(records.folder, WORKER, run.share);
	try {
		const begin = async () => {
			if (hands !== undefined) await records.refresh(); // others may have begun meanwhile
			if ((await run.isDone?.()) === true) return true;
			await settleTargets(open, records, anew, hands !== undefined);
			return records.finished;
		};
		// the first clears the place of the output; those who come later have nothing to wait for
		const fence = hands !== undefined && (await records.isBegun()) ? undefined : hands?.fence;
		if (await within(fence, "begin", begin, run.options.signal)) return await leave(open, records);
		return await new VolumeWork({ one, open, run, records, watch, hands }).carryOut(isUnpacked);
	} catch (error) {
		// another process that finishes takes the staging away
		if (isNnvolError(error, "CANCELLED") || !(await records.isFinishedByNow())) throw error;
		return leave(open, records);
	} finally {
		await hands?.close();
		await end();
	}
}

/** What is finished already leaves nothing but its outputs and records. */
async function leave({ targets, stage }: OpenVolumeCase, records: BlockRecords): Promise<VolumeOutcome> {
	await removeStages(targets, stage);
	await removeClosing(records);
	return { plan: emptyPlan(), blocks: 0, done: 0, finished: true };
}

async function isFolder(path: string): Promise<boolean> {
	return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

function emptyPlan(): VolumePlan {
	return { rows: [], columns: [], slab: 1, tiles: 0, tilesRun: 0, bytes: 0 };
}

/** What the work on a volume is made of. */
type VolumeWorkSpec = {
	readonly one: Checked;
	readonly open: OpenVolumeCase;
	readonly run: VolumeRun;
	readonly records: BlockRecords;
	readonly watch: Stopwatch;
	/** Where several workers share it. */
	readonly hands: Hands | undefined;
};

class VolumeWork {
	readonly #one: Checked;
	readonly #open: OpenVolumeCase;
	readonly #run: VolumeRun;
	readonly #records: BlockRecords;
	readonly #watch: Stopwatch;
	readonly #hands: Hands | undefined;
	readonly #events: VolumeEvents;

	constructor({ one, open, run, records, watch, hands }: VolumeWorkSpec) {
		this.#one = one;
		this.#open = open;
		this.#run = run;
		this.#records = records;
		this.#watch = watch;
		this.#hands = hands;
		this.#events = new VolumeEvents(one.entry.id, run.options.onEvent);
	}

	/** @param isUnpacked true where there is something staged of the input before it is resampled */
	async carryOut(isUnpacked: boolean): Promise<VolumeOutcome> {
		const { io, source, layout, spec, settings, image, stage } = this.#open;
		if (this.#isSwept() || this.#run.share?.closesOnly === true) return this.#close(emptyPlan());
		const parts = await this.#measure();
		const network = await this.#run.engine.network();
		await warmUp(network, this.#open, this.#run.options.batchSize);
		const memory = this.#run.options.memory ?? automaticMemory();
		const facts = volumeFacts(this.#open, parts, network, this.#run.options.batchSize);
		const { planOf = (wanted: VolumeFacts) => planWithin(wanted, memory) } = this.#run.choices ?? {};
		const plan = planOf(facts);
		const overlays = await openOverlays(image, source, layout, spec, settings, io);
		const stores = await this.#openStores();
		const tiles = await this.#openTiles(parts);
		try {
			const { turns, tiles: expected } = await this.#turns(facts, plan, overlays);
			this.#begin(plan, expected);
			const context = this.#context(parts, tiles, network, plan);
			const { tries, onEvent } = this.#run.options;
			const attempts = new Attempts({
				id: this.#one.entry.id,
				open: this.#open,
				// also what is staged: another process that finishes takes it away
				files: [...this.#one.entry.files, ...(isUnpacked || parts.staged !== undefined ? [stage] : [])],
				context,
				overlays,
				stores,
				records: this.#records,
				onBlock: (record) => {
					this.#events.block(record);
					this.#tellBlocks();
				},
				worker: WORKER,
				tries,
				watch: this.#watch,
				...(onEvent === undefined ? {} : { onEvent }),
			});
			await attempts.carryOut(turns);
		} finally {
			for (const store of stores) await store.close();
			await tiles.close();
			await overlays.close();
		}
		return this.#close(plan);
	}

	#isSwept(): boolean {
		const { done, failed } = this.#records;
		return failed.size === 0 && done.size === sizeOf(this.#open.layout.grid.counts);
	}

	/** Tells how the volume is cut, and how much of it is to be done. */
	#begin(plan: VolumePlan, tiles: number): void {
		const { why } = this.#run;
		const [file = ""] = this.#one.entry.files;
		const { done } = this.#records;
		if (why !== undefined)
			this.#events.note(streamedNote({ file, why, layout: this.#open.layout, plan, done: done.size }));
		this.#events.expect(tiles);
		this.#tellBlocks();
	}

	#tellBlocks(): void {
		this.#events.blocks(this.#records, sizeOf(this.#open.layout.grid.counts), this.#watch.timing);
	}

	/** One pass over the volume for what the model has to know of all of it, then resampling where it wants that. */
	async #measure(): Promise<VolumeParts> {
		const { source, spacing, spec, settings, io } = this.#open;
		const stage = join(this.#open.stage, hashOf(this.#one.inputs).slice(0, 16)); // of these voxels, no later ones
		const { signal } = this.#run.options;
		const onProgress = this.#events.phase("measuring");
		const outputFolder = this.#run.plan.folder;
		const task = { source, spec, settings, spacing, inputs: this.#one.inputs, outputFolder };
		const share = this.#surveyShare();
		const surveys = await this.#watch.measure("preprocess", () =>
			surveysOf(task, { bytes: SURVEY_BYTES, onProgress, ...(signal === undefined ? {} : { signal }) }, share),
		);
		const parts = {
			source,
			spacing,
			spec,
			settings,
			stage,
			bytes: SURVEY_BYTES,
			io,
			onProgress: this.#events.phase("resampling"),
			...(share === undefined || isScratch(stage) ? {} : { share }),
		};
		return this.#watch.measure("preprocess", () => partsOf(parts, surveys));
	}

	/** Those who measure and resample the volume together with this worker. */
	#surveyShare(): SurveyShare | undefined {
		const { share, choices } = this.#run;
		const claims = this.#hands?.fence;
		if (share === undefined || claims === undefined) return undefined;
		return { claims, index: share.index, count: share.count, voxels: choices?.surveyVoxels };
	}

	/** Where tiles are cut. */
	#openTiles({ source, staged }: VolumeParts): Promise<CutSource> {
		const { spec, settings, stage, vio } = this.#open;
		const { tries } = this.#run.options;
		const { files } = this.#one.entry;
		const what =
			staged === undefined
				? ({ kind: "image", files, spec, settings, stage, tries } as const)
				: ({ kind: "staged", folder: staged, chunks: source.chunks, tries } as const);
		return vio.cutSource(what, source);
	}

	async #openStores(): Promise<BlockStore[]> {
		const stores: BlockStore[] = [];
		for (const target of this.#open.targets) stores.push(await openTarget(target, this.#open.vio));
		return stores;
	}

	/** What is left to do here, and how many tiles that comes to; where it is shared, those of all that is left. */
	async #turns(facts: VolumeFacts, plan: VolumePlan, overlays: Overlays) {
		const { layout } = this.#open;
		const queue = this.#queue(facts, plan, overlays);
		if (queue !== undefined) return { turns: queue.turns(), tiles: workOf(facts, await queue.left()).tiles };
		const places = [...placesOf(layout)].filter((place) => !this.#records.done.has(blockIdAt(layout, place)));
		const wanted = new Set((await this.#sift(places, overlays)).map((place) => blockIdAt(layout, place)));
		const runs = [...columnRuns(layout, plan, (place) => wanted.has(blockIdAt(layout, place)))];
		return { turns: ownTurns(runs), tiles: workOf(facts, runs).tiles };
	}

	#queue(facts: VolumeFacts, plan: VolumePlan, overlays: Overlays): UnitQueue | undefined {
		const { share, options } = this.#run;
		if (share === undefined || this.#hands === undefined) return undefined;
		const { signal } = options;
		return new UnitQueue({
			layout: this.#open.layout,
			plan,
			units: volumeUnits(facts, share.workers),
			sift: (places) => this.#sift(places, overlays),
			records: this.#records,
			claims: this.#hands.units,
			share,
			worker: WORKER,
			onGivenUp: ({ id: block, box, error, code, attempts, worker }) => {
				const why = { box, error, attempts, worker, ...(code === undefined ? {} : { code }) };
				options.onEvent?.({ kind: "block-failed", id: this.#one.entry.id, block, ...why });
			},
			...(signal === undefined ? {} : { signal }),
		});
	}

	/** Those of these blocks that hold anything. Empty ones are recorded as such: they read as background. */
	async #sift(places: readonly BlockPlace[], overlays: Overlays): Promise<readonly BlockPlace[]> {
		const { layout, io } = this.#open;
		if (!overlays.isPartial) return places;
		const wanted: BlockPlace[] = [];
		for (const place of places) {
			throwIfAborted(io.signal);
			if (await overlays.wants(blockBoxAt(layout, place))) wanted.push(place);
			else await this.#records.write(this.#skipped(blockIdAt(layout, place), place));
		}
		return wanted;
	}

	#skipped(id: number, place: BlockPlace): BlockRecord {
		const { layout } = this.#open;
		const box = outputBox(layout.map, blockBoxAt(layout, place));
		const finished = new Date().toISOString();
		return { version: 1, id, box, products: [], seconds: 0, worker: WORKER, finished };
	}

	#context(parts: VolumeParts, source: CutSource, network: Network, plan: VolumePlan): SweepContext {
		const { spec, settings, layout, io } = this.#open;
		const { options } = this.#run;
		return {
			spec,
			settings,
			network,
			layout,
			source,
			weights: tileWeights(settings),
			parts: parts.parts,
			slab: plan.slab,
			...io,
			batchSize: options.batchSize,
			onTile: () => this.#events.tile(),
			onExport: (work) => this.#watch.measureNow("export", work),
		};
	}

	#close(plan: VolumePlan): Promise<VolumeOutcome> {
		const spec = {
			one: this.#one,
			open: this.#open,
			run: this.#run,
			records: this.#records,
			watch: this.#watch,
			events: this.#events,
		};
		return new VolumeEnd({ ...spec, fence: this.#hands?.fence }).close(plan);
	}
}
