/**
 * What the user says about input arrays.
 *
 * @module
 */
import type { Settings } from "../../plan/settings.ts";
import type { ImageOptions } from "../../preprocess/part.ts";
import type { IoOptions } from "../../volume/volume.ts";

/** The options that images are opened with. */
export function imageOptions(
	{ axes, spacing, dataset }: Pick<Settings, "axes" | "spacing" | "dataset">,
	io: IoOptions,
): ImageOptions {
	return {
		...io,
		...(axes === undefined ? {} : { axes }),
		...(spacing === undefined ? {} : { spacing }),
		...(dataset === undefined ? {} : { dataset }),
	};
}
