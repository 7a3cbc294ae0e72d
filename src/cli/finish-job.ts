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

/** Finishes a job; gives the report over all cases, which was also written. @throws CANCELLED, MODEL, CONFIG */
export async function finishJob(
	job: Job,
	own: OwnChoices,
	progress: Progress,
	signal: AbortSignal,
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
		// how many are done already is what the report tells
		onEvent: (event) => event.kind !== "started" && progress.onEvent(event),
	});
	const report = mergeReports(
		found,
		await workerReports(job.plan, job.created),
		await doneSince(job.plan, job.created),
	);
	await writeReport(job.plan.folder, "", report);
	await tellReport(report, request);
	return report;
}
