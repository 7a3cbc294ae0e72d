/**
 * Runs on a real SLURM of several nodes on this machine: disturbed in every way they come to what one run writes, and nothing
 * that was recorded is done again.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { testFolder } from "../../folder.ts";
import { endsWith, makeSoakScene, recordsOf, requireKept, requireSame, wordsOf } from "../../run/volume/soak-scene.ts";
import { type Cluster, startCluster, until, whyNoCluster } from "./cluster.ts";
import {
	brakeIn,
	endsAs,
	jobOf,
	jsonOn,
	logsIn,
	nnvolOn,
	processesOf,
	queueOf,
	restartsOf,
	SUBMISSION,
	startNow,
	stateOf,
	submissionOf,
} from "./cluster-run.ts";

const why = whyNoCluster();
if (why !== undefined) process.stderr.write(`Tests on a real SLURM are skipped: ${why}\n`);

describe.skipIf(why !== undefined)("a real SLURM", { timeout: 600_000 }, () => {
	let cluster: Cluster;
	beforeAll(async () => {
		cluster = await startCluster();
	});
	afterAll(async () => {
		await cluster?.stop();
	});

	it("killed tasks, a lost node, time limits, a cancel, a resume: the same voxels, nothing recorded is done twice", async () => {
		const folder = testFolder();
		const scene = await makeSoakScene(folder, 48, 1024);
		const [reference, out] = [join(folder, "reference"), join(folder, "out")];
		await endsWith(0, wordsOf(scene, reference));
		const brake = brakeIn(folder);
		brake.set(6000);
		const words = wordsOf(scene, out).slice(1);
		const limits = ["--tasks", "8", "--time", "1", "--signal", "30", "--cpus-per-task", "1", "--gpus-per-task", "1"];
		const made = submissionOf(await jsonOn(cluster, 0, "slurm", "submit", ...words, ...limits, ...brake.words));
		const [array, finish] = [jobOf(made, "array"), jobOf(made, "finish")];
		expect(stateOf(cluster, finish)).toBe("PENDING");
		const twice = await nnvolOn(cluster, "slurm", "submit", ...words, ...limits);
		expect(twice.err).toContain("of these outputs is in the queue");

		await until("blocks are recorded", () => recordsOf(out).size >= 8, 180_000);
		let before = recordsOf(out);
		const [lost = Number.NaN] = processesOf(cluster, array, 1);
		process.kill(lost, "SIGKILL");
		cluster.run("scontrol", "requeue", `${array}_3`); // as preemption does: TERM, then back into the queue
		let last = { task: "", node: "" };
		const isRunning = () => {
			for (const task of [`${array}_7`, `${array}_6`, `${array}_5`, `${array}_4`]) {
				const text = cluster.run("scontrol", "show", "job", task);
				const node = /JobState=RUNNING/.test(text) ? /[^a-z]NodeList=(n\d)/i.exec(text)?.[1] : undefined;
				if (node !== undefined) last = { task, node };
			}
			return last.node !== "";
		};
		await until("one of the last tasks runs", isRunning, 120_000);
		const { task, node } = last;
		const restarts = restartsOf(cluster, task);
		cluster.killNode(node);
		await until("the killed task has failed", () => stateOf(cluster, `${array}_1`) === "FAILED", 60_000);

		await until("a task met its time limit", () => logsIn(made.logs).includes("is back in the queue"), 120_000);
		before = requireKept(before, out);
		const isBack = () => {
			startNow(cluster);
			return restartsOf(cluster, task) >= restarts + 1;
		};
		await until("the task of the lost node is put back", isBack, 120_000);
		const isOn = () => {
			startNow(cluster);
			return logsIn(made.logs).includes(", start 2,");
		};
		await until("a task that was put back goes on", isOn, 120_000);
		before = requireKept(before, out);
		const blocks = recordsOf(reference).size;
		expect(before.size).toBeLessThan(blocks);

		const status = await nnvolOn(cluster, "slurm", "status", out);
		expect(status.out).toMatch(/array \d+ \(tasks 0-7\): .*1 failed/);
		expect(status.out).toContain("0 of 1 outputs done");
		expect(status.code).toBe(0);
		const cancelled = await nnvolOn(cluster, "slurm", "cancel", out);
		expect(cancelled.out).toContain(`cancelled: array ${array}`);
		await until(
			"nothing is in the queue",
			() => [...queueOf(cluster).values()].every(({ state }) => !/PENDING|RUNNING|COMPLETING/.test(state)),
			60_000,
		);
		before = requireKept(before, out);
		expect((await nnvolOn(cluster, "slurm", "status", out)).code).toBe(3);

		cluster.startNode(node);
		brake.set(0);
		const again = z.object({ text: z.string(), jobs: SUBMISSION.shape.jobs });
		const resumed = again.parse(await jsonOn(cluster, 0, "slurm", "resume", out, "--time", "10"));
		expect(resumed.text).toMatch(/tasks [\d,-]+ of 8 have something left/);
		await endsAs(cluster, jobOf({ ...made, jobs: resumed.jobs }, "finish"), "COMPLETED", 120_000);
		requireKept(before, out);
		await requireSame(out, reference);
		const end = await nnvolOn(cluster, "slurm", "status", out);
		expect(end.out).toContain("1 of 1 outputs done, 96 of 96 blocks");
		expect(end.code).toBe(0);
		expect(await jsonOn(cluster, 0, "slurm", "resume", out)).toMatchObject({ submitted: false });
		expect((await nnvolOn(cluster, "slurm", "logs", out, "1")).out.match(/==>/g)).toHaveLength(2);
	});
});
