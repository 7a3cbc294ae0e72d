/**
 * The built program on a test's cluster: commands, what the queue says, tasks that are met while they run.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { shellLine } from "../../../src/launch/slurm/shell-text.ts";
import { MAIN, type Result, start } from "../../cli/command.ts";
import { type Cluster, until } from "./cluster.ts";

/** Runs `nnvol` to its end, its queue being the cluster's. */
export function nnvolOn(cluster: Cluster, ...argv: readonly string[]): Promise<Result> {
	return start(argv, cluster.env).ended;
}

/** As above, and parses what it says. @throws where it does not end with `code` */
export async function jsonOn(cluster: Cluster, code: number, ...argv: readonly string[]): Promise<unknown> {
	const ended = await nnvolOn(cluster, ...argv, "--json");
	if (ended.code !== code)
		throw new Error(`nnvol ${argv.join(" ")} ended with ${ended.code}: ${ended.out}${ended.err}`);
	return JSON.parse(ended.out);
}

/** What `slurm submit --json` tells. */
export const SUBMISSION = z.object({
	folder: z.string(),
	logs: z.string(),
	jobs: z.array(
		z.object({ kind: z.string(), id: z.string(), array: z.string().optional(), first: z.number().optional() }),
	),
});

/** A submission, as it is told. */
export type Told = z.infer<typeof SUBMISSION>;

export function submissionOf(value: unknown): Told {
	return SUBMISSION.parse(value);
}

/** The last job of a kind. */
export function jobOf({ jobs }: Pick<Told, "jobs">, kind: string): string {
	return jobs.findLast((job) => job.kind === kind)?.id ?? "";
}

/** Makes each block wait before it is recorded. */
export type Brake = { readonly set: (milliseconds: number) => void; readonly words: readonly string[] };

/** A brake for tasks: options of `slurm submit` that put it in. */
export function brakeIn(folder: string): Brake {
	const file = join(folder, "brake.txt");
	const slow = pathToFileURL(join(import.meta.dirname, "slow.mjs")).href;
	return {
		set: (milliseconds) => writeFileSync(file, String(milliseconds)),
		words: [
			"--command",
			shellLine([process.execPath, "--import", slow, MAIN]),
			`slurm.setup=['export NNVOL_TEST_SLOW="${file}"']`,
		],
	};
}

/** State and reason of every job and task that the queue knows of, by `JOB` or `JOB_TASK`. */
export function queueOf(cluster: Cluster): ReadonlyMap<string, { readonly state: string; readonly reason: string }> {
	const lines = cluster.run("squeue", "-h", "-r", "-t", "all", "-o", "%i|%T|%r").split("\n");
	return new Map(
		lines
			.filter((line) => line !== "")
			.map((line) => {
				const [id = "", state = "", reason = ""] = line.split("|");
				return [id, { state, reason }] as const;
			}),
	);
}

/** State of a job or task; "gone" where the queue has forgotten it. */
export function stateOf(cluster: Cluster, id: string): string {
	return queueOf(cluster).get(id)?.state ?? "gone";
}

/** How often SLURM has put a task back. */
export function restartsOf(cluster: Cluster, id: string): number {
	return Number(/Restarts=(\d+)/.exec(cluster.run("scontrol", "show", "job", id))?.[1]);
}

/** Milliseconds after which a node has told of a task's end; started before, the task is taken for ended as well. */
const SETTLED = 4000;

const waiting = new Map<string, number>();

/** Lets tasks that were put back and have left their node start: SLURM itself keeps them for two minutes. */
export function startNow(cluster: Cluster): void {
	for (const [id, { state, reason }] of queueOf(cluster)) {
		const [job = "", task] = id.split("_");
		const key = `${cluster.folder} ${id}`;
		const isBack = state === "PENDING" && reason === "BeginTime" && task !== undefined;
		if (!isBack || processesOf(cluster, job, Number(task)).length > 0) {
			waiting.delete(key);
			continue;
		}
		const since = waiting.get(key) ?? Date.now();
		waiting.set(key, since);
		if (Date.now() - since >= SETTLED) cluster.run("scontrol", "update", `jobid=${id}`, "StartTime=now");
	}
}

/** Waits until a job has ended; tasks that wait for their time are started. @throws where it does not end as expected */
export async function endsAs(cluster: Cluster, id: string, state: string, milliseconds: number): Promise<void> {
	const over = () => {
		startNow(cluster);
		return !/^(PENDING|RUNNING|COMPLETING|CONFIGURING|REQUEUED)$/.test(stateOf(cluster, id));
	};
	await until(`job ${id} ends`, over, milliseconds);
	const found = stateOf(cluster, id);
	if (found !== state) throw new Error(`job ${id}: expected ${state}, found ${found}`);
}

/** Processes of a task of the cluster's. */
export function processesOf(cluster: Cluster, job: string, task: number): readonly number[] {
	return processesWith(cluster, [`SLURM_ARRAY_JOB_ID=${job}`, `SLURM_ARRAY_TASK_ID=${task}`]);
}

/** Processes of tasks on a node. */
export function processesOn(cluster: Cluster, node: string): readonly number[] {
	return processesWith(cluster, ["SLURM_ARRAY_TASK_ID=", `SLURMD_NODENAME=${node}`]);
}

/** Processes of the cluster with variables that begin like these. */
function processesWith(cluster: Cluster, variables: readonly string[]): readonly number[] {
	const wanted = [`SLURM_CONF=${cluster.folder}/slurm.conf`, ...variables];
	return readdirSync("/proc")
		.filter((name) => /^\d+$/.test(name))
		.map(Number)
		.filter((pid) => {
			const env = environOf(pid);
			return wanted.every((one) => env.some((each) => (one.endsWith("=") ? each.startsWith(one) : each === one)));
		});
}

function environOf(pid: number): readonly string[] {
	try {
		return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
	} catch {
		return [];
	}
}

/** All that tasks have said. */
export function logsIn(folder: string): string {
	if (!existsSync(folder)) return "";
	return readdirSync(folder)
		.sort()
		.map((name) => `==> ${name}\n${readFileSync(join(folder, name), "utf8")}`)
		.join("\n");
}
