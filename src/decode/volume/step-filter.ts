/**
 * Steps that take objects away, as filters.
 *
 * @module
 */
import type { DecodeStep } from "../step.ts";
import type { ObjectFilter } from "./object-choice.ts";

/** The steps that are filters. */
export type FilterStep = Extract<DecodeStep, { readonly name: "remove_small" | "remove_large" | "keep_largest" }>;

/** What a step keeps, of whole objects or of their sections. */
export function filterOf(step: FilterStep): ObjectFilter {
	if (step.name === "remove_small") return { atLeast: step.kwargs.min_size };
	if (step.name === "remove_large") return { atMost: step.kwargs.max_size };
	return { largest: step.kwargs.count };
}

/** The filter of whole objects that a step is; undefined where it is none. */
export function wholeFilter(step: DecodeStep): ObjectFilter | undefined {
	if (!isFilter(step)) return undefined;
	if (step.name === "remove_small" && step.kwargs.mode === "none") return {};
	const isOfOthers = step.name === "remove_small" && step.kwargs.mode !== "background";
	return isOfOthers || step.kwargs.sectionwise ? undefined : filterOf(step);
}

function isFilter(step: DecodeStep): step is FilterStep {
	return step.name === "remove_small" || step.name === "remove_large" || step.name === "keep_largest";
}
