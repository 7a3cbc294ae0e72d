/**
 * Where what is told of one run lies: `runs/ID/` in the state beside the outputs, a folder for each run.
 *
 * A run is known by its plan and by the outputs that it makes, so the same command has the same folder again, all of its workers share it,
 * and two commands on different inputs into one output folder have two. `report.json` and the tables of failures lie once more
 * beside `runs/`, where those of the latest run are looked for.
 *
 * @module
 */
import { hashOf } from "../core/hash.ts";
import type { Plan } from "../plan/plan.ts";
import { pathBelow } from "./state-store.ts";

/** The folder of the folders, in the state beside the outputs. */
export const RUNS = "runs";

/** The name of a run's plan for workers. */
export const JOB = "job.json";

/** What a run is known by: 12 characters. */
export function runId({ hash, folder, cases }: Pick<Plan, "hash" | "folder" | "cases">): string {
	const outputs = cases.map(({ output }) => pathBelow(folder, output)).sort();
	return hashOf({ hash, outputs }).slice(0, 12);
}

/** The key of a run's folder in the state beside the outputs. */
export function runFolder(run: string): string {
	return `${RUNS}/${run}`;
}

/** The key of a file in it. */
export function runFile(run: string, name: string): string {
	return `${runFolder(run)}/${name}`;
}
