/**
 * `nnvol apply-postprocessing IN OUT --postprocessing FILE`: what nnU-Net found to improve labels, applied to a folder.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";

/** Options of `apply-postprocessing`. */
export type PostprocessingFlags = {
	/** postprocessing.json or postprocessing.pkl (nnU-Net's `-pp_pkl_file`). */
	readonly postprocessing: string;
	/** dataset.json; by default that of the input folder (nnU-Net's `-dataset_json`). */
	readonly dataset?: string;
	/** plans.json; by default that of the input folder, and none is needed (nnU-Net's `-plans_json`). */
	readonly plans?: string;
	readonly quiet?: boolean;
};

/** Applies the steps to the label files of `input` and writes them under the same names to `output`; gives the exit code. */
export async function runApplyPostprocessing(
	input: string,
	output: string,
	flags: PostprocessingFlags,
): Promise<number> {
	throw new NnvolError(
		"UNBUILT",
		`nnvol apply-postprocessing ${input} ${output} ${flags.postprocessing} is not built yet`,
	);
}
