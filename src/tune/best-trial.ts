/**
 * The best of the trials.
 *
 * @module
 */
import { lossOf, type Objective } from "./objective.ts";
import type { TrialRecord } from "./study-file.ts";

/** The best trial with a score, the earliest of equals; undefined where there is none. */
export function bestTrial(trials: readonly TrialRecord[], objective: Objective): TrialRecord | undefined {
	let best: { readonly record: TrialRecord; readonly loss: number } | undefined;
	for (const record of trials) {
		const loss = lossOf(record.score, objective);
		if (loss !== undefined && (best === undefined || loss < best.loss)) best = { record, loss };
	}
	return best?.record;
}
