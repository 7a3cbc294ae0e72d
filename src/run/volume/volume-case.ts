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
import { isNnvolError, NnvolError, throwIfAborted } from "../../core/errors.ts";
import { hashOf } from "../../core/hash.ts";
import { sizeOf } from "../../core/shape.ts";
import { blockBoxAt, blockIdAt, outputBox } from "../../plan/volume-layout.ts";
import type { VolumeFacts, VolumePlan } from "../../plan/volume-plan.ts";
import { type BlockPlace, columnRuns, placesOf } from "../../plan/volume-runs.ts";
import { workOf } from "../../plan/volume-work.ts";
import type { BlockRecord } from "../block-record.ts";
import { type BlockRecords, forgetRuns, openBlockRecords, readBlockRecords, requireSameRun } from "../block-records.ts";
import type { Checked } from "../checked.ts";
import { recordName } from "../ledger.ts";
import type { Network } from "../network.ts";
import { tileWeights } from "../predict.ts";
import { markRunning, runningIn } from "../run-marker.ts";
import type { Stopwatch } from "../timing.ts";
import { Attempts } from "./attempts.ts";
import type { CutSource } from "./cut-source.ts";
import type { BlockStore } from "./io-inline.ts";
import { automaticMemory, planWithin } from "./memory.ts";
import type { OpenVolumeCase } from "./open-case.ts";
import { type Overlays, openOverlays } from "./overlays.ts";
import { partsOf, type VolumeParts } from "./parts.ts";
import { factsOfRun, type VolumeRun } from "./run-facts.ts";
import { streamedNote } from "./streamed-note.ts";
import { surveysOf } from "./survey-store.ts";
import type { SweepContext } from "./sweep.ts";
import { assemble, isInPlace, isThere, openTarget, removeStages, removeTarget } from "./targets.ts";
import { VolumeEvents } from "./volume-events.ts";
import { volumeFacts, warmUp } from "./volume-facts.ts";

/** Bytes that a survey holds at most. */
const SURVEY_BYTES = 96 * 2 ** 20;

/** What became of a volume. */
export type VolumeOutcome = { readonly plan: VolumePlan; readonly blocks: number; readonly done: number };

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
	try {
		await settleTargets(open, records, anew);
		if (records.finished) return await leave(open);
		return await new VolumeWork(one, open, run, records, watch).carryOut(isUnpacked);
	} catch (error) {
		// another process that finishes takes the staging away
		if (isNnvolError(error, "CANCELLED") || !(await isFinished(records))) throw error;
		return leave(open);
	} finally {
		await end();
	}
}

/** What is finished already leaves nothing but its outputs and records. */
async function leave({ targets, stage }: OpenVolumeCase): Promise<VolumeOutcome> {
	await removeStages(targets, stage);
	return { plan: emptyPlan(), blocks: 0, done: 0 };
}

