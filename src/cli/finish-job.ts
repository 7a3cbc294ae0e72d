/**
 * The end of a job that several workers did: volumes are put together, and their reports made into one.
 *
 * @module
 */

import type { Job } from "../run/job.ts";
import { doneSince, mergeReports, workerReports } from "../run/merged-report.ts";
import { type RunReport, writeReport } from "../run/report.ts";
import { runPlan } from "../run/run.ts";
import type { WorkerShare } from "../run/run-options.ts";
import { type OwnChoices, requestOf } from "./job-request.ts";
import type { Progress } from "./progress.ts";
import { attributesOf, enginesOf, tellReport } from "./run-plan.ts";

/** A finishing worker: it takes nothing but what is left of closing. Milliseconds that others' claims hold without a sign of life. */
const LEASE = 120_000;

/**
 * Finishes a job; gives the report over all cases, which was also written.
 *
 * @param peakOfAll what the processes of this machine held at most, added up
 * @throws CANCELLED, MODEL, CONFIG
 */
export async function finishJob(
	job: Job,
	own: OwnChoices,
	progress: Progress,
	signal: AbortSignal,
	peakOfAll?: () => number,
): Promise<RunReport> {
	const request = await requestOf(job, own, progress);
	const [engine, ...further] = enginesOf(request);
	if (engine === undefined) throw new RangeError("a run without a model");
	const worker: WorkerShare = {
		index: 0,
		count: 1,
		claims: false,
		lease: LEASE,
		finish: true,
		since: job.created,
		only: "finish",
	};
	const found = await runPlan(job.plan, engine, {
		...request.options,
		further,
		attributes: attributesOf(request, job.plan),
		worker,
		signal,
		onEvent: progress.onEvent,
	});
	const workers = (await workerReports(job.plan, job.created)).map(({ report }) => report);
	const merged = mergeReports(found, workers, await doneSince(job.plan, job.created));
	const all = peakOfAll?.();
	const report = all === undefined ? merged : { ...merged, peakMemoryOfAll: all };
	await writeReport(report, "");
	await tellReport(report, request);
	return report;
}
