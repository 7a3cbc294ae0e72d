/**
 * A command's run by several processes of this machine: the plan is written for them, they are watched, their work is put together.
 *
 * @module
 */
import { extname, join } from "node:path";
import type { OnEvent } from "../core/events.ts";
import { type Place, placeWorkers } from "../launch/local/places.ts";
import { type LocalOptions, type LocalOutcome, runLocal } from "../launch/local/run-local.ts";
import type { Plan } from "../plan/plan.ts";
import { type Checked, checkCases, settleForeign } from "../run/checked.ts";
import { type Job, writeJob } from "../run/job.ts";
import { openLedger } from "../run/ledger.ts";
import { takeBackOutputs } from "../run/make-anew.ts";
import { peakMemory } from "../run/peak-memory.ts";
import { exitCodeOf, type RunReport, writeReport } from "../run/report.ts";
import { JOB, runFile, runId } from "../run/run-folder.ts";
import { stateFolder } from "../run/state-store.ts";
import { automaticMemory } from "../run/volume/memory.ts";
import { joinPath } from "../volume/stores/location.ts";
import { finishJob } from "./finish-job.ts";
import { jobOf } from "./job-of.ts";
import type { Progress } from "./progress.ts";
import { planOf, type RunRequest } from "./run-plan.ts";
import { watchRun } from "./watch-run.ts";

/** Where the workers of a request run; none where it needs no more than this process. */
export function placesOf(request: RunRequest): readonly Place[] {
	const { workers, device, threads, progress } = request;
	if (workers === undefined) return [];
	const { places, notes } = placeWorkers({ workers: workers.count, device, gpus: workers.gpus, threads });
	for (const text of notes) progress.onEvent({ kind: "note", text });
	if (places.length > 0) progress.onEvent({ kind: "note", text: placesText(places) });
	return places;
}

/** `4 workers of 2 threads`; `4 workers, one a GPU, of 8 threads`. */
function placesText(places: readonly Place[]): string {
	const cards = new Set(places.flatMap(({ gpu }) => (gpu === undefined ? [] : [gpu]))).size;
	const where =
		cards === 0 ? "" : cards === places.length ? ", one a GPU," : ` on ${cards} GPU${cards === 1 ? "" : "s"},`;
	const threads = [...new Set(places.map((place) => place.threads))].sort((a, b) => a - b).join(" or ");
	return `${places.length} workers${where} of ${threads} thread${threads === "1" ? "" : "s"}`;
}

/** Plans and runs with workers; gives the exit code. @throws CANCELLED, RUN where all workers were given up, CONFIG, ... */
export async function runWithWorkers(
	request: RunRequest,
	places: readonly Place[],
	signal: AbortSignal,
): Promise<number> {
	const plan = await planOf(request);
	const watch = await watchRun(request, plan);
	const { showWorkers: onStart } = watch;
	const ended = new Set<string>();
	const onEvent: OnEvent = (event) => {
		if (event.kind === "case-done" || event.kind === "case-failed") {
			if (ended.has(event.id)) return; // told when a worker met it
			ended.add(event.id);
		}
		watch.onEvent(event);
	};
	try {
		const left = await settle(request, plan, onEvent);
		if (left > 0 && plan.cases.length < places.length && (request.options.stream ?? "auto") === "auto") {
			onEvent({
				kind: "note",
				text: "what fits into memory is done by one worker each; --stream lets all share a volume",
			});
		}
		const [job, path] = await keepJob(request, plan);
		const outcome =
			left > 0 ? await runLocal(localOptions(request, { job: path, places, onEvent, onStart, signal })) : undefined;
		const report = await finish(request, job, { onEvent, signal, outcome });
		await watch.close();
		request.onReport?.(report);
		return request.options.stopOnError && report.failed > 0 ? 1 : exitCodeOf(report);
	} finally {
		await watch.close();
	}
}

/** What stands in the way is found before a worker starts; gives how many cases are left to do. @throws CONFIG */
async function settle({ options }: RunRequest, plan: Plan, onEvent: OnEvent): Promise<number> {
	const { overwrite, acceptExisting, remakeForeign } = options;
	const ledger = await openLedger(plan.folder);
	const checked = await checkCases(plan, ledger, acceptExisting === "complete");
	const isForeign = ({ state }: Checked) => state.kind === "foreign";
	if (overwrite) await takeBackOutputs(plan, ledger, checked);
	else if (remakeForeign === true) await takeBackOutputs(plan, ledger, checked.filter(isForeign));
	else await settleForeign(plan, ledger, checked, acceptExisting !== false);
	const isAccepted = acceptExisting !== false && remakeForeign !== true;
	const isDone = (one: Checked) => one.state.kind === "done" || (isAccepted && isForeign(one));
	const skipped = overwrite ? 0 : checked.filter(isDone).length;
	const remaining = checked.length - skipped;
	onEvent({ kind: "started", total: checked.length, skipped, remaining });
	return remaining;
}

/** Writes what the workers read. It stays: another machine may join in with it. */
async function keepJob(request: RunRequest, plan: Plan): Promise<readonly [Job, string]> {
	// this process tells of all; each by itself would tell of a part
	const { monitor: _, ...options } = request.options;
	const job = jobOf({ ...request, options }, plan, null);
	const path = joinPath(stateFolder(plan.folder), runFile(runId(plan), JOB));
	await writeJob(path, job);
	return [job, path];
}

function localOptions(
	{ options }: RunRequest,
	given: Pick<LocalOptions, "job" | "places" | "onEvent" | "onStart" | "signal">,
): LocalOptions {
	return {
		...given,
		command: program(),
		memory: options.memory ?? automaticMemory(),
		stopOnError: options.stopOnError,
	};
}

/** This very program, also from sources; the built one where the sources cannot be run by themselves. */
function program(): LocalOptions["command"] {
	const ending = extname(import.meta.filename);
	const args = process.execArgv.filter((word) => !word.startsWith("--inspect"));
	const isBuilt = ending === ".js" || args.some((word) => /\btsx\b/.test(word));
	const main = isBuilt ? `main${ending}` : join("..", "..", "dist", "cli", "main.js");
	return { file: process.execPath, args: [...(isBuilt ? args : []), join(import.meta.dirname, main)] };
}

async function finish(
	request: RunRequest,
	job: Job,
	{ onEvent, signal, outcome }: { onEvent: OnEvent; signal: AbortSignal; outcome: LocalOutcome | undefined },
): Promise<RunReport> {
	const { progress, options } = request;
	// the run and its cases began with the workers, and the end is that of all
	const known = ["started", "case-started", "finished"];
	const quiet: Progress = {
		onEvent: (event) => !known.includes(event.kind) && onEvent(event),
		close: () => progress.close(),
	};
	// this process lives as long as its workers do
	const peakOfAll = outcome === undefined ? undefined : () => outcome.peakMemory + peakMemory();
	const report = await finishJob(job, {}, quiet, signal, peakOfAll);
	if (options.share !== "") await writeReport(report, options.share);
	const { done, failed, skipped } = report;
	onEvent({ kind: "finished", done, failed, skipped, peakMemory: report.peakMemory });
	return report;
}
