/**
 * How far a folder of cases is, from the reports of its runs.
 *
 * @module
 */
import { baseOf } from "../volume/stores/open-store.ts";
import { type FoundReport, isRunning, type PastReport, reportsIn, telling } from "./past-reports.ts";
import { pathBelow } from "./state-store.ts";

/** What one process reported: one of those that share the inputs, or the only one. */
export type CaseStatus = {
	/** Path of the report. */
	readonly report: string;
	/** Which of several workers, or of several parts of the inputs. */
	readonly share?: { readonly index: number; readonly count: number };
	/** Hash of the plan that was carried out. */
	readonly plan: string;
	readonly state: "running" | "done" | "stopped" | "failed";
	/** Why the run as a whole ended. */
	readonly error?: string;
	readonly total: number;
	/** Written by this run, or by an earlier one. */
	readonly done: number;
	readonly failed: number;
	readonly remaining: number;
	/** Seconds that are left at the rate so far; while it runs. */
	readonly left?: number;
	readonly failures: readonly CaseFailure[];
};

/** A case that failed; its output by the path below the output folder, with slashes. */
export type CaseFailure = { readonly id: string; readonly output: string; readonly error: string };

/** What is to be told of the runs in an output folder, the earliest first. Reports that cannot be read are left out. */
export async function caseStatus(outputFolder: string): Promise<CaseStatus[]> {
	return telling(await reportsIn(outputFolder)).map(statusOf);
}

function statusOf({ path, share, report: read }: FoundReport): CaseStatus {
	const { total, failed, remaining, error } = read;
	const state = stateOf(read);
	const left = state === "running" && read.done > 0 ? (read.seconds / read.done) * remaining : undefined;
	const failures = read.cases.filter((one) => one.state === "failed");
	return {
		report: path,
		...(share === undefined ? {} : { share }),
		plan: read.plan,
		state,
		...(error === undefined ? {} : { error }),
		total,
		done: read.done + read.skipped,
		failed,
		remaining,
		...(left === undefined ? {} : { left }),
		failures: failures.map(({ id, output, error = "it failed" }) => ({ id, output: nameOf(read, output), error })),
	};
}

function nameOf({ folder }: PastReport, output: string): string {
	return folder === undefined ? baseOf(output) : pathBelow(folder, output);
}

/** A report of a running process that is gone is one of a run that was cut off. */
function stateOf(report: PastReport): CaseStatus["state"] {
	if (report.state === "running") return isRunning(report) ? "running" : "stopped";
	if (report.failed > 0) return "failed";
	return report.state === "finished" ? "done" : "stopped";
}
