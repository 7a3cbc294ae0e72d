/**
 * The end of a streamed volume: a list of what is missing, or outputs in their place, with what made them beside their records.
 *
 * @module
 */
import { causesOf, isNnvolError, NnvolError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { systemCode } from "../../core/system-fault.ts";
import type { VolumePlan } from "../../plan/volume-plan.ts";
import type { BlockRecord } from "../block-record.ts";
import type { BlockRecords } from "../block-records.ts";
import type { Checked } from "../checked.ts";
import type { Claims } from "../claims/claims.ts";
import { within } from "../claims/within.ts";
import { recordName } from "../ledger.ts";
import type { Stopwatch } from "../timing.ts";
import { assemble } from "./assembly.ts";
import { shareParts } from "./assembly-parts.ts";
import { type Closing, isCurrent, openClosing, removeClosing } from "./closing.ts";
import type { OpenVolumeCase } from "./open-case.ts";
import type { VolumeRun } from "./run-facts.ts";
import { shareScales } from "./shared-scales.ts";
import { removeStages, type Target } from "./targets.ts";
import type { VolumeEvents } from "./volume-events.ts";

/** What became of a volume. */
export type VolumeOutcome = {
	readonly plan: VolumePlan;
	readonly blocks: number;
	readonly done: number;
	/** False where other workers have the rest. */
	readonly finished: boolean;
};

/** What ends. */
export type VolumeEndSpec = {
	readonly one: Checked;
	readonly open: OpenVolumeCase;
	readonly run: VolumeRun;
	readonly records: BlockRecords;
	readonly watch: Stopwatch;
	readonly events: VolumeEvents;
	/** Where several workers share the volume: one of them puts it together. */
	readonly fence: Claims | undefined;
};

/** Writes a file at a path, of the parts that there are of it. */
type Join = (path: string) => Promise<void>;

/** What outputs are put together from: the round that it was made in, and who joins the parts of targets that have some. */
type Completed = {
	readonly closing: Closing;
	readonly joins: ReadonlyMap<Target, Join>;
	/** The highest label, where the type of a file depends on it; else 0. */
	readonly highest: number;
};

/** Ends one volume. */
export class VolumeEnd {
	readonly #one: Checked;
	readonly #open: OpenVolumeCase;
	readonly #run: VolumeRun;
	readonly #records: BlockRecords;
	readonly #watch: Stopwatch;
	readonly #events: VolumeEvents;
	readonly #fence: Claims | undefined;

	constructor({ one, open, run, records, watch, events, fence }: VolumeEndSpec) {
		this.#one = one;
		this.#open = open;
		this.#run = run;
		this.#records = records;
		this.#watch = watch;
		this.#events = events;
		this.#fence = fence;
	}

	/** Puts the outputs in their place where all blocks are done. @throws RUN where some failed, VOLUME, CANCELLED */
	async close(plan: VolumePlan): Promise<VolumeOutcome> {
		const blocks = sizeOf(this.#open.layout.grid.counts);
		const { share, options } = this.#run;
		const isLast = share === undefined || share.closesOnly;
		for (;;) {
			await this.#records.relist(); // blocks may have been done by others, or taken back
			const { failed, done } = this.#records;
			if (failed.size > 0 || (isLast && done.size < blocks)) throw await this.#gap(blocks);
			const outcome = { plan, blocks, done: done.size };
			if (done.size < blocks || share?.finish === false) return { ...outcome, finished: false }; // others have the rest
			const completed = await this.#complete();
			const finish = () => this.#finish(plan, blocks, completed);
			const isDone = () => this.#records.isFinishedByNow();
			const isEnded = await within(this.#fence, "finish", finish, options.signal, isDone);
			if (isEnded) return { ...outcome, finished: true };
		}
	}

	/** Makes with the others, part by part, what outputs are put together from, where there is anything to make. */
	async #complete(): Promise<Completed | undefined> {
		const { targets, facts, settings, io } = this.#open;
		const { pyramid } = settings;
		const isStaged = targets.some(({ staged }) => staged !== undefined);
		if (pyramid === undefined && !isStaged) return undefined;
		const { index = 0, count = 1 } = this.#run.share ?? {};
		const closing = await openClosing(this.#records, { claims: this.#fence, index, count, ...io });
		const joins: Map<Target, Join> = new Map();
		if (await this.#records.isFinishedByNow()) return { closing, joins, highest: 0 };
		const highest = await this.#recallHighest(closing);
		const bytes = this.#run.choices?.partBytes;
		const onVoxels = this.#events.phase("assembling");
		const onUnits = this.#events.phase("scaling");
		await this.#watch.measure("write", async () => {
			for (const target of targets) {
				const join = await shareParts({ target, facts, highest, closing, io, bytes, onVoxels });
				if (join !== undefined) joins.set(target, join);
				if (pyramid !== undefined) await shareScales(target, pyramid, closing, onUnits);
			}
		});
		return { closing, joins, highest };
	}

	/** Puts the outputs in their place, unless another process has; false where the round is not the one of the blocks any more. */
	async #finish(plan: VolumePlan, blocks: number, completed: Completed | undefined): Promise<boolean> {
		const { targets, facts, io, stage } = this.#open;
		const isOver = async () => completed !== undefined && !(await isCurrent(this.#records, completed.closing));
		const isElsewhereDone = async () => (await this.#records.isFinishedByNow()) || (await isOver());
		if (!(await this.#records.isFinishedByNow())) {
			if (await isOver()) return false;
			const highest = completed?.highest;
			await this.#watch.measure("write", async () => {
				for (const target of targets) {
					const join = completed?.joins.get(target);
					await assemble({ target, facts, highest, join, isElsewhereDone }, io).catch((error) => this.#doubt(error));
				}
			});
			if (await isOver()) return false;
			await this.#provenance(plan, blocks);
			await this.#records.finish();
		}
		await removeStages(targets, stage);
		await removeClosing(this.#records);
		return true;
	}

	/** Where what is there cannot be put together, parts of it may be damaged: the next try makes them anew. */
	async #doubt(error: unknown): Promise<never> {
		const isFull = [...causesOf(error)].some((cause) => ["ENOSPC", "EDQUOT"].includes(systemCode(cause)));
		if (!isFull && !isNnvolError(error, "CANCELLED")) await this.#records.forgetClosing();
		throw error;
	}

	/** The highest label of blocks that an earlier process wrote, where the type of the file depends on it. One looks for all. */
	async #recallHighest({ pass }: Closing): Promise<number> {
		if (!this.#open.targets.some(({ product, staged }) => product.byValues && staged !== undefined)) return 0;
		const key = `${pass.folder}/highest.txt`;
		const look = async () => {
			const known = Number.parseInt((await pass.state.read(key)) ?? "", 10);
			if (known >= 0) return known;
			let most = 0;
			const damaged: number[] = [];
			for (const id of [...this.#records.done]) {
				const record = await this.#records.read(id);
				if (record === undefined) damaged.push(id);
				most = Math.max(most, highestOf(record));
			}
			if (damaged.length > 0) throw await this.#damage(damaged);
			await pass.state.write(key, `${most}\n`);
			return most;
		};
		return within(this.#fence, "highest", look, this.#run.options.signal);
	}

	/** A type that is chosen without all labels may be too small for some. */
	async #damage(ids: readonly number[]): Promise<NnvolError> {
		await this.#records.removeAll(ids);
		return new NnvolError(
			"RUN",
			`records of ${ids.length} blocks are damaged (${ids.slice(0, 8).join(", ")}${ids.length > 8 ? ", ..." : ""}); run the same again to do these blocks anew`,
			{ fields: { ids, records: this.#records.folder } },
		);
	}

	async #gap(blocks: number): Promise<NnvolError> {
		const failed = [...this.#records.failed].sort((a, b) => a - b);
		const [first] = failed;
		const why = first === undefined ? undefined : await this.#records.readFailure(first);
		const { share } = this.#run;
		const isShared = share !== undefined && !share.closesOnly; // then what others have in hand is no gap
		const left = isShared ? failed.length : blocks - this.#records.done.size;
		return new NnvolError(
			"RUN",
			`${left} of ${blocks} blocks are not done and stay unwritten${failed.length === 0 ? "" : ` (blocks ${failed.slice(0, 8).join(", ")}${failed.length > 8 ? ", ..." : ""})`}: ${why?.error ?? "they were not reached"}. The others are kept: run the same again to do what is left; nnvol status lists them`,
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

/** The highest label of a block; 0 where it holds none. */
function highestOf(record: BlockRecord | undefined): number {
	return (record?.products ?? []).reduce((most, { highest = 0 }) => Math.max(most, highest), 0);
}
