/**
 * Reports of several runs into one folder: each has its own, and what tells nothing any more goes.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { caseStatus } from "../../src/run/case-status.ts";
import { workerReports } from "../../src/run/merged-report.ts";
import { dropCovered, reportsIn, telling } from "../../src/run/past-reports.ts";
import { type RunReport, writeReport } from "../../src/run/report.ts";
import { runId } from "../../src/run/run-folder.ts";
import { testFolder } from "../folder.ts";
import { planOfCases } from "./run-facts.ts";

const DAY = "2026-11-24T";

type Given = Partial<RunReport> & { readonly ids: readonly string[] };

function reportOf(folder: string, { ids, ...more }: Given): RunReport {
	const plan = planOfCases(folder, ids);
	return {
		version: 1,
		state: "finished",
		plan: plan.hash,
		run: runId(plan),
		folder,
		process: { host: "elsewhere", pid: 1 },
		started: `${DAY}10:00:00.000Z`,
		seconds: 60,
		total: ids.length,
		done: ids.length,
		skipped: 0,
		failed: 0,
		remaining: 0,
		peakMemory: 1,
		cases: plan.cases.map(({ id, files, output }) => ({ id, inputs: files, output, state: "done" })),
		...more,
	};
}

const keysIn = async (folder: string) => (await reportsIn(folder)).map(({ key }) => key);

describe("runs into one folder", () => {
	it("each keep their report; the latest lies where it is looked for as well", async () => {
		const folder = testFolder();
		const [first, second] = [reportOf(folder, { ids: ["a", "b"] }), reportOf(folder, { ids: ["c"] })];
		await writeReport(first, "");
		await writeReport({ ...second, started: `${DAY}11:00:00.000Z` }, "");
		expect(await keysIn(folder)).toEqual([`runs/${first.run}/report.json`, "report.json"]);
		expect((await caseStatus(folder)).map(({ total }) => total)).toEqual([2, 1]);
	});

	it("are the same run for the same plan and outputs, in whatever order, and else another", () => {
		const id = (...ids: string[]) => runId(planOfCases("out", ids));
		expect(id("a", "b")).toBe(id("b", "a"));
		expect(
			new Set([id("a", "b"), id("a"), id("a", "b", "c"), runId({ ...planOfCases("out", ["a"]), hash: "x" })]).size,
		).toBe(4);
		expect(runId(planOfCases("s3://bucket/out", ["a"]))).toBe(runId(planOfCases("/data/out", ["a"])));
	});

	it("workers of two jobs with the same shares are told apart; those of an older nnvol are found", async () => {
		const folder = testFolder();
		const [own, other] = [reportOf(folder, { ids: ["a", "b"] }), reportOf(folder, { ids: ["c"] })];
		for (const report of [own, other])
			for (const share of ["-0-of-2", "-1-of-2"]) await writeReport(report, share, true);
		const plan = planOfCases(folder, ["b", "a"]);
		const since = `${DAY}09:00:00.000Z`;
		const keysOf = async () => (await workerReports(plan, since)).map(({ key }) => key);
		expect(await keysOf()).toEqual([0, 1].map((n) => `runs/${own.run}/report-${n}-of-2.json`));
		const { run: _, ...old } = own;
		writeFileSync(join(folder, ".nnvol", "report-4-of-9.json"), JSON.stringify(old));
		expect(await keysOf()).toContain("report-4-of-9.json");
		expect(await workerReports(plan, `${DAY}10:00:01.000Z`)).toEqual([]);
	});

	it("tell of workers until their reports are made one, and again when workers begin anew", async () => {
		const folder = testFolder();
		const worker = reportOf(folder, { ids: ["a", "b"], done: 1, remaining: 1 });
		for (const share of ["-0-of-2", "-1-of-2"]) await writeReport(worker, share, true);
		const told = async () => telling(await reportsIn(folder)).map(({ key }) => key.replace(/^.*\//, ""));
		expect(await told()).toEqual(["report-0-of-2.json", "report-1-of-2.json"]);
		await writeReport(reportOf(folder, { ids: ["a", "b"], seconds: 90 }), "");
		expect(await told()).toEqual(["report.json"]);
		await writeReport({ ...worker, started: `${DAY}10:02:00.000Z` }, "-1-of-2", true);
		expect(await told()).toEqual(["report-1-of-2.json"]);
	});

	it("by workers of one list, each with its own part, are all told of", async () => {
		const folder = testFolder();
		await writeReport(reportOf(folder, { ids: ["a", "c"] }), "-0-of-2");
		await writeReport(reportOf(folder, { ids: ["b"] }), "-1-of-2");
		expect(telling(await reportsIn(folder)).map(({ key }) => key)).toEqual([
			"report-0-of-2.json",
			"report-1-of-2.json",
		]);
	});
});

describe("a run that has all outputs of an earlier one", () => {
	const leave = (folder: string, name: string, text = "{}") => {
		const path = join(folder, ".nnvol", name);
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, text);
	};

	it("takes its place, and the command that made it goes where the plan is the same", async () => {
		const folder = testFolder();
		const stopped = { state: "running", process: { host: "elsewhere", pid: 1 } } as const;
		const [old, other] = [reportOf(folder, { ids: ["a"], failed: 1 }), reportOf(folder, { ids: ["a", "z"] })];
		const running = reportOf(folder, { ids: ["b"], ...stopped });
		const foreign = { ...reportOf(folder, { ids: ["c"] }), plan: "x".repeat(64), run: "of-x" };
		for (const report of [old, other, running, foreign]) {
			await writeReport(report, "");
			leave(folder, `runs/${report.run}/job.json`);
			leave(folder, `invocation-${report.plan.slice(0, 12)}-${report.run}.json`);
		}
		const plan = planOfCases(folder, ["a", "b", "c"]);
		await dropCovered(plan, runId(plan));
		const filesOf = (run: string) => readdirSync(join(folder, ".nnvol", "runs", run)).sort();
		expect(filesOf(old.run)).toEqual([]);
		expect(filesOf(other.run)).toEqual(["job.json", "report.json"]); // z is not among the outputs
		expect(filesOf(running.run)).toEqual(["job.json", "report.json"]);
		expect(filesOf(foreign.run)).toEqual(["job.json"]);
		const commands = readdirSync(join(folder, ".nnvol")).filter((name) => name.startsWith("invocation"));
		expect(commands.map((name) => name.replace(/^invocation-\w+?-|\.json$/g, "")).sort()).toEqual(
			[other.run, running.run, foreign.run].sort(),
		);
	});

	it("leaves what cannot be read alone", async () => {
		const folder = testFolder();
		const old = reportOf(folder, { ids: ["a"] });
		leave(folder, `runs/${old.run}/report.json`, "{");
		const plan = planOfCases(folder, ["a", "b"]);
		await dropCovered(plan, runId(plan));
		expect(readFileSync(join(folder, ".nnvol", "runs", old.run, "report.json"), "utf8")).toBe("{");
		expect(await reportsIn(folder)).toEqual([]);
	});
});
