/**
 * `nnvol determine-postprocessing PRED GT`: finds whether keeping only largest components improves labels.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";

/** Options of `determine-postprocessing`. */
export type DetermineFlags = {
	/** dataset.json; by default that of the folder of predictions (nnU-Net's `-dataset_json`). */
	readonly dataset?: string;
	/** plans.json; by default that of the folder of predictions, and none is needed (nnU-Net's `-plans_json`). */
	readonly plans?: string;
	/** Write no folder `postprocessed` (nnU-Net's `--remove_postprocessed`). */
	readonly removePostprocessed?: boolean;
	readonly quiet?: boolean;
};

/**
 * Writes postprocessing.json and postprocessing.pkl into the folder `predictions` and, unless it is not wanted, the
 * improved labels into its folder `postprocessed`; gives the exit code.
 */
export async function runDeterminePostprocessing(
	predictions: string,
	reference: string,
	flags: DetermineFlags,
): Promise<number> {
	throw new NnvolError(
		"UNBUILT",
		`nnvol determine-postprocessing ${predictions} ${reference} ${Object.keys(flags).join(" ")} is not built yet`,
	);
}
