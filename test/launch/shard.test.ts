import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findShard } from "../../src/launch/shard.ts";

const share = (env: Record<string, string>, explicit?: string) => {
	const { index, count } = findShard(env, explicit);
	return [index, count];
};

describe("findShard", () => {
	test("nothing said and nothing found: all of it", () => {
		expect(findShard({})).toEqual({ index: 0, count: 1, from: "alone" });
	});

	test("what is said wins over every scheduler", () => {
		const env = { SLURM_ARRAY_TASK_ID: "5", JOB_COMPLETION_INDEX: "x", OMPI_COMM_WORLD_RANK: "1" };
		expect(findShard(env, "3/8")).toEqual({ index: 3, count: 8, from: "--shard 3/8" });
	});

	test.each([
		"",
		"3",
		"3/",
		"/8",
		"-1/8",
		"1.5/8",
		"a/8",
		"auto",
		"auto/",
		"1/2/3",
		" 1/2",
		"1/0",
		"auto/0",
		"8/8",
		"9/8",
	])("malformed: %j", (text) => {
		expect(() => findShard({ SLURM_ARRAY_TASK_ID: "0" }, text)).toThrow(/^--shard .*(0\/\d|7\/8)/);
	});

	test("auto without a scheduler says what to do", () => {
		expect(() => findShard({}, "auto/8")).toThrow(
			"no scheduler's index is in the environment; say which share this is, such as --shard 0/8",
		);
	});

	test.each<[string, Record<string, string>, string | undefined, number[], string]>([
		["SLURM", { SLURM_ARRAY_TASK_ID: "3" }, "auto/8", [3, 8], "SLURM_ARRAY_TASK_ID=3 of --shard auto/8"],
		["Kubernetes", { JOB_COMPLETION_INDEX: "7" }, "auto/8", [7, 8], "JOB_COMPLETION_INDEX=7 of --shard auto/8"],
		["PBS", { PBS_ARRAY_INDEX: "2" }, "auto/4", [2, 4], "PBS_ARRAY_INDEX=2 of --shard auto/4"],
		["Torque", { PBS_ARRAYID: "0" }, "auto/4", [0, 4], "PBS_ARRAYID=0 of --shard auto/4"],
		[
			"AWS",
			{ AWS_BATCH_JOB_ARRAY_INDEX: "1", AWS_BATCH_JOB_ARRAY_SIZE: "4" },
			undefined,
			[1, 4],
			"AWS_BATCH_JOB_ARRAY_INDEX=1 of 4",
		],
		["Google", { BATCH_TASK_INDEX: "0", BATCH_TASK_COUNT: "1" }, undefined, [0, 1], "BATCH_TASK_INDEX=0 of 1"],
		[
			"Cloud Run",
			{ CLOUD_RUN_TASK_INDEX: "2", CLOUD_RUN_TASK_COUNT: "3" },
			undefined,
			[2, 3],
			"CLOUD_RUN_TASK_INDEX=2 of 3",
		],
		["LSF", { LSB_JOBINDEX: "3", LSB_JOBINDEX_END: "8" }, undefined, [2, 8], "LSB_JOBINDEX=3 of 8"],
		[
			"LSF in steps",
			{ LSB_JOBINDEX: "5", LSB_JOBINDEX_END: "10", LSB_JOBINDEX_STEP: "2" },
			undefined,
			[2, 5],
			"LSB_JOBINDEX=5 of 5",
		],
		[
			"SGE",
			{ SGE_TASK_ID: "8", SGE_TASK_FIRST: "1", SGE_TASK_LAST: "8", SGE_TASK_STEPSIZE: "1" },
			undefined,
			[7, 8],
			"SGE_TASK_ID=8 of 8",
		],
		[
			"Open MPI",
			{ OMPI_COMM_WORLD_RANK: "1", OMPI_COMM_WORLD_SIZE: "2" },
			undefined,
			[1, 2],
			"OMPI_COMM_WORLD_RANK=1 of OMPI_COMM_WORLD_SIZE=2",
		],
		["MPICH", { PMI_RANK: "1", PMI_SIZE: "2" }, "auto/2", [1, 2], "PMI_RANK=1 of PMI_SIZE=2"],
		[
			"srun",
			{ SLURM_PROCID: "1", SLURM_NTASKS: "2", SLURM_STEP_NUM_TASKS: "2" },
			undefined,
			[1, 2],
			"SLURM_PROCID=1 of SLURM_STEP_NUM_TASKS=2",
		],
	])("%s", (_name, env, explicit, expected, from) => {
		const { index, count, from: found } = findShard(env, explicit);
		expect([index, count]).toEqual(expected);
		expect(found).toBe(from);
	});

	test.each([
		[{ SLURM_ARRAY_TASK_ID: "0", SLURM_ARRAY_TASK_COUNT: "8" }, "SLURM"],
		[{ JOB_COMPLETION_INDEX: "0" }, "Kubernetes"],
		[{ PBS_ARRAY_INDEX: "1" }, "PBS"],
		[{ LSB_JOBINDEX: "1" }, "LSF"],
		[{ SGE_TASK_ID: "3", SGE_TASK_FIRST: "3", SGE_TASK_LAST: "4", SGE_TASK_STEPSIZE: "1" }, "SGE"],
		[{ AWS_BATCH_JOB_ARRAY_INDEX: "1" }, "AWS Batch"],
	])("an index without a count says what to add: %j", (env, name) => {
		expect(() => findShard(env)).toThrow(`${name} does not tell how many shares there are; add --shard auto/N`);
	});

	test("outside arrays the variables of LSF and SGE are there and mean nothing", () => {
		expect(findShard({ LSB_JOBINDEX: "0", SGE_TASK_ID: "undefined", SGE_TASK_FIRST: "undefined" }).from).toBe("alone");
	});

	test("a batch script with several tasks is one worker; only srun starts ranks", () => {
		expect(findShard({ SLURM_PROCID: "0", SLURM_NTASKS: "4" }).from).toBe("alone");
		expect(findShard({ SLURM_PROCID: "0", SLURM_NTASKS: "1", SLURM_STEP_NUM_TASKS: "1" }).from).toBe("alone");
	});

	test("mpirun inside SLURM: the ranks' own variables, not those of the daemon that srun started", () => {
		const env = { SLURM_PROCID: "1", SLURM_STEP_NUM_TASKS: "2", OMPI_COMM_WORLD_RANK: "5", OMPI_COMM_WORLD_SIZE: "8" };
		expect(share(env)).toEqual([5, 8]);
	});

	test("AWS Batch in pods of Kubernetes: the one that tells the count", () => {
		expect(share({ JOB_COMPLETION_INDEX: "0", AWS_BATCH_JOB_ARRAY_INDEX: "2", AWS_BATCH_JOB_ARRAY_SIZE: "3" })).toEqual(
			[2, 3],
		);
	});

	test("a part of an array submitted again keeps its shares", () => {
		const slurm = {
			SLURM_ARRAY_TASK_MIN: "3",
			SLURM_ARRAY_TASK_MAX: "7",
			SLURM_ARRAY_TASK_STEP: "1",
			SLURM_ARRAY_TASK_COUNT: "2",
		};
		expect(share({ ...slurm, SLURM_ARRAY_TASK_ID: "7" }, "auto/8")).toEqual([7, 8]);
		expect(share({ LSB_JOBINDEX: "3", LSB_JOBINDEX_END: "3" }, "auto/8")).toEqual([2, 8]);
		expect(share({ SGE_TASK_ID: "3", SGE_TASK_FIRST: "3", SGE_TASK_LAST: "3" }, "auto/8")).toEqual([2, 8]);
	});

	test("an array that starts elsewhere and has as many tasks as shares", () => {
		const from = (first: number, last: number, step: number, id: number) => ({
			SLURM_ARRAY_TASK_ID: `${id}`,
			SLURM_ARRAY_TASK_MIN: `${first}`,
			SLURM_ARRAY_TASK_MAX: `${last}`,
			SLURM_ARRAY_TASK_STEP: `${step}`,
		});
		expect(share(from(1, 8, 1, 8), "auto/8")).toEqual([7, 8]);
		expect(share(from(1, 8, 1, 1), "auto/8")).toEqual([0, 8]);
		expect(share(from(100, 114, 2, 104), "auto/8")).toEqual([2, 8]);
		expect(() => findShard(from(1, 9, 1, 2), "auto/8")).toThrow("submit the array as --array=0-7, or a part of that");
	});

	test("what a whole array tells cannot be contradicted", () => {
		expect(() => findShard({ AWS_BATCH_JOB_ARRAY_INDEX: "0", AWS_BATCH_JOB_ARRAY_SIZE: "4" }, "auto/8")).toThrow(
			"says that there are 4",
		);
		expect(() => findShard({ PMI_RANK: "0", PMI_SIZE: "4" }, "auto/8")).toThrow("says that there are 4 ranks");
		expect(() => findShard({ JOB_COMPLETION_INDEX: "8" }, "auto/8")).toThrow("completions: 8");
	});

	test("ranks inside an array: the array's number is that of all ranks", () => {
		const env = { SLURM_ARRAY_TASK_ID: "3", SLURM_PROCID: "1", SLURM_STEP_NUM_TASKS: "2" };
		const found = findShard(env, "auto/16");
		expect([found.index, found.count]).toEqual([7, 16]);
		expect(found.from).toBe("SLURM_ARRAY_TASK_ID=3 of --shard auto/16, SLURM_PROCID=1 of SLURM_STEP_NUM_TASKS=2");
		expect(() => findShard(env, "auto/15")).toThrow("a multiple of 2");
		expect(() => findShard(env)).toThrow("times the 2 ranks of each");
	});

	test.each([
		{ JOB_COMPLETION_INDEX: "first" },
		{ SLURM_ARRAY_TASK_ID: "-1" },
		{ AWS_BATCH_JOB_ARRAY_INDEX: "4", AWS_BATCH_JOB_ARRAY_SIZE: "4" },
		{ PMI_RANK: "2", PMI_SIZE: "2" },
	])("variables that make no sense are refused, not guessed: %j", (env) => {
		expect(() => findShard(env)).toThrow("--shard i/n");
	});

	/** How each scheduler numbers `tasks` tasks. */
	const arrays = (tasks: number, i: number): readonly [Record<string, string>, boolean][] => [
		[
			{
				SLURM_ARRAY_TASK_ID: `${i}`,
				SLURM_ARRAY_TASK_MIN: "0",
				SLURM_ARRAY_TASK_MAX: `${tasks - 1}`,
				SLURM_ARRAY_TASK_STEP: "1",
			},
			false,
		],
		[
			{
				SLURM_ARRAY_TASK_ID: `${i + 1}`,
				SLURM_ARRAY_TASK_MIN: "1",
				SLURM_ARRAY_TASK_MAX: `${tasks}`,
				SLURM_ARRAY_TASK_STEP: "1",
			},
			false,
		],
		[{ JOB_COMPLETION_INDEX: `${i}` }, false],
		[{ PBS_ARRAY_INDEX: `${i}` }, false],
		[{ AWS_BATCH_JOB_ARRAY_INDEX: `${i}`, AWS_BATCH_JOB_ARRAY_SIZE: `${tasks}` }, true],
		[{ BATCH_TASK_INDEX: `${i}`, BATCH_TASK_COUNT: `${tasks}` }, true],
		[{ LSB_JOBINDEX: `${i + 1}`, LSB_JOBINDEX_END: `${tasks}` }, true],
		[{ SGE_TASK_ID: `${i + 1}`, SGE_TASK_FIRST: "1", SGE_TASK_LAST: `${tasks}`, SGE_TASK_STEPSIZE: "1" }, true],
	];

	test("law: the tasks of a whole array, with ranks or without, are each share once", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 40 }),
				fc.integer({ min: 1, max: 5 }),
				fc.integer({ min: 0, max: 7 }),
				(tasks, ranks, kind) => {
					const n = tasks * ranks;
					const seen: number[] = [];
					for (let i = 0; i < tasks; i++) {
						const [env, tells] = arrays(tasks, i)[kind]!;
						for (let r = 0; r < ranks; r++) {
							const all = { ...env, SLURM_PROCID: `${r}`, SLURM_STEP_NUM_TASKS: `${ranks}` };
							const chosen = findShard(all, `auto/${n}`);
							expect(chosen.count).toBe(n);
							if (tells) expect(findShard(all)).toMatchObject({ index: chosen.index, count: n });
							seen.push(chosen.index);
						}
					}
					expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, k) => k));
				},
			),
		);
	});

	test("law: any part of an array, submitted again by its numbers, does the shares it did", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 50 }),
				fc.uniqueArray(fc.nat({ max: 49 }), { minLength: 1 }),
				(count, picks) => {
					const part = [...new Set(picks.map((pick) => pick % count))];
					const [first, last] = [Math.min(...part), Math.max(...part)];
					for (const i of part) {
						const slurm = {
							SLURM_ARRAY_TASK_ID: `${i}`,
							SLURM_ARRAY_TASK_MIN: `${first}`,
							SLURM_ARRAY_TASK_MAX: `${last}`,
							SLURM_ARRAY_TASK_STEP: "1",
						};
						const sge = {
							SGE_TASK_ID: `${i + 1}`,
							SGE_TASK_FIRST: `${first + 1}`,
							SGE_TASK_LAST: `${last + 1}`,
							SGE_TASK_STEPSIZE: "1",
						};
						const lsf = { LSB_JOBINDEX: `${i + 1}`, LSB_JOBINDEX_END: `${last + 1}` };
						for (const env of [slurm, sge, lsf]) expect(share(env, `auto/${count}`)).toEqual([i, count]);
					}
				},
			),
		);
	});

	test("law: what comes out is always a share, and anything else is an error that says so", () => {
		const number = fc.option(fc.integer({ min: 0, max: 12 }).map(String), { nil: undefined });
		const names = [
			"SLURM_ARRAY_TASK_ID",
			"SLURM_ARRAY_TASK_MIN",
			"SLURM_ARRAY_TASK_MAX",
			"SLURM_ARRAY_TASK_STEP",
			"SLURM_PROCID",
			"SLURM_STEP_NUM_TASKS",
			"LSB_JOBINDEX",
			"LSB_JOBINDEX_END",
			"SGE_TASK_ID",
			"SGE_TASK_FIRST",
			"SGE_TASK_LAST",
			"SGE_TASK_STEPSIZE",
			"PMI_RANK",
			"PMI_SIZE",
			"BATCH_TASK_INDEX",
			"BATCH_TASK_COUNT",
		];
		const environment = fc.record(Object.fromEntries(names.map((name) => [name, number])));
		fc.assert(
			fc.property(environment, fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }), (env, n) => {
				try {
					const { index, count } = findShard(env, n === undefined ? undefined : `auto/${n}`);
					expect(Number.isInteger(index) && index >= 0 && index < count).toBe(true);
					if (n !== undefined) expect(count).toBe(n);
				} catch (error) {
					expect(error).toMatchObject({ code: "CONFIG" });
				}
			}),
			{ numRuns: 2000 },
		);
	});
});
