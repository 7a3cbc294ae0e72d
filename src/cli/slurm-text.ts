/**
 * What is told of submissions to SLURM.
 *
 * @module
 */
import { rangesText } from "../launch/slurm/array-part.ts";
import { isAlive, type QueueEntry } from "../launch/slurm/queue.ts";
import type { Remaining } from "../launch/slurm/remaining.ts";
import type { JobScript } from "../launch/slurm/scripts-of.ts";
import { shellLine } from "../launch/slurm/shell-text.ts";
import { type PlacedSubmission, type SubmittedJob, scriptPath } from "../launch/slurm/submission.ts";
import { commandOf, type Step } from "../launch/slurm/submit.ts";
import type { SlurmStatus } from "./commands/slurm-status.ts";

/** The scripts, each below its path. */
export function scriptsText(folder: string, scripts: readonly JobScript[]): string {
	return scripts.map(({ kind, text }) => `# ${scriptPath(folder, kind)}\n${text.trimEnd()}\n\n`).join("");
}

/** The command lines, with `$JOB1`, `$JOB2` for the ids that SLURM will give. */
export function stepsText(steps: readonly Step[]): string {
	const ids = steps.map((_, n) => `JOB${n + 1}`);
	const lines = steps.map((step, n) => {
		const line = shellLine(commandOf(step, ids));
		return line
			.replace(/(--dependency=\w+:)(\S+)/, (_, head: string, names: string) => {
				return `${head}${names.replace(/JOB\d+/g, "$$$&")}`;
			})
			.replace(/^/, `JOB${n + 1}=$(`)
			.concat(")");
	});
	return `# what is submitted\n${lines.join("\n")}\n`;
}

/** A job in few words: `array 41 (tasks 0-7)`. */
export function jobText({ kind, id, array, first = 0 }: SubmittedJob): string {
	if (array === undefined) return `${kind} ${id}`;
	return `${kind} ${id} (tasks ${array}${first === 0 ? "" : `, which are shares from ${first} on`})`;
}

/** What was submitted, and what to do next. */
export function submittedText({ folder, output, jobs, shards }: PlacedSubmission, limit: number | null): string {
	const most = limit === null ? "" : `, at most ${limit} at a time`;
	const where = shellLine([output]);
	return [
		`submitted: ${jobs.map(jobText).join(", ")}; ${shards} shares${most}`,
		`scripts, plan and logs: ${folder}`,
		`how far it is: nnvol slurm status ${where}; likewise logs, cancel, and resume for what is missing in the end`,
		"",
	].join("\n");
}

/** How much is done, in a line. */
export function remainingText({ outputs, blocks, assembled }: Remaining): string {
	const parts = [
		`${outputs.done} of ${outputs.total} outputs done`,
		...(blocks.total > 0 ? [`${blocks.done} of ${blocks.total} blocks of the volumes that were begun`] : []),
		...(blocks.failed > 0 ? [`${blocks.failed} blocks failed`] : []),
		...(assembled > 0 ? [`${assembled} only to be put together`] : []),
	];
	return `recorded: ${parts.join(", ")}`;
}

/** A submission's jobs in the queue, and what is recorded. */
export function slurmStatusText({ submission, queue, shares, remaining }: SlurmStatus): string {
	const { id, folder, jobs, shards, output } = submission;
	const isWhole = remaining !== undefined && remaining.outputs.done === remaining.outputs.total;
	const next = isWhole
		? "done"
		: queue.some(isAlive)
			? undefined
			: `nothing of it is in the queue: 'nnvol slurm resume ${shellLine([output])}' submits what is missing`;
	return [
		`submission ${id}: ${folder}`,
		...jobs.map((job) => `  ${jobText(job)}: ${statesText(queue.filter((entry) => entry.job === job.id))}`),
		...(shares.length > 0 ? [`tasks that ended well: ${rangesText(shares)} of ${shards}`] : []),
		remaining === undefined ? "recorded: nothing, the plan is not made yet" : remainingText(remaining),
		...hintsOf(queue),
		...(next === undefined ? [] : [next]),
		"",
	].join("\n");
}

/** Reasons for which a job waits until somebody does something, and what. */
const HINTS: Readonly<Record<string, string>> = {
	PartitionConfig:
		"no node of the partition has what a task asks for: fewer cpus_per_task, gpus_per_task or mem, or another partition",
	BadConstraints: "no node has what a task asks for: another constraint, or fewer cpus_per_task, gpus_per_task or mem",
	PartitionTimeLimit: "time is more than the partition allows (scontrol show partition)",
	PartitionNodeLimit: "a task asks for more nodes than the partition allows",
	PartitionDown: "the partition is down: another one, or wait for it",
	PartitionInactive: "the partition takes no jobs: another one, or wait for it",
	JobHeldUser: "held: scontrol release JOB",
	JobHeldAdmin: "held by an administrator: ask them",
	DependencyNeverSatisfied: "what it waits for has failed",
	InvalidAccount: "the account is not known: another slurm.account",
	InvalidQOS: "the QOS is not known: another slurm.qos",
};

/** What to do about jobs that wait for nothing that comes by itself. */
function hintsOf(queue: readonly QueueEntry[]): string[] {
	const reasons = new Set(queue.filter(({ state }) => state === "PENDING").map(({ reason }) => reason));
	const known = [...reasons].filter((reason) => Object.hasOwn(HINTS, reason));
	return known.map((reason) => `  ${reason}: ${HINTS[reason]}`);
}

/** `3 running, 5 pending (Resources)`. */
function statesText(entries: readonly QueueEntry[]): string {
	if (entries.length === 0) return "left the queue";
	const counts = new Map<string, number>();
	for (const { state, reason } of entries) {
		const why = state === "PENDING" && reason !== "None" ? ` (${reason})` : "";
		const text = `${state.toLowerCase().replaceAll("_", " ")}${why}`;
		counts.set(text, (counts.get(text) ?? 0) + 1);
	}
	const isArray = entries.some(({ index }) => index !== undefined);
	return [...counts].map(([text, count]) => (isArray ? `${count} ${text}` : text)).join(", ");
}
