/**
 * Carries out a plan: what is done is skipped, each other case is read, predicted, written and recorded.
 *
 * @module
 */
import { causesOf, errorText, isNnvolError } from "../core/errors.ts";
import { systemCode } from "../core/system-fault.ts";
import type { Plan, PlannedCase } from "../plan/plan.ts";
import { removeStale } from "../volume/publish.ts";
import { CaseWorker } from "./case-worker.ts";
import { type Checked, checkCases, inputBytes, settleForeign } from "./checked.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import type { Engine } from "./planned-case.ts";
import { type CaseResult, makeReport, type RunReport, writeReport } from "./report.ts";
import type { RunOptions } from "./run-options.ts";

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

class Run {
	readonly #plan: Plan;
	readonly #engine: Engine;
	readonly #options: RunOptions;
	readonly #started = new Date();
	readonly #worker: CaseWorker;
	readonly #results: CaseResult[] = [];
	/** What ends the run as a whole: a failure under `stop_on_error`, a full disk, an interruption. */
	#end: { readonly error: unknown } | undefined;

	constructor(plan: Plan, ledger: Ledger, engine: Engine, options: RunOptions) {
		this.#plan = plan;
		this.#engine = engine;
		this.#options = options;
		this.#worker = new CaseWorker(plan, ledger, engine, options);
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
		const isSmall = (one: Checked) => inputBytes(one) <= SMALL_INPUT;
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
			const { notes, timing } = await this.#worker.work(one, begun);
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
