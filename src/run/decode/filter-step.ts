/**
 * Filters of objects that need more than the sizes of whole objects, over a volume that does not fit into memory: small ones
 * that become part of a neighbour, and all that count section by section.
 *
 * @module
 */
import type { DecodeStep } from "../../decode/step.ts";
import type { ObjectFilter } from "../../decode/volume/object-choice.ts";
import { mergeSmallObjects, mergeSmallParts } from "./merge-small-step.ts";
import { filterSections } from "./section-filters.ts";
import { type ObjectsValue, objectsIn, type StepContext, type VolumeValue } from "./volume-values.ts";

/** The steps that are filters. */
export type FilterStep = Extract<DecodeStep, { readonly name: "remove_small" | "remove_large" | "keep_largest" }>;

/** Runs a filter that is none of whole objects (`wholeFilter`). @throws RUN, VOLUME, CANCELLED */
export function runPartFilter(
	context: StepContext,
	step: FilterStep,
	inputs: readonly VolumeValue[],
): Promise<ObjectsValue> {
	const input = objectsIn(inputs);
	if (step.name !== "remove_small" || step.kwargs.mode.startsWith("background")) {
		return filterSections(context, input, sizesOf(step));
	}
	const isFlat = step.kwargs.sectionwise || step.kwargs.mode === "neighbor_2d";
	const merge = isFlat ? mergeSmallParts : mergeSmallObjects;
	return merge(context, input, step.kwargs.min_size);
}

function sizesOf(step: FilterStep): ObjectFilter {
	if (step.name === "remove_small") return { atLeast: step.kwargs.min_size };
	if (step.name === "remove_large") return { atMost: step.kwargs.max_size };
	return { largest: step.kwargs.count };
}
