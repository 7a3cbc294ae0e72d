/**
 * Objects of volumes that are streamed.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import type { Output } from "../../plan/settings.ts";

/** Objects are made of values that are held whole; a streamed volume never is. @throws UNBUILT */
export function requireObjectsHeld(output: Output): asserts output is Exclude<Output, { readonly kind: "objects" }> {
	if (output.kind !== "objects") return;
	throw new NnvolError(
		"UNBUILT",
		"inference.postprocessing.decoding is not built for volumes that are streamed; raise --memory or leave streaming out so that the volume is held in memory, or write probabilities (inference.data.outputs) and decode those",
	);
}
