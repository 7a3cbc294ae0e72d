/**
 * Filters of objects that need more than the sizes of whole objects, over a volume that does not fit into memory: small ones
 * that become part of a neighbour, and all that count section by section.
 *
 * @module
 */

import { objectsIn } from "../../decode/values.ts";
import { type FilterStep, filterOf } from "../../decode/volume/step-filter.ts";
import { mergeSmallObjects, mergeSmallParts } from "./merge-small-step.ts";
import { filterSections } from "./section-filters.ts";
import type { ObjectsValue, StepContext, VolumeValue } from "./volume-values.ts";

/** Runs a filter that is none of whole objects (`wholeFilter`). @throws RUN, VOLUME, CANCELLED */
export function runPartFilter(
	context: StepContext,
	step: FilterStep,
	inputs: readonly VolumeValue[],
): Promise<ObjectsValue> {
	const input = objectsIn(inputs);
	if (step.name !== "remove_small" || step.kwargs.mode.startsWith("background")) {
		return filterSections(context, input, filterOf(step));
	}
	const isFlat = step.kwargs.sectionwise || step.kwargs.mode === "neighbor_2d";
	const merge = isFlat ? mergeSmallParts : mergeSmallObjects;
	return merge(context, input, step.kwargs.min_size);
}
