/**
 * Carries out a plan: what is done is skipped, each other case is read, predicted, written and recorded.
 *
 * @module
 */
import { hostLabel } from "../core/atomic-file.ts";
import { causesOf, errorText, isNnvolError } from "../core/errors.ts";
import { sleep } from "../core/sleep.ts";
import { systemCode } from "../core/system-fault.ts";
import type { Plan, PlannedCase } from "../plan/plan.ts";
import { removeStale } from "../volume/publish.ts";
import { CaseWorker } from "./case-worker.ts";
import { type Checked, checkCase, inputBytes, settleForeign } from "./checked.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { ensureTable } from "./object-table.ts";
import { dropCovered } from "./past-reports.ts";
import type { Engine } from "./planned-case.ts";
import { type CaseResult, makeReport, peaks, type RunReport, writeReport } from "./report.ts";
import { runId } from "./run-folder.ts";
import { isOneOfSeveral, type RunOptions } from "./run-options.ts";
import { SharedCases } from "./shared-cases.ts";

/**
 * Runs `plan`; gives the report, which was also written under `.nnvol/`.
 *
 * @throws CONFIG where outputs exist that were made otherwise; CANCELLED where interrupted; RUNTIME, GRAPH, MODEL or CHECKPOINT where the network cannot be loaded
 */
export async function runPlan(plan: Plan, engine: Engine, options: RunOptions): Promise<RunReport> {
	const ledger = await openLedger(plan.folder);
	const { worker, signal } = options;
	const run = runId(plan);
	if (!isOneOfSeveral(options)) await dropCovered(plan, run).catch(() => undefined); // an older report more hurts nobody
	if (worker === undefined) return begin(new Run(plan, run, ledger, engine, options), plan.cases);
	const name = `${hostLabel()}-${process.pid}`;
	const shared = await SharedCases.open({ plan, ledger, worker, name, signal });
	try {
		const cases = [...shared.own, ...shared.others];
		return await begin(new Run({ ...plan, cases }, run, ledger, engine, options, shared), shared.own);
	} finally {
		await shared.close();
	}
}

/** @param first the cases that are looked at before any is begun */
async function begin(run: Run, first: readonly PlannedCase[]): Promise<RunReport> {
	await run.report("running");
	try {
		return await run.carryOut(await run.check(first));
	} catch (error) {
		// whoever watches the report must not take an older one for this run's
		if (!isNnvolError(error, "CANCELLED")) await run.report("stopped", errorText(error));
		throw error;
	}
}

/** Milliseconds between looks at what others have in hand. */
const PAUSE = 1000;

/** Bytes of a case's files up to which it counts as small. */
const SMALL_INPUT = 2 ** 20;

class Run {
	readonly #plan: Plan;
	/** What the run is known by, whatever part of it is this process's. */
	readonly #run: string;
	readonly #ledger: Ledger;
	readonly #engine: Engine;
	readonly #options: RunOptions;
	readonly #started = new Date();
	readonly #worker: CaseWorker;
	readonly #results = new Map<PlannedCase, CaseResult>();
	/** Where this is one of several workers. */
	readonly #shared: SharedCases | undefined;
	/** Cases that are other workers' shares: none of this one's. */
	readonly #notOwn = new Set<PlannedCase>();
	/** Cases that other workers have in hand, or parts of. */
	readonly #elsewhere: Checked[] = [];
	/** What ends the run as a whole: a failure under `stop_on_error`, a full disk, an interruption. */
	#end: { readonly error: unknown } | undefined;

	constructor(plan: Plan, run: string, ledger: Ledger, engine: Engine, options: RunOptions, shared?: SharedCases) {
		this.#plan = plan;
		this.#run = run;
		this.#ledger = ledger;
		this.#engine = engine;
		this.#options = options;
		this.#shared = shared;
		this.#worker = new CaseWorker(plan, ledger, engine, options);
	}

