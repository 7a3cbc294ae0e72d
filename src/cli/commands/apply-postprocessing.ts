/**
 * `nnvol apply-postprocessing IN OUT --postprocessing FILE`: what nnU-Net found to improve labels, applied to a folder.
 *
 * @module
 */
import { postprocessFolder } from "../../nnunet/postprocessing.ts";
import { readPostprocessing } from "../../nnunet/postprocessing-steps.ts";
import { datasetOf, readerOf } from "../../nnunet/prediction-folder.ts";
import { endOfCases, tellCases } from "../case-outcomes.ts";
import { interruptible } from "../interrupt.ts";

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
	const steps = await readPostprocessing(flags.postprocessing);
	const dataset = await datasetOf(input, flags);
	const reader = await readerOf(input, flags);
	const quiet = flags.quiet === true;
	const job = {
		input,
		output,
		steps,
		fileEnding: dataset.file_ending,
		...(reader === undefined ? {} : { reader }),
	};
	const outcomes = await interruptible((signal) => postprocessFolder(job, tellCases(quiet), signal));
	return endOfCases(outcomes, output, quiet);
}
