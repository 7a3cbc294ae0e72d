/**
 * Carries out a plan: what is done is skipped, each other case is read, predicted, written and recorded.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { causesOf, errorText, isNnvolError, throwIfAborted } from "../core/errors.ts";
import type { OnEvent } from "../core/events.ts";
import { systemCode } from "../core/system-fault.ts";
import type { Plan, PlannedCase } from "../plan/plan.ts";
import { type Image, readImage } from "../preprocess/image.ts";
import { removeStale } from "../volume/publish.ts";
import { type FileFacts, requireHeld, writeCase } from "./case-files.ts";
import { propertiesOf } from "./case-properties.ts";
import { type Checked, checkCases, settleForeign } from "./checked.ts";
import { type Ledger, openLedger, recordName, writeRecord } from "./ledger.ts";
import { bytesOfCase, type Engine, predictPlanned } from "./planned-case.ts";
import { type CaseResult, makeReport, type RunReport, writeReport } from "./report.ts";
import { withRetries } from "./retry.ts";
import { Room } from "./room.ts";
import { Stopwatch, type Timing } from "./timing.ts";

/** How a plan is carried out. */
export type RunOptions = {
	readonly overwrite: boolean;
	/** Takes outputs of unknown origin for done; `complete`: only where the probabilities that are wanted lie beside them. */
	readonly acceptExisting: boolean | "complete";
	/** Makes outputs anew that were made otherwise, instead of refusing to: for those that no user asked for. */
	readonly remakeForeign?: boolean;
	readonly stopOnError: boolean;
	/** Cases held at a time; big ones are predicted one after the other all the same. */
	readonly casesHeld: number;
	/** Held at a time where all inputs are small: their time goes in waiting for the disk. Default: `casesHeld`. */
	readonly smallCasesHeld?: number;
	/** Tiles and views in one run of the network. */
	readonly batchSize: number;
	readonly tries: number;
	/** The report is written every so many cases, and at the end. */
	readonly reportEvery: number;
	/** Ending of the report's name where several processes share the inputs: "-0-of-4". */
	readonly share: string;
	readonly attributes: Readonly<Record<string, string | number | boolean>>;
	/** Models that the plan's own is averaged with, in the order of `plan.further`. */
	readonly further?: readonly Engine[];
	/** Called once nothing stands in the way of the run, before the first case: provenance is written then. */
	readonly onBegin?: () => Promise<void>;
	readonly signal?: AbortSignal;
	readonly onEvent?: OnEvent;
};

/**
 * Runs `plan`; gives the report, which was also written under `.nnvol/`.
 *
 * @throws CONFIG where outputs exist that were made otherwise; CANCELLED where interrupted; RUNTIME, GRAPH, MODEL or CHECKPOINT where the network cannot be loaded
 */
export async function runPlan(plan: Plan, engine: Engine, options: RunOptions): Promise<RunReport> {
	const ledger = await openLedger(plan.folder);
	const run = new Run(plan, ledger, engine, options);
	await run.report("running");
	try {
		await removeStale(plan.folder);
		const checked = await checkCases(plan, ledger, options.acceptExisting === "complete");
		if (!options.overwrite && options.remakeForeign !== true)
			await settleForeign(plan, ledger, checked, options.acceptExisting !== false);
		await options.onBegin?.();
		return await run.carryOut(checked);
	} catch (error) {
		// whoever watches the report must not take an older one for this run's
		if (!isNnvolError(error, "CANCELLED")) await run.report("stopped", errorText(error));
		throw error;
	}
}

/** Bytes of a case's files up to which it counts as small. */
const SMALL_INPUT = 2 ** 20;

/** Cases that take more than this together are predicted one after the other. */
const ROOM_BYTES = 256 * 2 ** 20;

/** Cases predicted side by side at most: tiles of the next are cut while those of one run; more would all end late. */
const PREDICTED = 2;

class Run {
	readonly #plan: Plan;
	readonly #ledger: Ledger;
	readonly #engine: Engine;
	readonly #options: RunOptions;
	readonly #started = new Date();
	/** Notes that were told, without the names of their files. */
	readonly #told = new Set<string>();
	readonly #room = new Room(ROOM_BYTES);
	readonly #results: CaseResult[] = [];
	/** What ends the run as a whole: a failure under `stop_on_error`, a full disk, an interruption. */
	#end: { readonly error: unknown } | undefined;

