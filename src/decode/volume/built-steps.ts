/**
 * Which steps are built for volumes that do not fit into memory.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import type { DecodeStep } from "../step.ts";

/** What of a step is not built; undefined where all is. */
function missingOf(step: DecodeStep): string | undefined {
	switch (step.name) {
		case "decode_distance_watershed":
		case "decode_instance_binary_contour_distance":
		case "decode_affinity_cc":
			return step.name;
		case "remove_small": {
			const { mode, sectionwise } = step.kwargs;
			if (mode === "none" || (mode === "background" && !sectionwise)) return undefined;
			return mode === "background" ? `${step.name} (sectionwise)` : `${step.name} (mode ${mode})`;
		}
		case "remove_large":
		case "keep_largest":
			return step.kwargs.sectionwise ? `${step.name} (sectionwise)` : undefined;
		default:
			return undefined;
	}
}

/** @throws UNBUILT naming what of `step` needs the whole volume in memory */
export function requireBuilt(step: DecodeStep): void {
	const missing = missingOf(step);
	if (missing === undefined) return;
	throw new NnvolError("UNBUILT", `decoding: ${missing} is not built for volumes that do not fit the memory`, {
		fields: { step: missing },
	});
}
