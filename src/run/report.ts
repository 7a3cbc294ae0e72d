/**
 * What became of each case: the report under `.nnvol/`, for people and machines.
 *
 * @module
 */
import { hostLabel } from "../core/atomic-file.ts";
import type { Plan } from "../plan/plan.ts";
import { gpuMemory } from "./gpu-memory.ts";
import { peakMemory } from "./peak-memory.ts";
import { runFile } from "./run-folder.ts";
import { openState, stateFolder } from "./state-store.ts";
import type { Timing } from "./timing.ts";

/** What became of one case. */
export type CaseResult = {
	readonly id: string;
	readonly inputs: readonly string[];
	readonly output: string;
	/** `part`: this worker did its share of it, and others have the rest. */
	readonly state: "done" | "part" | "skipped" | "failed";
	readonly seconds?: number;
	/** Seconds of the case's parts. Two cases are in hand at a time, so parts of one may wait for the other. */
	readonly timing?: Timing;
	readonly error?: string;
	readonly code?: string;
	readonly notes?: readonly string[];
};

/** A run's account. */
export type RunReport = {
	readonly version: 1;
	readonly state: "running" | "finished" | "stopped";
	/** Why the run as a whole ended, where it did before its cases were done. */
	readonly error?: string;
	readonly plan: string;
	/** What the run is known by: what is told of it lies in `runs/RUN/`. */
	readonly run: string;
	/** The output folder as it was named: what outputs begin with. */
	readonly folder: string;
	/** The process that runs, or ran: `running` of one that is gone was cut off. */
	readonly process: { readonly host: string; readonly pid: number };
	readonly started: string;
	readonly seconds: number;
	readonly total: number;
	readonly done: number;
	/** Cases that this worker did its share of, where it is one of several. */
	readonly part?: number;
	readonly skipped: number;
	readonly failed: number;
	readonly remaining: number;
	/** Largest resident memory of this process so far, bytes; of several workers that of the largest. */
	readonly peakMemory: number;
	/** Where processes of this machine did the run: what each held at most, added up. Together they held no more than that. */
	readonly peakMemoryOfAll?: number;
	/** Most memory of this process on graphics cards that was seen, bytes, where it could be asked. */
	readonly peakGpuMemory?: number;
	readonly cases: readonly CaseResult[];
};

/** Makes the report of `results`. @param run what the run is known by */
export function makeReport(
	plan: Plan,
	run: string,
	state: RunReport["state"],
	started: Date,
	results: readonly CaseResult[],
): RunReport {
	const count = (wanted: CaseResult["state"]) => results.filter((result) => result.state === wanted).length;
	return {
		version: 1,
		state,
		plan: plan.hash,
		run,
		folder: plan.folder,
		process: { host: hostLabel(), pid: process.pid },
		started: started.toISOString(),
		seconds: (Date.now() - started.getTime()) / 1000,
		total: plan.cases.length,
		done: count("done"),
		...(count("part") === 0 ? {} : { part: count("part") }),
		skipped: count("skipped"),
		failed: count("failed"),
		remaining: plan.cases.length - results.length,
		...peaks(),
		cases: results,
	};
}

/** Most memory that this process held so far. */
export function peaks(): { readonly peakMemory: number; readonly peakGpuMemory?: number } {
	const { peak } = gpuMemory();
	return { peakMemory: peakMemory(), ...(peak === undefined ? {} : { peakGpuMemory: peak }) };
}

/**
 * Writes the run's own `report.json`, or `report-START-of-STEP.json` where several processes share the inputs, and the one of the latest
 * run under the same name. One of several workers is not a run by itself: its report lies with those of the others alone.
 */
export async function writeReport(report: RunReport, share: string, isWorker = false): Promise<void> {
	const name = `report${share}.json`;
	const state = await openState(stateFolder(report.folder));
	const text = `${JSON.stringify(report, null, "\t")}\n`;
	await state.write(runFile(report.run, name), text);
	if (!isWorker) await state.write(name, text);
}

/**
 * What a finished run's command ends with: 0 done; 1 where nothing was written and something failed, or the run was
 * stopped by its first failure; 2 where all that failed asks for what is not built and nothing was written; 3 where
 * some were written and some failed.
 */
export function exitCodeOf(report: RunReport): number {
	if (report.failed === 0) return 0;
	const written = report.done + report.skipped + (report.part ?? 0);
	if (written === 0 && report.cases.every(({ code }) => code === "UNBUILT")) return 2;
	if (report.state === "stopped") return 1;
	return written === 0 ? 1 : 3;
}
