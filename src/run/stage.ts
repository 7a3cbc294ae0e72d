/**
 * What the values of a subject are after the network has run.
 *
 * @module
 */
import type { Stage } from "../export/labels.ts";
import type { Settings } from "../plan/settings.ts";

/** Whether a subject's values are logits still. */
export function stageOf(settings: Settings): Stage {
	return settings.ensemble === "mean-logits" ? "logits" : "activated";
}
