/**
 * `nnvol slurm` with programs of SLURM's that only say what they are told to: what is submitted, and what again.
 */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nnvol } from "../../cli/command.ts";
import { outputsOf, readJson, treeOf, writeImages, writeModel } from "../../cli/scene.ts";
import { testFolder } from "../../folder.ts";

/** Programs that note their words in `said.txt`; `squeue` shows `queue.txt`. */
const PROGRAMS: Readonly<Record<string, string>> = {
	sbatch: 'n=$(($(cat "$D/next.txt") + 1)); echo $n >"$D/next.txt"; echo $n',
	squeue: 'cat "$D/queue.txt"',
	scontrol: "echo MaxArraySize = 1001",
	scancel: ":",
};

async function scene(count = 8) {
	const folder = testFolder({ "said.txt": "", "queue.txt": "", "next.txt": "40", "bin/": "" });
	for (const [name, text] of Object.entries(PROGRAMS)) {
		const path = join(folder, "bin", name);
		writeFileSync(path, `#!/bin/sh\nD='${folder}'\necho ${name} "$@" >>"$D/said.txt"\n${text}\n`);
		chmodSync(path, 0o755);
	}
	vi.stubEnv("PATH", `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`);
	const model = writeModel(join(folder, "model"));
	await writeImages(
		join(folder, "in"),
		Array.from({ length: count }, (_, n) => `a${n}.png`),
	);
	const out = join(folder, "out");
	const words = [
		"--checkpoint",
		model,
		"system.device=cpu",
		`inference.volume_mode.file_pattern=${join(folder, "in", "*.png")}`,
		`inference.data.output_path=${out}`,
		"inference.data.output_format=png",
		"inference.test_time_augmentation.flip_axes=none",
	];
	const said = () => {
		const lines = readFileSync(join(folder, "said.txt"), "utf8").trim().split("\n");
		writeFileSync(join(folder, "said.txt"), "");
		return lines.filter((line) => /^(sbatch|scancel)/.test(line)).map((line) => line.replaceAll(folder, ""));
	};
	const queue = (...lines: readonly string[]) => writeFileSync(join(folder, "queue.txt"), lines.join("\n"));
	const submit = (...more: readonly string[]) => nnvol("slurm", "submit", ...words, "--tasks", "2", ...more);
	const place = () => join(out, ".nnvol", "slurm", readdirSync(join(out, ".nnvol", "slurm"))[0] ?? "");
	const work = (share: number) => nnvol("work", "--plan", join(place(), "job.json"), "--shard", `${share}/2`);
	return { folder, out, words, said, queue, submit, place, work };
}