	constructor(plan: Plan, ledger: Ledger, engine: Engine, options: RunOptions) {
		this.#plan = plan;
		this.#ledger = ledger;
		this.#engine = engine;
		this.#options = options;
	}

	async carryOut(checked: readonly Checked[]): Promise<RunReport> {
		const isDone = (one: Checked) =>
			!this.#options.overwrite &&
			(one.state.kind === "done" || (one.state.kind === "foreign" && this.#options.acceptExisting !== false));
		for (const one of checked.filter(isDone)) this.#results.push(resultOf(one.entry, "skipped"));
		const remaining = checked.filter((one) => !isDone(one));
		const { onEvent } = this.#options;
		onEvent?.({ kind: "started", total: checked.length, skipped: this.#results.length, remaining: remaining.length });
		// a model or device that cannot be had ends the run here, not case by case
		if (remaining.some((one) => one.problem === undefined)) await this.#engine.network();
		const queue = remaining.values();
		await Promise.all(Array.from({ length: this.#heldOf(remaining) }, () => this.#work(queue)));
		return this.#close();
	}

	#heldOf(cases: readonly Checked[]): number {
		const { casesHeld, smallCasesHeld = casesHeld } = this.#options;
		const isSmall = ({ inputs }: Checked) => inputs.reduce((sum, { bytes }) => sum + bytes, 0) <= SMALL_INPUT;
		return Math.max(1, cases.every(isSmall) ? smallCasesHeld : casesHeld);
	}

	/** Takes cases from the queue until there are no more or the run has ended. */
	async #work(queue: Iterator<Checked>): Promise<void> {
		for (let next = queue.next(); next.done !== true && this.#end === undefined; next = queue.next()) {
			const result = await this.#tryCase(next.value);
			if (result === undefined) return;
			this.#results.push(result);
			if (this.#results.length % this.#options.reportEvery === 0) await this.report("running");
		}
	}

	async #tryCase(one: Checked): Promise<CaseResult | undefined> {
		const { entry } = one;
		const { onEvent } = this.#options;
		const begun = Date.now();
		onEvent?.({ kind: "case-started", id: entry.id });
		try {
			if (one.problem !== undefined) throw one.problem;
			const { notes, timing } = await this.#predict(one, begun);
			const seconds = (Date.now() - begun) / 1000;
			onEvent?.({ kind: "case-done", id: entry.id, output: entry.output, seconds });
			return { ...resultOf(entry, "done"), seconds, timing, ...(notes.length > 0 ? { notes } : {}) };
		} catch (error) {
			if (this.#endsRun(error)) this.#end ??= { error };
			if (isNnvolError(error, "CANCELLED")) return undefined;
			onEvent?.({ kind: "case-failed", id: entry.id, error: errorText(error) });
			return {
				...resultOf(entry, "failed"),
				error: errorText(error),
				...(isNnvolError(error) ? { code: error.code } : {}),
			};
		}
	}

	async #predict(one: Checked, begun: number): Promise<{ notes: readonly string[]; timing: Timing }> {
		const { entry } = one;
		const watch = new Stopwatch();
		const { signal, onEvent, tries, batchSize } = this.#options;
		const io = signal === undefined ? {} : { signal };
		const retry = <T>(work: () => Promise<T>) =>
			withRetries(work, {
				tries,
				...io,
				onRetry: (attempt, error) => onEvent?.({ kind: "retry", id: entry.id, attempt, error: errorText(error) }),
			});
		const read = () => readImage(entry.files, this.#engine.spec, this.#imageOptions());
		const image = await watch.measure("read", () => retry(read));
		this.#tell(image.notes);
		requireHeld(entry, image.rank, this.#plan.settings.output);
		const engines = [this.#engine, ...(this.#options.further ?? [])];
		const bytes = Math.max(bytesOfCase(image, this.#plan, engines), ROOM_BYTES / PREDICTED);
		const arrays = await this.#room.within(bytes, async () => {
			throwIfAborted(signal);
			return predictPlanned(entry, image, this.#plan, engines, {
				batchSize,
				watch,
				...io,
				...(onEvent === undefined ? {} : { onEvent }),
			});
		});
		throwIfAborted(signal);
		const write = async () => {
			const file = await writeCase(entry.output, arrays, this.#facts(image, entry));
			try {
				await this.#record(one, "writing", begun);
				await file.commit();
				await this.#record(one, "done", begun);
			} finally {
				await file.discard();
			}
		};
		await watch.measure("write", () => retry(write));
		return { notes: image.notes, timing: watch.timing };
	}

	/** What holds for many files is told of the first; the report has it of each. */
	#tell(notes: readonly string[]): void {
		for (const text of notes) {
			const what = text.slice(text.indexOf(": ") + 1);
			if (!this.#told.has(what)) this.#options.onEvent?.({ kind: "note", text });
			this.#told.add(what);
		}
	}

	#imageOptions() {
		const { axes, spacing, dataset } = this.#plan.settings;
		const { signal } = this.#options;
		return {
			...(axes === undefined ? {} : { axes }),
			...(spacing === undefined ? {} : { spacing }),
			...(dataset === undefined ? {} : { dataset }),
			...(signal === undefined ? {} : { signal }),
		};
	}

	#facts(image: Image, entry: PlannedCase): FileFacts {
		const { format } = entry;
		const { output } = this.#plan.settings;
		const byValues = output.kind === "labels" && output.dtype === "by-values";
		const spacingFile = format === "tiff" && output.kind === "labels" && image.rank === 3;
		return {
			format,
			spacingFile,
			...(output.kind === "labels" && output.store !== undefined ? { store: output.store } : {}),
			attributes: { ...this.#options.attributes, plan: this.#plan.hash, input: basename(entry.files[0] ?? "") },
			properties: propertiesOf(image, this.#engine.spec),
			placement: byValues ? image.placement : { ...image.placement, labels: "by-values" },
			...(this.#options.signal === undefined ? {} : { signal: this.#options.signal }),
		};
	}

	async #record({ entry, inputs }: Checked, state: "writing" | "done", begun: number): Promise<void> {
		const found = state === "done" ? await stat(entry.output) : undefined;
		await writeRecord(this.#ledger, {
			version: 1,
			state,
			output: recordName(this.#ledger, entry.output),
			plan: this.#plan.hash,
			inputs,
			...(found === undefined ? {} : { seconds: (Date.now() - begun) / 1000, finished: new Date().toISOString() }),
			...(found === undefined || found.isDirectory() ? {} : { bytes: found.size }),
		});
	}

	#endsRun(error: unknown): boolean {
		if (isNnvolError(error, "CANCELLED") || this.#options.stopOnError) return true;
		return isDiskFull(error) || (isNnvolError(error) && error.fields["fatal"] === true);
	}

	async #close(): Promise<RunReport> {
		const report = await this.report(this.#end === undefined ? "finished" : "stopped");
		this.#options.onEvent?.({ kind: "finished", done: report.done, failed: report.failed, skipped: report.skipped });
		if (this.#end !== undefined && isNnvolError(this.#end.error, "CANCELLED")) throw this.#end.error;
		return report;
	}

	/** Writes the report as it stands. */
	async report(state: RunReport["state"], error?: string): Promise<RunReport> {
		const made = makeReport(this.#plan, state, this.#started, this.#results);
		const report = error === undefined ? made : { ...made, error };
		try {
			await writeReport(this.#plan.folder, this.#options.share, report);
		} catch (error) {
			// the outputs and their records stand without it
			this.#options.onEvent?.({ kind: "warning", text: `the report cannot be written: ${errorText(error)}` });
		}
		return report;
	}
}

function resultOf(entry: PlannedCase, state: CaseResult["state"]): CaseResult {
	return { id: entry.id, inputs: entry.files, output: entry.output, state };
}

function isDiskFull(error: unknown): boolean {
	return [...causesOf(error)].some((cause) => ["ENOSPC", "EDQUOT", "EROFS"].includes(systemCode(cause)));
}
