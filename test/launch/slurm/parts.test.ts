/**
 * The parts of a submission that need no SLURM: arrays, options, scripts, the queue's answers, dependencies, requeueing.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { NnvolError } from "../../../src/core/errors.ts";
import { arrayParts, numbersOf, rangesText } from "../../../src/launch/slurm/array-part.ts";
import { directiveLines, environmentFor } from "../../../src/launch/slurm/directives.ts";
import { maxArraySize, type RunProgram } from "../../../src/launch/slurm/program.ts";
import { isAlive, readQueue, shareOfEntry } from "../../../src/launch/slurm/queue.ts";
import { requeueSelf } from "../../../src/launch/slurm/requeue.ts";
import { fillTemplate, readTemplate, type ScriptValues } from "../../../src/launch/slurm/script.ts";
import { memoryOf, slurmSettings } from "../../../src/launch/slurm/settings.ts";
import { logFolder, sbatchValue, shellLine, shellWord } from "../../../src/launch/slurm/shell-text.ts";
import { submissionId } from "../../../src/launch/slurm/submission.ts";
import { commandOf, stepsOf, submitSteps } from "../../../src/launch/slurm/submit.ts";
import { testFolder } from "../../folder.ts";

const ascending = fc
	.uniqueArray(fc.nat(5000), { minLength: 1, maxLength: 200 })
	.map((all) => all.sort((a, b) => a - b));

const settingsOf = async (...overrides: readonly string[]) =>
	slurmSettings((await loadConfig({ overrides, env: {} })).config);

const answers =
	(...texts: readonly string[]): RunProgram =>
	async () => ({ ok: true, out: `${texts.join("\n")}\n`, err: "" });

const refuses =
	(err: string): RunProgram =>
	async () => ({ ok: false, out: "", err });

const VALUES: ScriptValues = {
	name: "n",
	job: "'/a b/job.json'",
	shards: "8",
	directives: "#SBATCH --time=1",
	requeues: "3",
	setup: "module load x",
	command: "nnvol",
	options: " --threads 2",
};

describe("arrays", () => {
	it("cover each share once, with indices that SLURM takes", () => {
		fc.assert(
			fc.property(ascending, fc.integer({ min: 1, max: 1500 }), (shares, size) => {
				const parts = arrayParts(shares, size);
				for (const { indices } of parts) for (const index of indices) expect(index).toBeLessThan(size);
				expect(parts.flatMap(({ first, indices }) => indices.map((index) => first + index))).toEqual(shares);
			}),
		);
	});

	it("are written as ranges that are read back", () => {
		fc.assert(
			fc.property(ascending, (numbers) => {
				expect(numbersOf(rangesText(numbers))).toEqual(numbers);
			}),
		);
		expect(rangesText([0, 1, 2, 5, 7, 8])).toBe("0-2,5,7-8");
	});
});

describe("options of sbatch", () => {
	it("are those of the configuration, a site's own last", async () => {
		const settings = await settingsOf(
			"slurm.partition=gpu",
			"slurm.time=4:00:00",
			"slurm.gpus_per_task=a100:1",
			"slurm.mem=32GB",
			"slurm.constraint=a|b",
			"slurm.options=[--exclude=n7]",
			"slurm.finish.partition=cpu",
		);
		const places = { cwd: "/home/me", logs: "/data/50% done/logs" };
		expect(directiveLines("array", settings, places)).toEqual([
			"#SBATCH --job-name=nnvol",
			"#SBATCH --chdir=/home/me",
			'#SBATCH --output="/data/50%% done/logs/array-%A_%a.log"',
			"#SBATCH --open-mode=append",
			"#SBATCH --kill-on-invalid-dep=yes",
			"#SBATCH --nodes=1",
			"#SBATCH --ntasks=1",
			"#SBATCH --partition=gpu",
			"#SBATCH --constraint=a|b",
			"#SBATCH --time=4:00:00",
			"#SBATCH --cpus-per-task=4",
			"#SBATCH --gres=gpu:a100:1",
			"#SBATCH --mem=32G",
			"#SBATCH --signal=B:USR2@120",
			"#SBATCH --requeue",
			"#SBATCH --exclude=n7",
		]);
		const finish = directiveLines("finish", settings, places);
		expect(finish).toContain("#SBATCH --partition=cpu");
		expect(finish.join()).not.toMatch(/gres|signal/);
	});

	it("leave out what is not asked for", async () => {
		const settings = await settingsOf("system.device=cpu", "slurm.signal=0", "slurm.requeue=false");
		const lines = directiveLines("array", settings, { cwd: "/", logs: "/l" }).join("\n");
		expect(lines).not.toMatch(/gres|signal|time|mem/);
		expect(lines).toContain("#SBATCH --no-requeue");
	});

	it("are not overruled by variables of sbatch that say the same; others stay", () => {
		const env = {
			SBATCH_PARTITION: "x",
			SBATCH_TIMELIMIT: "1",
			SBATCH_ACCOUNT: "me",
			SBATCH_ARRAY_INX: "1-2",
			SLURM_CONF: "c",
		};
		expect(environmentFor(["#SBATCH --partition=gpu", "#SBATCH --time=4"], env)).toEqual({
			SBATCH_ACCOUNT: "me",
			SLURM_CONF: "c",
		});
	});

	it("tell the memory that a run keeps to: four fifths", () => {
		expect([null, "0", "10G", "1000", "2T", "1024K"].map((mem) => memoryOf({ mem }))).toEqual([
			undefined,
			undefined,
			"8192MiB",
			"800MiB",
			"1677721MiB",
			undefined,
		]);
	});

	it("need numbers where the configuration says all there are", async () => {
		await expect(settingsOf("system.num_cpus=-1")).rejects.toThrow(/set slurm.cpus_per_task/);
		expect(await settingsOf("system.num_gpus=0")).toMatchObject({ gpus_per_task: 0, cpus_per_task: 4 });
	});
});

describe("scripts", () => {
	it.each(["plan", "array", "finish"] as const)("nnvol's own %s.sh is filled, and a shell takes it", async (kind) => {
		const text = fillTemplate(kind, await readTemplate(kind, null), VALUES);
		expect(text).not.toMatch(/\{\{|\}\}/);
		expect(text.startsWith("#!/bin/bash\n")).toBe(true);
		expect(text).toMatch(/^exec nnvol (plan|work|finish) .*'\/a b\/job\.json'/m);
		if (process.platform !== "win32") execFileSync("bash", ["-n"], { input: text });
	});

	it("a site's own template is taken where there is one", async () => {
		const folder = testFolder({ "array.sh": "#!/bin/sh\n{{directives}}\nexec {{ command }} work --plan {{job}}\n" });
		expect(fillTemplate("array", await readTemplate("array", folder), VALUES)).toBe(
			"#!/bin/sh\n#SBATCH --time=1\nexec nnvol work --plan '/a b/job.json'\n",
		);
		expect(await readTemplate("finish", folder)).toContain("{{command}} finish");
	});

	it("say what a template has that is not known, and what it lacks", () => {
		expect(() => fillTemplate("array", "{{jobb}}", VALUES)).toThrow(
			/array\.sh has \{\{jobb\}\}; known are \{\{name\}\}/,
		);
		expect(() => fillTemplate("array", "{{directives}}", VALUES)).toThrow(/lacks \{\{command\}\}, \{\{job\}\}/);
	});

	it("words reach a shell as they are", () => {
		if (process.platform === "win32") return;
		const words = fc.array(fc.string({ unit: "grapheme-ascii" }), { minLength: 1, maxLength: 4 });
		fc.assert(
			fc.property(words, (list) => {
				const out = execFileSync("sh", ["-c", `printf '%s\\0' ${shellLine(list)}`]).toString();
				expect(out.split("\0").slice(0, -1)).toEqual(list);
			}),
			{ numRuns: 30 },
		);
		expect([shellWord("/a/b.c"), sbatchValue('a "b"\\'), logFolder("50%")]).toEqual([
			"/a/b.c",
			'"a \\"b\\"\\\\"',
			"50%%",
		]);
	});
});

describe("jobs", () => {
	const part = { first: 0, indices: [0, 1] };
	const late = { first: 3, indices: [0] };

	it("finishing comes after all arrays, whatever became of them", () => {
		const steps = stepsOf({ folder: "/f", plans: true, parts: [part, late], maxParallel: null });
		const ids = ["10", "11", "12"];
		expect(steps.map((step) => commandOf(step, ids).slice(2).join(" "))).toEqual([
			join("/f", "plan.sh"),
			`--dependency=afterok:10 --array=0-1 ${join("/f", "array.sh")}`,
			`--dependency=afterok:10 --array=0 ${join("/f", "array.sh")} 3`,
			`--dependency=afterany:11:12 ${join("/f", "finish.sh")}`,
		]);
	});

	it("arrays that share a limit come one after the other; none are only finished", () => {
		const steps = stepsOf({ folder: "/f", plans: false, parts: [part, late], maxParallel: 2, options: ["--time=1"] });
		const lines = steps.map((step) => commandOf(step, ["10", "11"]).join(" "));
		expect(lines[0]).toContain("--array=0-1%2 --time=1");
		expect(lines[1]).toContain("--dependency=afterany:10 --array=0%2");
		const [only, more] = stepsOf({ folder: "/f", plans: false, parts: [], maxParallel: null, before: ["7"] });
		expect(more).toBeUndefined();
		expect(only && commandOf(only, [])).toContain("--dependency=afterany:7");
	});

	it("are cancelled where a later one is refused", async () => {
		const said: string[] = [];
		const run: RunProgram = async (words) => {
			said.push(words.slice(0, 2).join(" "));
			return words.includes("--dependency=afterany:5")
				? { ok: false, out: "", err: "no\nmore jobs\n" }
				: { ok: true, out: "5;cluster\n", err: "" };
		};
		const steps = stepsOf({ folder: "/f", plans: false, parts: [part], maxParallel: null });
		const jobs: string[] = [];
		const submitting = submitSteps(steps, {}, async (job) => void jobs.push(`${job.kind} ${job.id} ${job.array}`), run);
		await expect(submitting).rejects.toThrow(/SLURM refused the job: no; more jobs \(sbatch/);
		expect([jobs, said.at(-1)]).toEqual([["array 5 0-1"], "scancel 5"]);
	});

	it("submissions are named by the time", () => {
		expect(submissionId(new Date("2026-02-03T04:05:06.789Z"))).toBe("20260203-040506");
	});
});

describe("the queue", () => {
	it("is read entry by entry, arrays that wait as well", async () => {
		const entries = await readQueue(
			["4"],
			answers("4_0|RUNNING|None", "4_[2,5-6%3]|PENDING|Resources", "9|COMPLETED|None", ""),
		);
		expect(entries.map(({ job, index, state }) => `${job} ${index} ${state}`)).toEqual([
			"4 0 RUNNING",
			"4 2 PENDING",
			"4 5 PENDING",
			"4 6 PENDING",
			"9 undefined COMPLETED",
		]);
		expect(entries.map(isAlive)).toEqual([true, true, true, true, false]);
		const job = { kind: "array", id: "4", first: 100, command: "", submitted: "" } as const;
		expect(entries.map((entry) => shareOfEntry(entry, [job]))).toEqual([100, 102, 105, 106, undefined]);
	});

	it("forgets jobs, one of several or all", async () => {
		const run: RunProgram = async (words) =>
			words.at(-1) === "2"
				? { ok: true, out: "2|PENDING|Priority\n", err: "" }
				: { ok: false, out: "", err: "slurm_load_jobs error: Invalid job id specified" };
		expect((await readQueue(["1", "2"], run)).map(({ job }) => job)).toEqual(["2"]);
		expect(await readQueue(["1"], run)).toEqual([]);
		await expect(readQueue(["1"], refuses("Unable to contact slurm controller"))).rejects.toThrow(/does not answer/);
	});

	it("tells its longest array", async () => {
		expect(await maxArraySize(answers("MaxArraySize            = 4001", "MaxDBDMsgs = 1"))).toBe(4001);
		await expect(maxArraySize(refuses("down"))).rejects.toThrow(/does not answer \(scontrol show config\): down/);
	});
});

describe("a task puts itself back", () => {
	const task = { SLURM_JOB_ID: "12", SLURM_ARRAY_JOB_ID: "7", SLURM_ARRAY_TASK_ID: "3" };

	it.each([
		[task, "7_3"],
		[{ SLURM_JOB_ID: "12" }, "12"],
		[{ ...task, SLURM_RESTART_COUNT: "49" }, "7_3"],
	])("by its own id: %j", async (env, id) => {
		let said: readonly string[] = [];
		const run: RunProgram = async (words) => {
			said = words;
			return { ok: true, out: "", err: "" };
		};
		expect(await requeueSelf(env, run)).toMatchObject({ requeued: true });
		expect(said).toEqual(["scontrol", "requeue", id]);
	});

	it.each([
		[{}, answers(""), /no job of SLURM's/],
		[{ ...task, SLURM_RESTART_COUNT: "50" }, answers(""), /put back 50 times already/],
		[{ ...task, NNVOL_SLURM_REQUEUES: "2", SLURM_RESTART_COUNT: "2" }, answers(""), /put back 2 times already/],
		[{ ...task, NNVOL_SLURM_REQUEUES: "0" }, answers(""), /is not to be put back/],
		[task, refuses("Requested operation is presently disabled"), /did not put job 7_3 back: Requested operation/],
		[{ ...task, SLURM_RESTART_COUNT: "x" }, answers(""), /SLURM_RESTART_COUNT is "x"/],
	])("or says why not: %#", async (env, run, why) => {
		const { requeued, text } = await requeueSelf(env, run);
		expect(requeued).toBe(false);
		expect(text).toMatch(why);
	});

	it("says what to do where scontrol is missing", async () => {
		const run: RunProgram = async () => {
			throw new NnvolError("CONFIG", "there is no 'scontrol' here; run this elsewhere");
		};
		expect((await requeueSelf(task, run)).text).toMatch(/container.*nnvol slurm resume/);
	});
});
