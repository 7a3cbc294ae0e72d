/**
 * `nnvol determine-postprocessing PRED GT`: finds whether keeping only largest components improves labels.
 *
 * @module
 */
import { join } from "node:path";
import { type Determined, determine } from "../../nnunet/determine.ts";
import { postprocessFolder } from "../../nnunet/postprocessing.ts";
import { postprocessingPickle, postprocessingValue } from "../../nnunet/postprocessing-files.ts";
import { datasetOf, filesIn, readerOf } from "../../nnunet/prediction-folder.ts";
import { pythonJson } from "../../nnunet/python-json.ts";
import { foregroundLabels, type LabelOrRegion, labelKey, scoredLabels } from "../../nnunet/scored-labels.ts";
import { summaryValue } from "../../nnunet/summary.ts";
import { writeWhole } from "../../nnunet/write-whole.ts";
import { endOfCases, tellCases } from "../case-outcomes.ts";
import { interruptible } from "../interrupt.ts";

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
 * Writes summary.json, postprocessing.json and postprocessing.pkl into the folder `predictions` and, unless they are not
 * wanted, the improved labels with their summary.json into its folder `postprocessed`; gives the exit code.
 */
export async function runDeterminePostprocessing(
	predictions: string,
	reference: string,
	flags: DetermineFlags,
): Promise<number> {
	const dataset = await datasetOf(predictions, flags);
	const reader = await readerOf(predictions, flags);
	const foreground = foregroundLabels(dataset);
	const improved = join(predictions, "postprocessed");
	const fileEnding = dataset.file_ending;
	const quiet = flags.quiet === true;
	const job = { reference, predictions, improved, fileEnding, foreground, scored: scoredLabels(dataset) };
	return interruptible(async (signal) => {
		if (!quiet) await warnOfMissing(predictions, reference, fileEnding);
		const found = await determine(job, tellTrial(quiet, foreground), signal);
		let code = 0;
		if (flags.removePostprocessed !== true) {
			const folder = { input: predictions, output: improved, steps: found.steps, fileEnding, copies: true };
			const outcomes = await postprocessFolder(
				{ ...folder, ...(reader === undefined ? {} : { reader }) },
				tellCases(quiet),
				signal,
			);
			code = endOfCases(outcomes, improved, quiet);
			await writeWhole(join(improved, "summary.json"), pythonJson(summaryValue(found.after)));
		}
		await writeResult(predictions, found, foreground);
		return code;
	});
}

async function writeResult(folder: string, found: Determined, foreground: readonly number[]): Promise<void> {
	await writeWhole(join(folder, "summary.json"), pythonJson(summaryValue(found.before)));
	await writeWhole(join(folder, "postprocessing.pkl"), postprocessingPickle(found, foreground));
	await writeWhole(join(folder, "postprocessing.json"), pythonJson(postprocessingValue(found)));
}

function tellTrial(quiet: boolean, foreground: readonly number[]) {
	return (target: LabelOrRegion, before: number, after: number, kept: boolean) => {
		if (quiet) return;
		const what = target === foreground ? "all foreground" : labelKey(target);
		const dice = `Dice ${before.toFixed(5)} before, ${after.toFixed(5)} after`;
		process.stdout.write(`largest component of ${what}: ${dice}: ${kept ? "kept" : "not kept"}\n`);
	};
}

/** What is found on a part of the data may not hold for the rest. */
async function warnOfMissing(predictions: string, reference: string, fileEnding: string): Promise<void> {
	const names = new Set(await filesIn(predictions, fileEnding));
	const missing = (await filesIn(reference, fileEnding)).filter((name) => !names.has(name)).length;
	if (missing > 0) process.stderr.write(`warning: ${missing} of the true labels have no prediction\n`);
}
