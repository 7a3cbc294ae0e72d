/**
 * What is handed to attempts one by one: runs of blocks, each let go of once it is written, and pauses before which all that
 * was begun is ended.
 *
 * @module
 */
import type { ColumnRun } from "../../plan/volume-runs.ts";

/** One turn. */
export type Turn =
	| { readonly kind: "run"; readonly run: ColumnRun; readonly end: () => Promise<void> }
	/** What comes next may have to wait for other workers, who may wait for what is in hand here. */
	| { readonly kind: "pause" };

/** Runs that nobody else does. */
export function* ownTurns(runs: Iterable<ColumnRun>): Generator<Turn> {
	for (const run of runs) yield { kind: "run", run, end: async () => undefined };
}
