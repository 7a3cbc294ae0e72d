/**
 * What is searched for: a metric, and whether more of it is better.
 *
 * @module
 */
import type { Config } from "../config/schema.ts";
import { NnvolError } from "../core/errors.ts";
import { METRICS } from "./metrics.ts";

/** Which way is better. */
export type Direction = "maximize" | "minimize";

/** A metric and its direction. */
export type Objective = { readonly metric: string; readonly direction: Direction };

/** Other names of metrics, of PyTorch Connectomics and others. */
const SAME: Readonly<Record<string, string>> = {
	jaccard: "iou",
	jaccard_index: "iou",
	adapted_rand_error: "adapted_rand",
	voi_sum: "voi",
	voi_total: "voi",
	f1: "instance_f1",
	f1_score: "instance_f1",
	pq: "panoptic_quality",
	ap: "average_precision",
};

/**
 * The objective of a configuration, and what to warn of where the direction is not the metric's own.
 *
 * @param makesObjects whether post-processing makes objects, whose metric is another where none is named
 * @throws CONFIG for a name that is not known, or two that differ; UNBUILT for several objectives at once
 */
export function objectiveOf(
	{ metric, direction, optimization }: Config["tune"],
	makesObjects: boolean,
): { readonly objective: Objective; readonly warning?: string } {
	if (optimization?.mode === "multi") {
		throw new NnvolError("UNBUILT", "tune.optimization.mode=multi is not built: a search has one objective");
	}
	const single = optimization?.single_objective;
	if (single !== undefined && metric !== null && nameOf(metric) !== nameOf(single.metric)) {
		throw new NnvolError(
			"CONFIG",
			`tune.metric=${metric} and tune.optimization (${single.metric}) both say what is searched for; keep one`,
		);
	}
	const name = nameOf(metric ?? single?.metric ?? (makesObjects ? "adapted_rand" : "dice"));
	const known = METRICS.get(name);
	if (known === undefined) {
		throw new NnvolError(
			"CONFIG",
			`tune.metric: ${name} is not known; expected one of ${[...METRICS.keys()].join(", ")}`,
		);
	}
	const given = direction ?? single?.direction;
	if (given === undefined || given === known.better) return { objective: { metric: name, direction: known.better } };
	const way = known.better === "maximize" ? "higher" : "lower";
	return {
		objective: { metric: name, direction: given },
		warning: `tune: ${given} is obeyed, though ${name} is better the ${way} it is`,
	};
}

/** A score as a loss: the lower the better. */
export function lossOf(score: number | null, { direction }: Objective): number | undefined {
	if (score === null) return undefined;
	return direction === "maximize" ? -score : score;
}

function nameOf(name: string): string {
	const lower = name.toLowerCase();
	return Object.hasOwn(SAME, lower) ? (SAME[lower] ?? lower) : lower;
}
