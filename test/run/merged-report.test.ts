import { describe, expect, it } from "vitest";
import { mergeReports, type WorkerReport } from "../../src/run/merged-report.ts";
import type { CaseResult, RunReport } from "../../src/run/report.ts";

function result(id: string, state: CaseResult["state"]): CaseResult {
	return { id, inputs: [`${id}.tif`], output: `out/${id}.tif`, state };
}

const finished: RunReport = {
	version: 1,
	state: "finished",
	plan: "p",
	run: "r",
	folder: "out",
	process: { host: "h", pid: 1 },
	started: "2026-11-24T10:00:00.000Z",
	seconds: 1,
	total: 4,
	done: 0,
	skipped: 3,
	failed: 1,
	remaining: 0,
	peakMemory: 10,
	cases: [
		result("a", "skipped"),
		result("b", "skipped"),
		result("c", "skipped"),
		{ ...result("d", "failed"), error: "no worker" },
	],
};

const worker: WorkerReport = {
	state: "finished",
	plan: "p",
	total: 2,
	done: 0,
	skipped: 0,
	failed: 1,
	remaining: 0,
	started: "2026-11-24T09:00:00.000Z",
	seconds: 3,
	peakMemory: 20,
	cases: [
		{ id: "a", output: "out/a.tif", state: "part", seconds: 2, notes: ["one"] },
		{ id: "d", output: "out/d.tif", state: "failed", error: "it is damaged", code: "VOLUME" },
	],
};

describe("the report of several workers", () => {
	it("tells what they did, what was there before, and why a case failed", () => {
		const late = new Set(["out/a.tif", "out/b.tif"]);
		const again = {
			...worker,
			cases: [{ id: "a", output: "out/a.tif", state: "part" as const, seconds: 3, notes: ["one", "two"] }],
		};
		const report = mergeReports(finished, [worker, again], late);
		expect(report).toMatchObject({ done: 2, skipped: 1, failed: 1, peakMemory: 20, started: worker.started });
		expect(report.cases).toEqual([
			{ ...result("a", "done"), seconds: 5, notes: ["one", "two"] },
			result("b", "done"), // by a worker that was killed afterwards
			result("c", "skipped"),
			{ ...result("d", "failed"), error: "it is damaged", code: "VOLUME" },
		]);
	});
});
