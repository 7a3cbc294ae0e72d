/**
 * Which steps are built for volumes that do not fit into memory.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import type { DecodeStep } from "../step.ts";

/** Steps that need the whole volume in memory. */
const MISSING: readonly DecodeStep["name"][] = [];

/** @throws UNBUILT naming `step` where it needs the whole volume in memory */
export function requireBuilt({ name }: DecodeStep): void {
	if (!MISSING.includes(name)) return;
	throw new NnvolError("UNBUILT", `decoding: ${name} is not built for volumes that do not fit the memory`, {
		fields: { step: name },
	});
}
