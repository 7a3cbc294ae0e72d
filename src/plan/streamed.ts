/**
 * Which settings only the streaming engine can obey.
 *
 * @module
 */
import type { Settings } from "./settings.ts";

/** The keys that ask for it, by their names in a configuration; none where either way will do. */
export function streamedKeys({ regions, within, skipBelow, outputs, pyramid }: Settings): readonly string[] {
	const asked: readonly (readonly [boolean, string])[] = [
		[regions !== undefined, "inference.roi or inference.volume_mode.chunks"],
		[within !== undefined, "inference.mask"],
		[skipBelow !== undefined, "inference.skip_below"],
		[outputs !== undefined, "inference.data.outputs"],
		[pyramid !== undefined, "inference.data.pyramid"],
	];
	return asked.filter(([isSet]) => isSet).map(([, key]) => key);
}
