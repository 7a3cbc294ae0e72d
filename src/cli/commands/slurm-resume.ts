/**
 * `nnvol slurm resume`: what is missing of a submission, submitted again.
 *
 * Records beside the outputs decide what is missing. Shares whose workers said that they are done are left out, and tasks that
 * are still in the queue are left alone. The shares are cut as before.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { NnvolError } from "../../core/errors.ts";
import { arrayParts, rangesText } from "../../launch/slurm/array-part.ts";
import { environmentFor } from "../../launch/slurm/directives.ts";
import { maxArraySize, runProgram } from "../../launch/slurm/program.ts";
import { isAlive, type QueueEntry, readQueue, shareOfEntry } from "../../launch/slurm/queue.ts";
import { type Remaining, remainingOf, sharesDone } from "../../launch/slurm/remaining.ts";
import { findSubmission, jobPath, type PlacedSubmission, writeSubmission } from "../../launch/slurm/submission.ts";
import { stepsOf, submitSteps } from "../../launch/slurm/submit.ts";
import { writeJob } from "../../run/job.ts";
import { openJob } from "../job-request.ts";
import { type SlurmFlags, sbatchOptions } from "../slurm-flags.ts";
import { jobText, remainingText, stepsText } from "../slurm-text.ts";

/** Options of `slurm resume`. */
export type ResumeFlags = SlurmFlags & { readonly dryRun?: boolean; readonly json?: boolean };

/** What is submitted again, and why. */
type Choice = { readonly shares: readonly number[]; readonly text: string } | { readonly nothing: string };

/** Resumes; gives the exit code. */
export async function runSlurmResume(path: string, flags: ResumeFlags): Promise<number> {
	const submission = await findSubmission(path);
	requirePlan(submission);
	const job = await openJob(jobPath(submission.folder));
	const left = await remainingOf(job);
	const alive = (await readQueue(submission.jobs.map(({ id }) => id))).filter(isAlive);
	const choice = chosen(submission, left, alive, await sharesDone(job, submission));
	if ("nothing" in choice) {
		tell(flags, { submitted: false, text: choice.nothing });
		return 0;
	}
	const steps = stepsOf({
		folder: submission.folder,
		plans: false,
		parts: arrayParts(choice.shares, await maxArraySize()),
		maxParallel: submission.max_parallel,
		before: arraysOf(submission, alive),
		options: sbatchOptions(flags),
	});
	if (flags.dryRun === true) {
		process.stdout.write(`${remainingText(left)}\n${choice.text}\n${stepsText(steps)}`);
		process.stderr.write("nothing was submitted (--dry-run)\n");
		return 0;
	}
	const waiting = alive.filter(({ job: id }) => submission.jobs.some((one) => one.id === id && one.kind === "finish"));
	// what failed before this time is tried again
	await writeJob(jobPath(submission.folder), { ...job, created: new Date().toISOString() });
	let current = submission;
	await submitSteps(steps, environmentFor([], process.env), async (made) => {
		current = { ...current, jobs: [...current.jobs, made] };
		await writeSubmission(current);
	});
	// the new one comes after all tasks: the old one would only put together less
	if (waiting.length > 0) await runProgram(["scancel", ...waiting.map(({ job: id }) => id)]);
	const jobs = current.jobs.slice(submission.jobs.length);
	const text = `${remainingText(left)}\n${choice.text}\nsubmitted: ${jobs.map(jobText).join(", ")}`;
	tell(flags, { submitted: true, text, jobs });
	return 0;
}

function chosen(
	{ shards, jobs }: PlacedSubmission,
	left: Remaining,
	alive: readonly QueueEntry[],
	done: ReadonlySet<number>,
): Choice {
	const { outputs } = left;
	if (outputs.done === outputs.total) return { nothing: `nothing is missing: all ${outputs.total} outputs are done` };
	const queued = new Set(alive.flatMap((entry) => shareOfEntry(entry, jobs) ?? []));
	const isFinishing = alive.some(({ job }) => jobs.some(({ id, kind }) => id === job && kind !== "array"));
	if (outputs.done + left.assembled === outputs.total) {
		if (isFinishing) return { nothing: "all blocks are done, and a job that puts them together is in the queue" };
		return { shares: [], text: "all blocks are done: only a job that puts them together is submitted" };
	}
	const all = [...new Array(shards).keys()];
	const open = all.filter((share) => !done.has(share) && !queued.has(share));
	const rest = queued.size > 0 ? `; tasks ${rangesText([...queued].sort((a, b) => a - b))} are in the queue still` : "";
	if (open.length === 0 && queued.size > 0) return { nothing: `no task has to be submitted again${rest}` };
	if (open.length === 0) {
		return {
			shares: all,
			text: `all ${shards} tasks have ended well, yet something is missing: all are submitted, and each does what it finds missing`,
		};
	}
	return { shares: open, text: `tasks ${rangesText(open)} of ${shards} have something left${rest}` };
}

/** Arrays with tasks in the queue. */
function arraysOf({ jobs }: PlacedSubmission, alive: readonly QueueEntry[]): string[] {
	return jobs.filter(({ id, kind }) => kind === "array" && alive.some(({ job }) => job === id)).map(({ id }) => id);
}

/** @throws RUN where the job that plans has not ended well */
function requirePlan({ folder, logs }: PlacedSubmission): void {
	if (existsSync(jobPath(folder))) return;
	throw new NnvolError(
		"RUN",
		`there is no plan in ${folder}: the job that makes it has not run, or failed (logs: ${logs}); wait for it, or submit again`,
		{ fields: { path: jobPath(folder) } },
	);
}

function tell({ json }: ResumeFlags, told: Readonly<Record<string, unknown>> & { readonly text: string }): void {
	process.stdout.write(json === true ? `${JSON.stringify(told, null, 2)}\n` : `${told.text}\n`);
}
