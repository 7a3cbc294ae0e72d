/**
 * `npm run soak -- slurm [MINUTES]`: a streamed volume on a real SLURM of four nodes, disturbed at random: tasks killed and put
 * back, nodes lost and found, time limits, everything cancelled and resumed. In the end it must be what one run writes, and
 * nothing that was recorded may have been done again.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Cluster, startCluster, until, whyNoCluster } from "../../test/launch/slurm/cluster.ts";
import {
	brakeIn,
	endsAs,
	jobOf,
	jsonOn,
	nnvolOn,
	processesOf,
	processesOn,
	queueOf,
	startNow,
	submissionOf,
} from "../../test/launch/slurm/cluster-run.ts";
import {
	endsWith,
	makeSoakScene,
	recordsOf,
	requireKept,
	requireSame,
	wordsOf,
} from "../../test/run/volume/soak-scene.ts";

const TASKS = 8;
const NODES = ["n1", "n2", "n3", "n4"];

/** How often each thing was done. */
type Counts = Record<"killed" | "requeued" | "nodes" | "cancelled" | "resumed", number>;

/** Disturbs for so many minutes; prints figures. @throws at the first thing that is not as it should be */
export async function soakSlurm(minutes: number): Promise<void> {
	const why = whyNoCluster();
	if (why !== undefined) return console.log(`SLURM: skipped, ${why}`);
	const folder = await mkdtemp(join(tmpdir(), "nnvol-soak-"));
	const cluster = await startCluster();
	try {
		await disturbed(cluster, folder, minutes);
	} finally {
		await cluster.stop();
		await rm(folder, { recursive: true, force: true });
	}
}

async function disturbed(cluster: Cluster, folder: string, minutes: number): Promise<void> {
	const scene = await makeSoakScene(folder, 60 * Math.ceil(minutes), 1024);
	const [reference, out] = [join(folder, "reference"), join(folder, "out")];
	await endsWith(0, wordsOf(scene, reference));
	const blocks = recordsOf(reference).size;
	const brake = brakeIn(folder);
	brake.set((minutes * 60_000 * TASKS) / blocks);
	const limits = ["--tasks", String(TASKS), "--time", "2", "--signal", "60", "--cpus-per-task", "1"];
	const words = [...wordsOf(scene, out).slice(1), ...limits, ...brake.words];
	const made = submissionOf(await jsonOn(cluster, 0, "slurm", "submit", ...words));
	const counts: Counts = { killed: 0, requeued: 0, nodes: 0, cancelled: 0, resumed: 0 };
	let before = recordsOf(out);
	let array = jobOf(made, "array");
	for (const end = Date.now() + minutes * 60_000; Date.now() < end && before.size < blocks; ) {
		await pause(2000 + 8000 * Math.random());
		startNow(cluster);
		array = await disturb(cluster, out, array, counts);
		before = requireKept(before, out);
		console.log(`${before.size} of ${blocks} blocks; ${JSON.stringify(counts)}`);
	}
	brake.set(0);
	for (const node of NODES) if (!isUp(cluster, node)) cluster.startNode(node);
	await finished(cluster, out);
	requireKept(before, out);
	await requireSame(out, reference);
	console.log(`${JSON.stringify(counts)}: nothing done twice, equal`);
}

/** One disturbance; gives the array that is in the queue after it. */
async function disturb(cluster: Cluster, out: string, array: string, counts: Counts): Promise<string> {
	const task = Math.floor(Math.random() * TASKS);
	const what = Math.random();
	if (what < 0.25) {
		const [pid] = processesOf(cluster, array, task);
		if (pid !== undefined) {
			process.kill(pid, "SIGKILL");
			counts.killed++;
		}
	} else if (what < 0.6) {
		if (queueOf(cluster).get(`${array}_${task}`)?.state === "RUNNING") {
			cluster.run("scontrol", "requeue", `${array}_${task}`);
			counts.requeued++;
		}
	} else if (what < 0.8) await loseNode(cluster, counts);
	else return again(cluster, out, array, what > 0.9, counts);
	return array;
}

/** A node goes with all that runs on it, or one that has gone comes back. */
async function loseNode(cluster: Cluster, counts: Counts): Promise<void> {
	const gone = NODES.find((node) => !isUp(cluster, node));
	if (gone !== undefined) return cluster.startNode(gone);
	const node = NODES[Math.floor(Math.random() * NODES.length)] ?? "n1";
	cluster.killNode(node);
	for (const pid of processesOn(cluster, node)) process.kill(pid, "SIGKILL");
	counts.nodes++;
}

/** What is missing is submitted again, at times after all was cancelled. */
async function again(cluster: Cluster, out: string, array: string, cancels: boolean, counts: Counts): Promise<string> {
	if (cancels) {
		await nnvolOn(cluster, "slurm", "cancel", out);
		await until("nothing is in the queue", () => isIdle(cluster), 120_000);
		counts.cancelled++;
	}
	const told = await jsonOn(cluster, 0, "slurm", "resume", out);
	if (typeof told !== "object" || told === null || !("jobs" in told)) return array;
	counts.resumed++;
	return jobOf(submissionOf({ folder: "", logs: "", ...told }), "array") || array;
}

async function finished(cluster: Cluster, out: string): Promise<void> {
	for (let round = 0; round < 5; round++) {
		const idle = () => {
			startNow(cluster);
			return isIdle(cluster);
		};
		await until("all jobs have ended", idle, 600_000);
		const told = await jsonOn(cluster, 0, "slurm", "resume", out);
		if (typeof told !== "object" || told === null || !("jobs" in told)) return;
		await endsAs(cluster, jobOf(submissionOf({ folder: "", logs: "", ...told }), "finish"), "COMPLETED", 600_000);
	}
	throw new Error("after five resumptions something is missing");
}

function isIdle(cluster: Cluster): boolean {
	return [...queueOf(cluster).values()].every(({ state }) => !/PENDING|RUNNING|COMPLETING/.test(state));
}

function isUp(cluster: Cluster, node: string): boolean {
	return /^(idle|mix|alloc|comp)\w*$/.test(cluster.run("sinfo", "-h", "-n", node, "-o", "%t"));
}