async function isFolder(path: string): Promise<boolean> {
	return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** True where some process has finished the output by now. */
async function isFinished({ folder }: BlockRecords): Promise<boolean> {
	return (await readBlockRecords({ key: "", folder, facts: undefined })).finished;
}

/** Records and what they speak of agree: records of what is gone are taken back, and what nothing is recorded of goes. */
async function settleTargets({ targets }: OpenVolumeCase, records: BlockRecords, anew: boolean): Promise<void> {
	const isKept = records.finished ? isInPlace : isThere;
	const kept = await Promise.all(targets.map(isKept));
	if (records.done.size > 0 && !kept.every((is) => is)) await records.removeAll([...records.done]);
	if (anew || (records.done.size === 0 && (await isAlone(records)))) {
		for (const target of targets) await removeTarget(target);
	}
}

/** False where another process is at work: what it has written may not be recorded yet. */
async function isAlone({ folder }: BlockRecords): Promise<boolean> {
	const own = `${hostLabel()}:${process.pid}`;
	return (await runningIn(folder)).every((worker) => worker === own);
}

function emptyPlan(): VolumePlan {
	return { rows: [], columns: [], slab: 1, tiles: 0, tilesRun: 0, bytes: 0 };
}

/** The records of this run; what another run left is refused or, where the user says so, removed. */
async function openRecords(one: Checked, open: OpenVolumeCase, run: VolumeRun, anew: boolean): Promise<BlockRecords> {
	const { plan, ledger } = run;
	const facts = factsOfRun(one, open, run);
	const name = recordName(ledger, one.entry.output);
	if (anew) await forgetRuns(plan.folder, name);
	else await requireSameRun(plan.folder, name, facts);
	return openBlockRecords(plan.folder, name, facts);
}

class VolumeWork {
	readonly #one: Checked;
	readonly #open: OpenVolumeCase;
	readonly #run: VolumeRun;
	readonly #records: BlockRecords;
	readonly #watch: Stopwatch;
	readonly #worker = `${hostLabel()}-${process.pid}`;
	readonly #events: VolumeEvents;
	#highest = 0;

	constructor(one: Checked, open: OpenVolumeCase, run: VolumeRun, records: BlockRecords, watch: Stopwatch) {
		this.#one = one;
		this.#open = open;
		this.#run = run;
		this.#records = records;
		this.#watch = watch;
		this.#events = new VolumeEvents(one.entry.id, run.options.onEvent);
	}

	/** @param isUnpacked true where there is something staged of the input before it is resampled */
	async carryOut(isUnpacked: boolean): Promise<VolumeOutcome> {
		const { io, source, layout, spec, settings, image, stage } = this.#open;
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
			const wanted = await this.#wanted(overlays);
			const runs = [...columnRuns(layout, plan, (place) => wanted.has(blockIdAt(layout, place)))];
			this.#begin(plan, workOf(facts, runs).tiles);
			const context = this.#context(parts, tiles, network, plan);
			const { tries, onEvent } = this.#run.options;
			const attempts = new Attempts({
				open: this.#open,
				// also what is staged: another process that finishes takes it away
				files: [...this.#one.entry.files, ...(isUnpacked || parts.staged !== undefined ? [stage] : [])],
				context,
				overlays,
				stores,
				records: this.#records,
				onBlock: (record) => {
					this.#note(record);
					this.#tellBlocks();
				},
				worker: this.#worker,
				tries,
				watch: this.#watch,
				...(onEvent === undefined ? {} : { onEvent }),
			});
			await attempts.carryOut(runs);
		} finally {
			for (const store of stores) await store.close();
			await tiles.close();
			await overlays.close();
		}
		return this.#close(plan);
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
		this.#events.blocks(this.#records, sizeOf(this.#open.layout.grid.counts));
	}

	/** One pass over the volume for what the model has to know of all of it, then resampling where it wants that. */
	async #measure(): Promise<VolumeParts> {
		const { source, spacing, spec, settings, io } = this.#open;
		const stage = join(this.#open.stage, hashOf(this.#one.inputs).slice(0, 16)); // of these voxels, no later ones
		const { signal } = this.#run.options;
		const onProgress = this.#events.phase("measuring");
		const outputFolder = this.#run.plan.folder;
		const task = { source, spec, settings, spacing, inputs: this.#one.inputs, outputFolder };
		const surveys = await this.#watch.measure("preprocess", () =>
			surveysOf(task, { bytes: SURVEY_BYTES, onProgress, ...(signal === undefined ? {} : { signal }) }),
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
		};
		return this.#watch.measure("preprocess", () => partsOf(parts, surveys));
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

	/** The blocks that are still to be done. Empty ones are recorded as such: they read as background. */
	async #wanted(overlays: Overlays): Promise<Set<number>> {
		const { layout, io } = this.#open;
		const wanted = new Set<number>();
		for (const place of placesOf(layout)) {
			const id = blockIdAt(layout, place);
			if (this.#records.done.has(id) || this.#run.choices?.isMine?.(id) === false) continue;
			throwIfAborted(io.signal);
			if (!overlays.isPartial || (await overlays.wants(blockBoxAt(layout, place)))) wanted.add(id);
			else await this.#records.write(this.#skipped(id, place));
		}
		return wanted;
	}

	#skipped(id: number, place: BlockPlace): BlockRecord {
		const { layout } = this.#open;
		const box = outputBox(layout.map, blockBoxAt(layout, place));
		const finished = new Date().toISOString();
		return { version: 1, id, box, products: [], seconds: 0, worker: this.#worker, finished };
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

	#note(record: BlockRecord): void {
		for (const { highest } of record.products) this.#highest = Math.max(this.#highest, highest ?? 0);
	}

	async #close(plan: VolumePlan): Promise<VolumeOutcome> {
		const { targets, facts, io, layout, stage } = this.#open;
		const { failed, done } = this.#records;
		const blocks = sizeOf(layout.grid.counts);
		if (failed.size > 0) throw await this.#gap(blocks);
		if (done.size < blocks) return { plan, blocks, done: done.size }; // others have the rest
		const isElsewhereDone = () => isFinished(this.#records);
		if (!(await isElsewhereDone())) {
			await this.#recallHighest();
			await this.#watch.measure("write", async () => {
				for (const target of targets) await assemble(target, facts, this.#highest, io, isElsewhereDone);
			});
			await this.#provenance(plan, blocks);
			await this.#records.finish();
		}
		await removeStages(targets, stage);
		return { plan, blocks, done: done.size };
	}

	/** The highest label of blocks that an earlier process wrote, where the type of the file depends on it. */
	async #recallHighest(): Promise<void> {
		if (!this.#open.targets.some(({ product, staged }) => product.byValues && staged !== undefined)) return;
		for (const id of this.#records.done) {
			const record = await this.#records.read(id);
			if (record !== undefined) this.#note(record);
		}
	}

	async #gap(blocks: number): Promise<NnvolError> {
		const failed = [...this.#records.failed].sort((a, b) => a - b);
		const [first] = failed;
		const why = first === undefined ? undefined : await this.#records.readFailure(first);
		const left = blocks - this.#records.done.size;
		return new NnvolError(
			"RUN",
			`${left} of ${blocks} blocks are not done and stay unwritten (blocks ${failed.slice(0, 8).join(", ")}${failed.length > 8 ? ", ..." : ""}): ${why?.error ?? "they were not reached"}. The others are kept: run the same again to do what is left; nnvol status lists them`,
			{ fields: { failed, records: this.#records.folder } },
		);
	}

	/** What made the output, beside its records. */
	async #provenance(plan: VolumePlan, blocks: number): Promise<void> {
		const { entry, inputs } = this.#one;
		const { plan: whole, options } = this.#run;
		const text = {
			version: 1,
			output: recordName(this.#run.ledger, entry.output),
			products: this.#open.targets.map(({ product, path }) => ({
				name: product.name,
				path: recordName(this.#run.ledger, path),
			})),
			inputs,
			files: entry.files,
			model: whole.model,
			plan: whole.hash,
			settings: whole.settings,
			attributes: options.attributes,
			blocks: { count: blocks, extents: this.#open.layout.grid.block },
			sweep: plan,
			timing: this.#watch.timing,
			finished: new Date().toISOString(),
		};
		await this.#records.state.write("provenance.json", `${JSON.stringify(text, null, "\t")}\n`);
	}
}
