/**
 * How far a folder of cases is, from the reports of its runs.
 *
 * @module
 */
import { z } from "zod";
import { baseOf, joinPath } from "../volume/stores/open-store.ts";
import { isProcess } from "./run-marker.ts";
import { openState, pathBelow, stateFolder } from "./state-store.ts";

const count = z.int().min(0);

const report = z.object({
	state: z.literal(["running", "finished", "stopped"]),
	plan: z.string(),
	folder: z.string().optional(),
	error: z.string().optional(),
	process: z.object({ host: z.string(), pid: count }).optional(),
	seconds: z.number(),
	total: count,
	done: count,
	skipped: count,
	failed: count,
	remaining: count,
	cases: z.array(z.object({ id: z.string(), output: z.string(), state: z.string(), error: z.string().optional() })),
});

/** What one process reported: one of those that share the inputs, or the only one. */
export type CaseStatus = {
	/** Path of the report. */
	readonly report: string;
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

/** The reports in an output folder, by name. Those that cannot be read are left out. */
export async function caseStatus(outputFolder: string): Promise<CaseStatus[]> {
	const state = await openState(stateFolder(outputFolder));
	const found: CaseStatus[] = [];
	for (const name of (await state.list()).files.filter((name) => /^report.*\.json$/.test(name))) {
		const status = statusOf(joinPath(state.root, name), (await state.read(name)) ?? "");
		if (status !== undefined) found.push(status);
	}
	return found;
}

function statusOf(path: string, text: string): CaseStatus | undefined {
	const read = parse(text);
	if (read === undefined) return undefined;
	const { total, failed, remaining, error } = read;
	const state = stateOf(read);
	const left = state === "running" && read.done > 0 ? (read.seconds / read.done) * remaining : undefined;
	const failures = read.cases.filter((one) => one.state === "failed");
	return {
		report: path,
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

function nameOf({ folder }: z.infer<typeof report>, output: string): string {
	return folder === undefined ? baseOf(output) : pathBelow(folder, output);
}

/** A report of a running process that is gone is one of a run that was cut off. */
function stateOf({ state, process, failed }: z.infer<typeof report>): CaseStatus["state"] {
	if (state === "running") return process !== undefined && isProcess(process.host, process.pid) ? "running" : "stopped";
	if (failed > 0) return "failed";
	return state === "finished" ? "done" : "stopped";
}

function parse(text: string): z.infer<typeof report> | undefined {
	try {
		const result = report.safeParse(JSON.parse(text));
		return result.success ? result.data : undefined;
	} catch {
		return undefined;
	}
}