describe.skipIf(process.platform === "win32")("nnvol slurm", () => {
	const cwd = process.cwd();
	beforeEach(() => {
		vi.stubEnv("SLURM_CONF", undefined);
	});
	afterEach(() => {
		process.chdir(cwd);
		vi.unstubAllEnvs();
	});

	it("submit writes what it submits, and status, logs and cancel tell of it", async () => {
		const { out, said, submit, place, queue } = await scene();
		const { code, out: text } = await submit("--time", "2:00:00", "slurm.setup=[module load cuda]");
		expect(code).toBe(0);
		expect(text).toContain("submitted: array 41 (tasks 0-1), finish 42; 2 shares");
		const folder = place();
		const shown = folder.slice(folder.indexOf("/out/"));
		expect(said()).toEqual([
			`sbatch --parsable --array=0-1 ${shown}/array.sh`,
			`sbatch --parsable --dependency=afterany:41 ${shown}/finish.sh`,
		]);
		expect(readdirSync(folder).sort()).toEqual([
			"array.sh",
			"config.yaml",
			"finish.sh",
			"job.json",
			"logs",
			"submission.json",
		]);
		const script = readFileSync(join(folder, "array.sh"), "utf8");
		expect(script).toContain("#SBATCH --time=2:00:00\n");
		expect(script).toContain("\nmodule load cuda\n");
		expect(script).toContain('--shard "$shard/2" --threads 4\n');
		expect(readJson(join(folder, "job.json"))).toMatchObject({ threads: 4, device: "cpu" });

		queue("41_0|RUNNING|None", "41_1|PENDING|Resources", "42|PENDING|Dependency");
		const status = await nnvol("slurm", "status", out);
		expect(status.out).toContain("array 41 (tasks 0-1): 1 running, 1 pending (Resources)");
		expect(status.out).toContain("finish 42: pending (Dependency)");
		expect(status.out).toContain("recorded: 0 of 8 outputs done");
		const twice = await submit();
		expect(twice.err).toContain("is in the queue (3 jobs and tasks)");
		expect([twice.code, said()]).toEqual([2, []]);

		expect((await nnvol("slurm", "logs", out)).out).toContain("no task has said anything yet");
		writeFileSync(join(folder, "logs", "array-41_1.log"), "begun\n50 %\r100 %\n");
		expect((await nnvol("slurm", "logs", out)).out).toContain("task 1: 100 %");
		expect((await nnvol("slurm", "logs", folder, "1", "--lines", "1")).out).toMatch(
			/array-41_1\.log <==\n50 %\r100 %\n$/,
		);
		expect((await nnvol("slurm", "logs", out, "0")).err).toContain("task 0 has no log");

		expect((await nnvol("slurm", "cancel", out)).out).toContain("cancelled: array 41 (tasks 0-1), finish 42");
		expect(said()).toEqual(["scancel 41 42"]);
		queue();
		expect((await nnvol("slurm", "cancel", out)).out).toBe("nothing of it is in the queue\n");
		expect((await nnvol("slurm", "status", out)).code).toBe(3);
	});

	it("resume submits the shares that have something left, and nothing where nothing is missing", async () => {
		const { out, said, submit, work, queue, place } = await scene();
		expect((await submit()).code).toBe(0);
		expect((await work(0)).code).toBe(0);
		said();
		queue("41_1|RUNNING|None", "42|PENDING|Dependency");
		const busy = await nnvol("slurm", "resume", out);
		expect(busy.out).toContain("no task has to be submitted again; tasks 1 are in the queue still");
		queue("42|PENDING|Dependency");
		const rehearsed = await nnvol("slurm", "resume", out, "--dry-run");
		expect(rehearsed.out).toContain("tasks 1 of 2 have something left");
		expect(said()).toEqual([]);
		const planned = String(readJson(join(place(), "job.json"))["created"]);
		const resumed = await nnvol("slurm", "resume", out, "--time", "8:00:00");
		expect(String(readJson(join(place(), "job.json"))["created"]) > planned).toBe(true); // what failed is tried again
		expect(resumed.out).toContain("recorded: 4 of 8 outputs done");
		expect(resumed.out).toContain("submitted: array 43 (tasks 1), finish 44");
		expect(said()).toEqual([
			expect.stringMatching(/^sbatch --parsable --array=1 --time=8:00:00 .*array\.sh$/),
			expect.stringMatching(/^sbatch --parsable --dependency=afterany:43 .*finish\.sh$/),
			"scancel 42",
		]);
		queue();
		expect((await work(1)).code).toBe(0);
		expect((await nnvol("slurm", "status", out)).out).toContain(
			"tasks that ended well: 0-1 of 2\nrecorded: 8 of 8 outputs",
		);
		expect((await nnvol("slurm", "resume", out)).out).toBe("nothing is missing: all 8 outputs are done\n");

		// records decide: what is gone is missing, though the workers said that they were done
		rmSync(join(out, outputsOf(out)[0] ?? ""));
		const lost = await nnvol("slurm", "resume", place());
		expect(lost.out).toContain("recorded: 7 of 8 outputs done");
		expect(lost.out).toContain("all 2 tasks have ended well, yet something is missing");
		expect(said()[0]).toContain("--array=0-1");
	});

	it("--dry-run shows all of it and writes nothing", async () => {
		const { folder, submit, said } = await scene();
		const before = treeOf(folder);
		const { code, out } = await submit("--dry-run", "--plan-job", "slurm.claims=true");
		expect(code).toBe(0);
		for (const kind of ["plan", "array", "finish"]) expect(out).toContain(`/${kind}.sh\n#!/bin/bash\n`);
		expect(out).toMatch(/--threads 4 --claims\n/);
		expect(out).toMatch(/JOB2=\$\(sbatch --parsable --dependency=afterok:\$JOB1 --array=0-1 /);
		expect(out).toMatch(/JOB3=\$\(sbatch --parsable --dependency=afterany:\$JOB2 /);
		expect([treeOf(folder), said()]).toEqual([before, []]);
	});

	it("mistakes are told before anything is written or submitted", async () => {
		const { folder, out, submit, said } = await scene();
		for (const [more, text] of [
			[["--checkpoint", join(folder, "none")], /none/],
			[["inference.volume_mode.file_pattern=*.nothing"], /no file/i],
			[["--time", "soon"], /slurm.time: expected a time such as/],
			[
				["--time", "2", "--signal", "120"],
				/slurm\.time is 2 \(120 s\), and tasks are told to stop slurm\.signal = 120 s before/,
			],
			[["slurm.partion=x"], /did you mean 'slurm.partition'/],
			[["inference.data.output_path=s3://bucket/out"], /set slurm.folder/],
			[[`slurm.templates=${folder}`], /array.sh lacks \{\{directives\}\}/],
		] as const) {
			writeFileSync(join(folder, "array.sh"), "exec {{command}} {{job}}");
			const { code, err } = await submit(...more);
			expect(err).toMatch(text);
			expect([code !== 0, existsSync(out), said()]).toEqual([true, false, []]);
		}
	});

	it("says what is not there", async () => {
		const folder = testFolder({ "out/": "", "broken/submission.json": "{}" });
		expect((await nnvol("slurm", "status", join(folder, "out"))).err).toContain("nothing was submitted from here");
		expect((await nnvol("slurm", "cancel", join(folder, "broken"))).err).toContain("submission.json cannot be read");
		const { submit } = await scene(1);
		vi.stubEnv("PATH", join(folder, "out"));
		const { code, err } = await submit();
		expect(err).toContain("there is no 'scontrol' here; run this on a machine of the cluster");
		expect(code).toBe(2);
	});
});
