/**
 * `nnvol slurm logs`: what tasks have said.
 *
 * @module
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { NnvolError } from "../../core/errors.ts";
import { readTextFile } from "../../core/text-file.ts";
import { findSubmission, type PlacedSubmission } from "../../launch/slurm/submission.ts";
import { parseCount } from "../arguments.ts";

/** Options of `slurm logs`. */
export type LogsFlags = { readonly lines?: string };

/** A log: of which job, and of which share where it is a task's. */
type Log = { readonly path: string; readonly who: string; readonly order: number };

/** Prints the last line of each log, or all of one task's; gives the exit code. */
export async function runSlurmLogs(path: string, task: string | undefined, { lines }: LogsFlags): Promise<number> {
	const submission = await findSubmission(path);
	const most = lines === undefined ? undefined : parseCount("--lines", lines);
	const logs = await logsOf(submission);
	if (task === undefined) {
		for (const log of logs) process.stdout.write(`${log.who}: ${lastLine(await textOf(log))}\n  ${log.path}\n`);
		if (logs.length === 0) process.stdout.write(`no task has said anything yet (logs go to ${submission.logs})\n`);
		return 0;
	}
	const wanted = /^\d+$/.test(task) ? `task ${Number(task)}` : task;
	const own = logs.filter(({ who }) => who === wanted);
	if (own.length === 0) {
		throw new NnvolError(
			"INPUT",
			`${wanted} has no log in ${submission.logs}: it has not begun, or there is none (tasks are 0 to ${submission.shards - 1}; plan; finish)`,
		);
	}
	for (const log of own) {
		const text = (await textOf(log)).trimEnd().split("\n");
		const shown = most === undefined ? text : text.slice(-most);
		process.stdout.write(`==> ${log.path} <==\n${shown.join("\n")}\n`);
	}
	return 0;
}

/** The logs of a submission's jobs, by share and then by time. */
async function logsOf({ logs, jobs }: PlacedSubmission): Promise<readonly Log[]> {
	const names = await readdir(logs).catch(() => []);
	const found = names.flatMap((name) => {
		const [, kind, id, index] = /^(plan|array|finish)-(\d+)(?:_(\d+))?\.log$/.exec(name) ?? [];
		const at = jobs.findIndex((job) => job.id === id && job.kind === kind);
		if (at < 0 || kind === undefined) return [];
		const share = index === undefined ? undefined : (jobs[at]?.first ?? 0) + Number(index);
		const place = share ?? (kind === "plan" ? -1 : Number.MAX_SAFE_INTEGER);
		return [{ path: join(logs, name), who: share === undefined ? kind : `task ${share}`, order: at, place }];
	});
	return found.sort((a, b) => a.place - b.place || a.order - b.order);
}

async function textOf({ path }: Log): Promise<string> {
	return readTextFile(path).catch((cause) => {
		throw new NnvolError("RUN", `${path} cannot be read`, { cause });
	});
}

/** What progress overwrote on a terminal is passed over. */
function lastLine(text: string): string {
	const line = text.trimEnd().split("\n").at(-1)?.split("\r").at(-1)?.trim();
	return line === undefined || line === "" ? "(nothing)" : line;
}
