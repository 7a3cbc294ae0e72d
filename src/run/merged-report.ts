/**
 * One report of many workers': what became of each case, whoever did it.
 *
 * @module
 */
import { z } from "zod";
import type { Plan } from "../plan/plan.ts";
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

/**
 * `finished`, which tells how each case is now, with what workers report of those: a case that one of them did was done by this
 * job, and one that is not done has the error that a worker met.
 */
export function mergeReports(finished: RunReport, workers: readonly WorkerReport[]): RunReport {
	const cases = finished.cases.map((result) => merged(result, workers));
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

function merged(result: CaseResult, workers: readonly WorkerReport[]): CaseResult {
	const told = workers.flatMap(({ cases }) => cases.filter(({ output }) => output === result.output));
	if (result.state === "failed") {
		const failure = told.find(({ state }) => state === "failed");
		if (failure?.error === undefined) return result;
		return { ...result, error: failure.error, ...(failure.code === undefined ? {} : { code: failure.code }) };
	}
	const work = told.filter(({ state }) => state === "done" || state === "part");
	if (work.length === 0) return result;
	const notes = [...new Set(work.flatMap((one) => one.notes ?? []))];
	return {
		...result,
		state: "done",
		seconds: work.reduce((sum, one) => sum + (one.seconds ?? 0), 0),
		...(notes.length === 0 ? {} : { notes }),
	};
}
