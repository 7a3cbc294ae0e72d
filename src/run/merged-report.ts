/**
 * One report of many workers': what became of each case, whoever did it.
 *
 * @module
 */
import { z } from "zod";
import type { Plan } from "../plan/plan.ts";
import { readLedger, recordName } from "./ledger.ts";
import type { CaseResult, RunReport } from "./report.ts";
import { openState, stateFolder } from "./state-store.ts";

const seconds = z.number();

const workerReport = z.looseObject({
	plan: z.string(),
	started: z.iso.datetime(),
	seconds,
	peakMemory: z.number(),
	cases: z.array(
		z.looseObject({
			id: z.string(),
			output: z.string(),
			state: z.literal(["done", "part", "skipped", "failed"]),
			seconds: seconds.optional(),
			error: z.string().optional(),
			code: z.string().optional(),
			notes: z.array(z.string()).optional(),
		}),
	),
});

/** What one worker reported. */
export type WorkerReport = Readonly<z.infer<typeof workerReport>>;

/** The reports of workers on `plan` that began at `since` (ISO 8601) or later. */
export async function workerReports(plan: Plan, since: string): Promise<readonly WorkerReport[]> {
	const state = await openState(stateFolder(plan.folder));
	const found: WorkerReport[] = [];
	for (const name of (await state.list()).files.filter((name) => /^report-\d+-of-\d+\.json$/.test(name))) {
		const report = parse((await state.read(name)) ?? "");
		if (report !== undefined && report.plan === plan.hash && report.started >= since) found.push(report);
	}
	return found;
}

function parse(text: string): WorkerReport | undefined {
	try {
		return workerReport.safeParse(JSON.parse(text)).data;
	} catch {
		return undefined;
	}
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
		peakMemory: Math.max(finished.peakMemory, ...workers.map(({ peakMemory }) => peakMemory)),
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
