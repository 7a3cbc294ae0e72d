/**
 * One case scored with one post-processing: what a search is made of, in this thread or in another.
 *
 * @module
 */
import type { Postprocessing } from "./candidate.ts";
import { evaluateCase, type Treatment } from "./evaluate.ts";
import type { LabelledCase } from "./labelled-case.ts";
import type { Scores } from "./metrics.ts";
import type { Objective } from "./objective.ts";

/** A case and what is made of it. */
export type ScoreTask = {
	readonly one: LabelledCase;
	readonly post: Postprocessing;
	readonly treatment: Treatment;
	readonly objective: Objective;
};

/** Does it. @throws CONFIG, UNBUILT for steps that are wrong or not built */
export function perform({ one, post, treatment, objective }: ScoreTask): Scores {
	return evaluateCase(one, post, treatment, objective);
}