	/** Looks at the first cases, and begins. @throws CONFIG where outputs are in the way */
	async check(first: readonly PlannedCase[]): Promise<readonly Checked[]> {
		await removeStale(this.#plan.folder);
		const checked: Checked[] = [];
		for (const entry of first) checked.push(await this.#look(entry));
		await this.#settle(checked);
		await this.#options.onBegin?.();
		return checked;
	}

	#look(entry: PlannedCase): Promise<Checked> {
		return checkCase(this.#plan, this.#ledger, entry, this.#options.acceptExisting === "complete");
	}

	/** @throws CONFIG where outputs exist that were made otherwise */
	async #settle(checked: readonly Checked[]): Promise<void> {
		const { overwrite, remakeForeign, acceptExisting } = this.#options;
		if (!overwrite && remakeForeign !== true)
			await settleForeign(this.#plan, this.#ledger, checked, acceptExisting !== false);
	}

	async carryOut(checked: readonly Checked[]): Promise<RunReport> {
		for (const one of checked.filter((one) => this.#isDone(one))) await this.#skip(one);
		const remaining = checked.filter((one) => !this.#isDone(one));
		const { onEvent } = this.#options;
		const total = this.#plan.cases.length;
		const skipped = this.#results.size;
		onEvent?.({ kind: "started", total, skipped, remaining: total - skipped });
		// a model or device that cannot be had ends the run here, not case by case
		const isIdle = this.#options.worker?.only === "finish";
		if (!isIdle && remaining.some((one) => one.problem === undefined)) await this.#engine.network();
		const queue = this.#queue(remaining);
		await Promise.all(Array.from({ length: this.#heldOf(remaining) }, () => this.#work(queue)));
		await this.#awaitOthers();
		return this.#close();
	}

	#isDone({ state }: Checked): boolean {
		const { overwrite, acceptExisting } = this.#options;
		return !overwrite && (state.kind === "done" || (state.kind === "foreign" && acceptExisting !== false));
	}

	/** What is done stays so; a table of its objects that is wanted and missing is made. */
	async #skip(one: Checked): Promise<void> {
		const isOwn = one.state.kind === "done" && one.state.accepted !== true;
		if (isOwn && this.#plan.settings.output.kind === "objects") {
			try {
				await ensureTable(one.entry, this.#options);
			} catch (error) {
				if (isNnvolError(error, "CANCELLED")) throw error;
				this.#fail(one, error);
				return;
			}
		}
		this.#keep(one, "skipped");
	}

	#fail({ entry }: Checked, error: unknown): void {
		const code = isNnvolError(error) ? { code: error.code } : {};
		this.#options.onEvent?.({ kind: "case-failed", id: entry.id, error: errorText(error), ...code });
		this.#results.set(entry, { ...resultOf(entry, "failed"), error: errorText(error), ...code });
	}

	#keep({ entry }: Checked, state: CaseResult["state"]): void {
		this.#results.set(entry, resultOf(entry, state));
	}

	/** What is left of one's own cases, then those of other workers, each looked at when its turn comes. */
	async *#queue(own: readonly Checked[]): AsyncGenerator<Checked> {
		yield* own;
		for (const entry of this.#shared?.others ?? []) {
			const one = await this.#look(entry);
			await this.#settle([one]);
			if (this.#isDone(one)) this.#keep(one, "skipped");
			else yield one;
		}
	}

	/** What others have in hand is done here if they do not. */
	async #awaitOthers(): Promise<void> {
		const { worker, signal } = this.#options;
		if (worker?.claims !== true) return;
		for (let left = this.#elsewhere.splice(0); left.length > 0; left = this.#elsewhere.splice(0)) {
			const before = left.length;
			for (const one of left) {
				if (this.#end !== undefined) return;
				await this.#do(one, true);
			}
			if (this.#elsewhere.length === before) await sleep(PAUSE, signal);
		}
	}

	#heldOf(cases: readonly Checked[]): number {
		const { casesHeld, smallCasesHeld = casesHeld } = this.#options;
		const isSmall = (one: Checked) => inputBytes(one) <= SMALL_INPUT;
		return Math.max(1, cases.every(isSmall) ? smallCasesHeld : casesHeld);
	}

	/** Takes cases from the queue until there are no more or the run has ended. */
	async #work(queue: AsyncIterator<Checked>): Promise<void> {
		for (let next = await queue.next(); next.done !== true && this.#end === undefined; next = await queue.next()) {
			await this.#do(next.value, false);
			if (this.#results.size % this.#options.reportEvery === 0) await this.report("running");
		}
	}

	/** @param last true: until it is done, by whomever */
	async #do(one: Checked, last: boolean): Promise<void> {
		const tried = await this.#tryCase(one, last);
		if (tried === undefined) return;
		const { result, state } = tried;
		if (state === "other") this.#notOwn.add(one.entry);
		if (state === "busy" || (state === "part" && !last)) this.#elsewhere.push(one);
		if (result !== undefined) this.#results.set(one.entry, result);
	}

	/** What became of a case; undefined where the run was interrupted. */
	async #tryCase(one: Checked, last: boolean) {
		const { entry } = one;
		const { onEvent } = this.#options;
		const begun = Date.now();
		onEvent?.({ kind: "case-started", id: entry.id });
		try {
			if (one.problem !== undefined) throw one.problem;
			const { state, notes, timing } = await this.#worker.work(one, begun, this.#shared?.turnOf(entry, last));
			const seconds = (Date.now() - begun) / 1000;
			if (state === "done" || state === "elsewhere")
				onEvent?.({ kind: "case-done", id: entry.id, output: entry.output, seconds, timing });
			if (state === "busy" || state === "other") return { state };
			const found = state === "elsewhere" ? "skipped" : state;
			const result = { ...resultOf(entry, found), seconds, timing, ...(notes.length > 0 ? { notes } : {}) };
			return { state, result };
		} catch (error) {
			if (this.#endsRun(error)) this.#end ??= { error };
			if (isNnvolError(error, "CANCELLED")) return undefined;
			const code = isNnvolError(error) ? { code: error.code } : {};
			onEvent?.({ kind: "case-failed", id: entry.id, error: errorText(error), ...code });
			return { state: "failed", result: { ...resultOf(entry, "failed"), error: errorText(error), ...code } } as const;
		}
	}

	#endsRun(error: unknown): boolean {
		if (isNnvolError(error, "CANCELLED") || this.#options.stopOnError) return true;
		return isDiskFull(error) || (isNnvolError(error) && error.fields["fatal"] === true);
	}

	async #close(): Promise<RunReport> {
		const report = await this.report(this.#end === undefined ? "finished" : "stopped");
		const { done, failed, skipped } = report;
		this.#options.onEvent?.({ kind: "finished", done, failed, skipped, ...peaks() });
		if (this.#end !== undefined && isNnvolError(this.#end.error, "CANCELLED")) throw this.#end.error;
		return report;
	}

	/** Writes the report as it stands. */
	async report(state: RunReport["state"], error?: string): Promise<RunReport> {
		const cases = this.#plan.cases.filter((entry) => !this.#notOwn.has(entry));
		const made = makeReport({ ...this.#plan, cases }, this.#run, state, this.#started, [...this.#results.values()]);
		const report = error === undefined ? made : { ...made, error };
		try {
			await writeReport(report, this.#options.share, isOneOfSeveral(this.#options));
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
