/**
 * A real SLURM with short arrays: runs that are cut into several arrays, that are planned in a job, whose plan fails, and scripts
 * of users without any of nnvol's.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAIN, nnvol } from "../../cli/command.ts";
import { outputsOf, readVolume, writeImages, writeModel } from "../../cli/scene.ts";
import { testFolder } from "../../folder.ts";
import { type Cluster, startCluster, until, whyNoCluster } from "./cluster.ts";
import { endsAs, jobOf, jsonOn, logsIn, nnvolOn, stateOf, submissionOf } from "./cluster-run.ts";

const why = whyNoCluster();
if (why !== undefined) process.stderr.write(`Tests on a real SLURM are skipped: ${why}\n`);

/** A folder with a space and a quote in its name, images in it, and what a run over them would write. */
async function imagesIn(count: number) {
	const folder = join(testFolder({ "it's here/": "" }), "it's here");
	const model = writeModel(join(folder, "model"));
	await writeImages(
		join(folder, "in"),
		Array.from({ length: count }, (_, n) => `a${n}.png`),
	);
	const words = (out: string) => [
		"--checkpoint",
		model,
		"system.device=cpu",
		`inference.volume_mode.file_pattern="${join(folder, "in", "*.png")}"`,
		`inference.data.output_path="${join(folder, out)}"`,
		"inference.data.output_format=png",
		"inference.test_time_augmentation.flip_axes=none",
	];
	expect((await nnvol("infer-volume", ...words("reference"))).code).toBe(0);
	return { folder, words };
}

async function expectSame(folder: string, out: string) {
	const names = outputsOf(join(folder, "reference"));
	expect(outputsOf(join(folder, out)).filter((name) => !name.endsWith(".log"))).toEqual(names);
	for (const name of names) {
		expect(await readVolume(join(folder, out, name))).toEqual(await readVolume(join(folder, "reference", name)));
	}
}

describe.skipIf(why !== undefined)("a real SLURM with arrays of three", { timeout: 300_000 }, () => {
	let cluster: Cluster;
	beforeAll(async () => {
		cluster = await startCluster({ nodes: 2, gpus: 0, settings: ["MaxArraySize=3"] });
	});
	afterAll(async () => {
		await cluster?.stop();
	});

	it("more tasks than an array may have are several arrays, one after the other where they share a limit", async () => {
		const { folder, words } = await imagesIn(4);
		const limits = ["--tasks", "4", "--max-parallel", "2", "--cpus-per-task", "1"];
		const made = submissionOf(await jsonOn(cluster, 0, "slurm", "submit", ...words("out"), ...limits));
		expect(made.jobs.map(({ kind, array, first }) => [kind, array, first])).toEqual([
			["array", "0-2", 0],
			["array", "0", 3],
			["finish", undefined, undefined],
		]);
		await endsAs(cluster, jobOf(made, "finish"), "COMPLETED", 120_000);
		await expectSame(folder, "out");
		expect(logsIn(made.logs)).toContain("share 3 of 4");
		const logs = await nnvolOn(cluster, "slurm", "logs", join(folder, "out"), "3", "--lines", "1");
		expect(logs.out).toMatch(/1 done, 3 by others or before, 0 failed/);
		const again = await nnvolOn(cluster, "slurm", "submit", ...words("out"), ...limits);
		expect(again.out).toContain("nothing was submitted: all 4 outputs");
	});

	it("a job that plans comes before the tasks", async () => {
		const { folder, words } = await imagesIn(2);
		const made = submissionOf(
			await jsonOn(
				cluster,
				0,
				"slurm",
				"submit",
				...words("out"),
				"--tasks",
				"2",
				"--cpus-per-task",
				"1",
				"--plan-job",
			),
		);
		expect(made.jobs.map(({ kind }) => kind)).toEqual(["plan", "array", "finish"]);
		await endsAs(cluster, jobOf(made, "finish"), "COMPLETED", 120_000);
		await expectSame(folder, "out");
	});

	it("nothing waits for ever where the job that plans fails", async () => {
		const { folder, words } = await imagesIn(1);
		const submit = [
			"slurm",
			"submit",
			...words("out"),
			"--tasks",
			"2",
			"--cpus-per-task",
			"1",
			"--plan-job",
			"--command",
			"exit 4; nnvol",
		];
		const made = submissionOf(await jsonOn(cluster, 0, ...submit));
		await endsAs(cluster, jobOf(made, "plan"), "FAILED", 60_000);
		await until("the tasks are cancelled", () => stateOf(cluster, `${jobOf(made, "array")}_1`) === "CANCELLED", 60_000);
		await until("finishing has ended", () => !/PENDING|RUNNING/.test(stateOf(cluster, jobOf(made, "finish"))), 60_000);
		const resumed = await nnvolOn(cluster, "slurm", "resume", join(folder, "out"));
		expect(resumed.err).toContain("the job that makes it has not run, or failed");
		expect(resumed.code).toBe(1);
	});

	it("what can never start is told with what to do about it", async () => {
		const { folder, words } = await imagesIn(1);
		submissionOf(await jsonOn(cluster, 0, "slurm", "submit", ...words("out"), "--cpus-per-task", "99"));
		const told = async () => (await nnvolOn(cluster, "slurm", "status", join(folder, "out"))).out;
		await until(
			"a reason is known",
			async () => /pending \((PartitionConfig|BadConstraints)\)/.test(await told()),
			60_000,
		);
		expect(await told()).toMatch(/^ {2}(PartitionConfig|BadConstraints): no node .* cpus_per_task/m);
		expect((await nnvolOn(cluster, "slurm", "cancel", join(folder, "out"))).code).toBe(0);
	});

	it("what SLURM refuses leaves nothing in the queue", async () => {
		const { folder, words } = await imagesIn(1);
		const refused = await nnvolOn(cluster, "slurm", "submit", ...words("out"), "--partition", "nowhere");
		expect(refused.err).toMatch(/SLURM refused the job: .*invalid partition/i);
		expect(refused.code).toBe(1);
		const late = await nnvolOn(cluster, "slurm", "submit", ...words("out"), "slurm.finish.partition=nowhere");
		expect(late.code).toBe(1);
		await until("nothing is in the queue", () => cluster.run("squeue", "-h") === "", 60_000);
		expect((await nnvolOn(cluster, "slurm", "status", join(folder, "out"))).err).toContain(
			"nothing was submitted from here",
		);
	});

	it("a script of one's own shares a list by start_index and step", async () => {
		const { folder, words } = await imagesIn(3);
		const script = join(folder, "own.sh");
		const line = ["infer-volume", ...words("out")].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
		writeFileSync(
			script,
			`#!/bin/bash\n#SBATCH --output="${join(folder, "own-%a.log")}"\nexec "${process.execPath}" "${MAIN}" ${line} \\\n\tinference.volume_mode.start_index=$SLURM_ARRAY_TASK_ID inference.volume_mode.step=3\n`,
		);
		const id = cluster.run("sbatch", "--parsable", "--array=0-2", script);
		for (const task of [0, 1, 2]) await endsAs(cluster, `${id}_${task}`, "COMPLETED", 120_000);
		await expectSame(folder, "out");
		expect(readFileSync(join(folder, "own-1.log"), "utf8")).toContain("1 done");
	});
});
