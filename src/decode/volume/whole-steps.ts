/**
 * Steps that need the whole volume in memory.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import type { DecodeStep } from "../step.ts";

/** Steps that look at all voxels in an order that no block can tell. */
type WholeStep = Extract<DecodeStep, { readonly name: "decode_mutex_watershed" | "decode_waterz" | "naive_waterz" }>;

/** True where a step is not built for volumes that do not fit into memory. */
export function isWhole(step: DecodeStep): step is WholeStep {
	return step.name === "decode_mutex_watershed" || step.name === "decode_waterz" || step.name === "naive_waterz";
}

/** What is wrong with such a step. */
export function needsWhole({ name }: WholeStep): NnvolError {
	return new NnvolError(
		"UNBUILT",
		`decoding: ${name} is not built for volumes that do not fit the memory; of affinities decode_affinity_cc is`,
		{ fields: { step: name } },
	);
}
