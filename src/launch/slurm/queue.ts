/**
 * What SLURM's queue knows of jobs. It forgets ended ones after a while (`MinJobAge`, 300 s by default), so it never tells what
 * is done; neither does `sacct`, which lags behind.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { numbersOf } from "./array-part.ts";
import { type RunProgram, runProgram, saidText } from "./program.ts";
import type { SubmittedJob } from "./submission.ts";

/** A job, or a task of an array, in the queue. */
export type QueueEntry = {
	readonly job: string;
	/** Index in its array. */
	readonly index?: number;
	/** As SLURM spells it: PENDING, RUNNING, COMPLETED, ... */
	readonly state: string;
	/** Why it waits; `None` otherwise. */
	readonly reason: string;
};

const ENDED =
	/^(COMPLETED|CANCELLED|FAILED|TIMEOUT|NODE_FAIL|PREEMPTED|BOOT_FAIL|DEADLINE|OUT_OF_MEMORY|REVOKED|SPECIAL_EXIT)/;

/** True where it waits, runs or comes to its end: it may still do something. */
export function isAlive({ state }: Pick<QueueEntry, "state">): boolean {
	return !ENDED.test(state);
}

/** Entries of these jobs, those that ended a while ago not among them. @throws RUN where SLURM does not answer */
export async function readQueue(ids: readonly string[], run: RunProgram = runProgram): Promise<readonly QueueEntry[]> {
	if (ids.length === 0) return [];
	const answer = await run(["squeue", "-h", "-r", "-t", "all", "-o", "%i|%T|%r", "-j", ids.join(",")]);
	if (answer.ok) return answer.out.split("\n").flatMap(entryOf);
	if (!/Invalid job id/i.test(answer.err)) {
		throw new NnvolError("RUN", `SLURM does not answer (squeue): ${saidText(answer)}`);
	}
	if (ids.length === 1) return [];
	const found: QueueEntry[] = [];
	for (const id of ids) found.push(...(await readQueue([id], run)));
	return found;
}

function entryOf(line: string): QueueEntry[] {
	const [, job, index, state, reason] = /^(\d+)(?:_(\d+|\[[^\]]*\]))?\|([A-Z_]+)\|(.*)$/.exec(line.trim()) ?? [];
	if (job === undefined || state === undefined || reason === undefined) return [];
	if (index === undefined) return [{ job, state, reason }];
	if (!index.startsWith("[")) return [{ job, index: Number(index), state, reason }];
	const ranges = index.slice(1, -1).replace(/%\d+$/, "");
	return numbersOf(ranges).map((n) => ({ job, index: n, state, reason }));
}

/** The share that a task of the queue does; undefined where it is no task of these jobs. */
export function shareOfEntry({ job, index }: QueueEntry, jobs: readonly SubmittedJob[]): number | undefined {
	const array = jobs.find(({ id, kind }) => id === job && kind === "array");
	return array === undefined || index === undefined ? undefined : (array.first ?? 0) + index;
}
