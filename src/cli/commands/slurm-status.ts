/**
 * `nnvol slurm status` and `cancel`: the tasks of a submission in SLURM's queue, beside what is recorded. Records decide.
 *
 * Exits 0; 3 where blocks failed, or where nothing is in the queue and something is missing.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { NnvolError } from "../../core/errors.ts";
import { runProgram, saidText } from "../../launch/slurm/program.ts";
import { isAlive, type QueueEntry, readQueue, shareOfEntry } from "../../launch/slurm/queue.ts";
import { type Remaining, remainingOf, sharesDone } from "../../launch/slurm/remaining.ts";
import { findSubmission, jobPath, type PlacedSubmission } from "../../launch/slurm/submission.ts";
import { openJob } from "../job-request.ts";
import { jobText, slurmStatusText } from "../slurm-text.ts";

/** How far a submission is. */
export type SlurmStatus = {
	readonly submission: PlacedSubmission;
	/** All that the queue still knows of. */
	readonly queue: readonly (QueueEntry & { readonly share?: number })[];
	/** Shares whose workers said that they are done. */
	readonly shares: readonly number[];
	/** Undefined where the plan is not made yet. */
	readonly remaining: Remaining | undefined;
};

/** Prints the status; gives the exit code. */
export async function runSlurmStatus(path: string, flags: { readonly json?: boolean }): Promise<number> {
	const submission = await findSubmission(path);
	const entries = await readQueue(submission.jobs.map(({ id }) => id));
	const queue = entries.map((entry) => {
		const share = shareOfEntry(entry, submission.jobs);
		return { ...entry, ...(share === undefined ? {} : { share }) };
	});
	const job = existsSync(jobPath(submission.folder)) ? await openJob(jobPath(submission.folder)) : undefined;
	const status: SlurmStatus = {
		submission,
		queue,
		shares: job === undefined ? [] : [...(await sharesDone(job, submission))].sort((a, b) => a - b),
		remaining: job === undefined ? undefined : await remainingOf(job),
	};
	process.stdout.write(flags.json === true ? `${JSON.stringify(status, null, 2)}\n` : slurmStatusText(status));
	return codeOf(status);
}

function codeOf({ remaining, queue }: SlurmStatus): number {
	if (remaining !== undefined && remaining.blocks.failed > 0) return 3;
	const isWhole = remaining !== undefined && remaining.outputs.done === remaining.outputs.total;
	return isWhole || queue.some(isAlive) ? 0 : 3;
}

/** Cancels what is in the queue; gives the exit code. @throws RUN where SLURM refuses */
export async function runSlurmCancel(path: string): Promise<number> {
	const { jobs, folder } = await findSubmission(path);
	const alive = (await readQueue(jobs.map(({ id }) => id))).filter(isAlive);
	const ids = new Set(alive.map(({ job }) => job));
	const lost = jobs.filter(({ id }) => ids.has(id));
	if (lost.length === 0) {
		process.stdout.write("nothing of it is in the queue\n");
		return 0;
	}
	const answer = await runProgram(["scancel", ...ids]);
	if (!answer.ok) throw new NnvolError("RUN", `SLURM did not cancel: ${saidText(answer)}`);
	process.stdout.write(
		`cancelled: ${lost.map(jobText).join(", ")}; what is done is kept, 'nnvol slurm resume ${folder}' goes on\n`,
	);
	return 0;
}
