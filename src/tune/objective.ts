/**
 * What is searched for: a metric, and whether more of it is better.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";

/** Which way is better. */
export type Direction = "maximize" | "minimize";

/** A metric and its direction. */
export type Objective = { readonly metric: string; readonly direction: Direction };

/** Metrics by name, with the direction in which they are better. */
const METRICS: Readonly<Record<string, Direction>> = {
	dice: "maximize",
	iou: "maximize",
	precision: "maximize",
	recall: "maximize",
};

/** Other programs' names for them. */
const SAME: Readonly<Record<string, string>> = { jaccard: "iou", jaccard_index: "iou", f1: "dice" };

/** Names of all metrics. */
export function metricNames(): readonly string[] {
	return Object.keys(METRICS);
}

/**
 * The objective by its name, and what to warn of where the direction is not the metric's own.
 *
 * @throws CONFIG for a name that is not known
 */
export function objectiveOf(
	name: string,
	direction: Direction | undefined,
): { readonly objective: Objective; readonly warning?: string } {
	const lower = name.toLowerCase();
	const metric = Object.hasOwn(SAME, lower) ? (SAME[lower] ?? lower) : lower;
	const own = Object.hasOwn(METRICS, metric) ? METRICS[metric] : undefined;
	if (own === undefined) {
		throw new NnvolError("CONFIG", `tune.metric: ${name} is not known; expected one of ${metricNames().join(", ")}`);
	}
	if (direction === undefined || direction === own) return { objective: { metric, direction: own } };
	return {
		objective: { metric, direction },
		warning: `tune: ${metric} is better where it is ${own === "maximize" ? "higher" : "lower"}, and is to be ${direction}d: obeyed`,
	};
}

/** A score as a loss: the lower the better. */
export function lossOf(score: number | null, { direction }: Objective): number | undefined {
	if (score === null) return undefined;
	return direction === "maximize" ? -score : score;
}
