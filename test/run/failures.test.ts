/**
 * The table of failures: rows of files and blocks, as CSV and JSON.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openBlockRecords } from "../../src/run/block-records.ts";
import { type Failure, failuresCsv, failuresOf, failureTables, writeFailures } from "../../src/run/failures.ts";
import type { CaseResult, RunReport } from "../../src/run/report.ts";
import { testFolder } from "../folder.ts";
import { failedBlock, runFacts } from "./run-facts.ts";

function reportOf(folder: string, cases: readonly CaseResult[]): RunReport {
	return {
		version: 1,
		state: "finished",
		plan: "a".repeat(64),
		run: "b",
		folder,
		process: { host: "node", pid: 7 },
		started: new Date(0).toISOString(),
		seconds: 1,
		total: cases.length,
		done: 0,
		skipped: 0,
		failed: cases.length,
		remaining: 0,
		peakMemory: 1,
		cases,
	};
}

const failed = (folder: string, name: string, more: Partial<CaseResult> = {}): CaseResult => ({
	id: name,
	inputs: [`${name}.h5`],
	output: join(folder, `${name}.zarr`),
	state: "failed",
	...more,
});

describe("failures", () => {
	it("are the blocks of a streamed volume where blocks failed, else the file itself; what is done is none", async () => {
		const folder = testFolder();
		const records = await openBlockRecords(folder, "brain.zarr", runFacts());
		await records.fail(failedBlock(4));
		await records.fail(failedBlock(2));
		const report = reportOf(folder, [
			failed(folder, "brain", { error: "2 of 6 blocks are not done", code: "RUN" }),
			failed(folder, "b", { error: "damaged", code: "VOLUME" }),
			{ ...failed(folder, "c"), state: "done" },
		]);
		const found = await failuresOf(report);
		const { error, attempts, worker, box } = failedBlock(2);
		expect(found).toEqual([
			expect.objectContaining({ case: "brain", output: "brain.zarr", block: 2, box, error, attempts, worker }),
			expect.objectContaining({ case: "brain", block: 4 }),
			{ case: "b", output: "b.zarr", error: "damaged", code: "VOLUME", worker: "node-7" },
		]);
	});

	it("lie beside the report, and go when nothing fails any more", async () => {
		const folder = testFolder();
		const report = reportOf(folder, [failed(folder, "b", { error: "damaged" })]);
		const failures = await failuresOf(report);
		const path = await writeFailures(report, "-0-of-2", failures);
		expect(path).toBe(join(folder, ".nnvol", "failures-0-of-2.csv"));
		expect(readFileSync(path ?? "", "utf8")).toBe(
			"case,output,block,box,error,code,attempts,worker\r\nb,b.zarr,,,damaged,,,node-7\r\n",
		);
		const json = join(folder, ".nnvol", "failures-0-of-2.json");
		expect(JSON.parse(readFileSync(json, "utf8"))).toEqual({ version: 1, run: "b", failures });
		const own = ["csv", "json"].map((ending) => join(folder, ".nnvol", "runs", "b", `failures-0-of-2.${ending}`));
		expect(own.map((name) => existsSync(name))).toEqual([true, true]);
		expect(await writeFailures(report, "-0-of-2", [])).toBeUndefined();
		expect([path ?? "", json, ...own].map((name) => existsSync(name))).toEqual([false, false, false, false]);
	});

	it("of a worker lie with its report alone, and are found by reports", async () => {
		const folder = testFolder();
		const report = reportOf(folder, [failed(folder, "b", { error: "damaged" })]);
		const path = await writeFailures(report, "-1-of-2", await failuresOf(report), true);
		expect(path).toBe(join(folder, ".nnvol", "runs", "b", "failures-1-of-2.csv"));
		expect(readdirSync(join(folder, ".nnvol"))).toEqual(["runs"]);
		const reportPath = (share: string) => join(folder, ".nnvol", "runs", "b", `report-${share}-of-2.json`);
		expect(await failureTables([reportPath("0"), reportPath("1"), join(folder, ".nnvol", "report.json")])).toEqual([
			path,
		]);
	});

	it("any texts come back from the CSV", () => {
		const text = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", " ", "ü") });
		const row = fc.record({ case: text, output: text, error: text, worker: text });
		fc.assert(
			fc.property(fc.array(row), (rows: readonly Failure[]) => {
				const [, ...read] = parseCsv(failuresCsv(rows));
				expect(read).toEqual(rows.map((one) => [one.case, one.output, "", "", one.error, "", "", one.worker]));
			}),
		);
	});
});

/** RFC 4180, a sign at a time. */
function parseCsv(text: string): string[][] {
	const rows: string[][] = [];
	let [row, cell, isQuoted]: [string[], string, boolean] = [[], "", false];
	for (let at = 0; at < text.length; at++) {
		const sign = text[at] ?? "";
		if (isQuoted && sign === '"' && text[at + 1] === '"') {
			cell += '"';
			at++;
		} else if (sign === '"') isQuoted = !isQuoted;
		else if (isQuoted) cell += sign;
		else if (sign === ",") {
			row.push(cell);
			cell = "";
		} else if (sign === "\r" && text[at + 1] === "\n") {
			rows.push([...row, cell]);
			[row, cell] = [[], ""];
			at++;
		} else cell += sign;
	}
	return rows;
}
