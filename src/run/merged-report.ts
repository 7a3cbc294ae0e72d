/**
 * One report of many workers': what became of each case, whoever did it.
 *
 * @module
 */
import type { Plan } from "../plan/plan.ts";
import { readLedger, recordName } from "./ledger.ts";
import { type FoundReport, type PastReport, reportsIn } from "./past-reports.ts";
import type { CaseResult, RunReport } from "./report.ts";
import { runId } from "./run-folder.ts";

/** What one worker reported. */
export type WorkerReport = PastReport;

/** The reports of workers on `plan` that began at `since` (ISO 8601) or later, and which shares they had. */
export async function workerReports(
	plan: Plan,
	since: string,
): Promise<readonly (FoundReport & { readonly share: { readonly index: number; readonly count: number } })[]> {
	const run = runId(plan);
	return (await reportsIn(plan.folder)).flatMap((found) => {
		const { share, report } = found;
		// without `run`: by a worker of an older version
		const isOfPlan = report.plan === plan.hash && (report.run ?? run) === run;
		return share !== undefined && isOfPlan && report.started >= since ? [{ ...found, share }] : [];
	});
}

/** Outputs that were recorded as done at `since` (ISO 8601) or later, whoever did them, by their paths in `plan`. */
export async function doneSince(plan: Plan, since: string): Promise<ReadonlySet<string>> {
	const ledger = await readLedger(plan.folder);
	const isLate = (output: string) => (ledger.records.get(recordName(ledger, output))?.finished ?? "") >= since;
	return new Set(plan.cases.map(({ output }) => output).filter(isLate));
}

/**
 * `finished`, which tells how each case is now, with what workers report of those: a case that was recorded since the job was made
 * was done by it, and one that is not done has the error that a worker met.
 *
 * @param late outputs that were recorded since; a worker that was killed has no report of what it did
 */
export function mergeReports(
	finished: RunReport,
	workers: readonly WorkerReport[],
	late: ReadonlySet<string>,
): RunReport {
	const cases = finished.cases.map((result) => merged(result, workers, late.has(result.output)));
	const count = (wanted: CaseResult["state"]) => cases.filter(({ state }) => state === wanted).length;
	const began = workers.map(({ started }) => started).sort()[0] ?? finished.started;
	return {
		...finished,
		started: began,
		seconds: Math.max(finished.seconds, (Date.now() - Date.parse(began)) / 1000),
		done: count("done"),
		skipped: count("skipped"),
		failed: count("failed"),
		peakMemory: Math.max(finished.peakMemory, ...workers.map(({ peakMemory = 0 }) => peakMemory)),
		cases,
	};
}

function merged(result: CaseResult, workers: readonly WorkerReport[], isLate: boolean): CaseResult {
	const told = workers.flatMap(({ cases }) => cases.filter(({ output }) => output === result.output));
	if (result.state === "failed") {
		const failure = told.find(({ state }) => state === "failed");
		if (failure?.error === undefined) return result;
		return { ...result, error: failure.error, ...(failure.code === undefined ? {} : { code: failure.code }) };
	}
	const work = told.filter(({ state }) => state === "done" || state === "part");
	if (work.length === 0 && !isLate) return result;
	const notes = [...new Set(work.flatMap((one) => one.notes ?? []))];
	return {
		...result,
		state: "done",
		...(work.length === 0 ? {} : { seconds: work.reduce((sum, one) => sum + (one.seconds ?? 0), 0) }),
		...(notes.length === 0 ? {} : { notes }),
	};
}
