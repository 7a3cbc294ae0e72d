/**
 * `nnvol ensemble FOLDER FOLDER... -o OUT`: the mean of saved probabilities, as nnU-Net's ensemble command makes it.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";

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

/** Averages the .npz files of `folders` and writes labels to the folder `output`; gives the exit code. */
export async function runEnsemble(folders: readonly string[], output: string, flags: EnsembleFlags): Promise<number> {
	throw new NnvolError(
		"UNBUILT",
		`nnvol ensemble ${folders.join(" ")} -o ${output} ${Object.keys(flags).join(" ")} is not built yet`,
	);
}
