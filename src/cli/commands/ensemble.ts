/**
 * `nnvol ensemble FOLDER FOLDER... -o OUT`: the mean of saved probabilities, as nnU-Net's ensemble command makes it.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { NnvolError } from "../../core/errors.ts";
import { ensembleFolders } from "../../nnunet/ensemble.ts";
import { datasetOf, holds, readerOf } from "../../nnunet/prediction-folder.ts";
import { writeWhole } from "../../nnunet/write-whole.ts";
import { endOfCases, tellCases } from "../case-outcomes.ts";
import { interruptible } from "../interrupt.ts";

/** Options of `ensemble`. */
export type EnsembleFlags = {
	/** Also write the mean as ID.npz with its ID.pkl (nnU-Net's `--save_npz`). */
	readonly saveProbabilities?: boolean;
	/** dataset.json; by default that of the first folder. */
	readonly dataset?: string;
	/** plans.json; by default that of the first folder. */
	readonly plans?: string;
	readonly quiet?: boolean;
};

/**
 * Averages the .npz files of `folders` and writes labels to the folder `output`, with the first folder's dataset.json and
 * plans.json; gives the exit code.
 */
export async function runEnsemble(folders: readonly string[], output: string, flags: EnsembleFlags): Promise<number> {
	const [first] = folders;
	if (first === undefined) throw new NnvolError("CONFIG", "nnvol ensemble: name the folders to average");
	const same = folders.find((folder) => resolve(folder) === resolve(output));
	if (same !== undefined)
		throw new NnvolError("CONFIG", `${output} is one of the folders to average; choose another output folder`);
	const dataset = await datasetOf(first, flags);
	const reader = await readerOf(first, flags);
	const plans = flags.plans ?? ((await holds(first, "plans.json")) ? join(first, "plans.json") : undefined);
	const quiet = flags.quiet === true;
	const job = {
		folders,
		output,
		dataset,
		saveProbabilities: flags.saveProbabilities === true,
		...(reader === undefined ? {} : { reader }),
	};
	const outcomes = await interruptible((signal) => ensembleFolders(job, tellCases(quiet), signal));
	await writeWhole(join(output, "dataset.json"), await readFile(dataset.path));
	if (plans !== undefined) await writeWhole(join(output, "plans.json"), await readFile(plans));
	return endOfCases(outcomes, output, quiet);
}
