/**
 * `nnvol evaluate GT PRED`: scores of predicted labels, written as nnU-Net's summary.json.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";

/** Options of `evaluate`. */
export type EvaluateFlags = {
	/** The file to write; by default summary.json in the folder of predictions (nnU-Net's `-o`). */
	readonly output?: string;
	/** dataset.json; by default that of the folder of predictions (nnU-Net's `-djfile`). Not used with `labels`. */
	readonly dataset?: string;
	/** plans.json; by default that of the folder of predictions, and none is needed (nnU-Net's `-pfile`). */
	readonly plans?: string;
	/** Score these labels, in this order, instead of the data set's (`nnUNetv2_evaluate_simple -l`). */
	readonly labels?: readonly number[];
	/** With `labels`: voxels of this reference label are not counted (`-il`). */
	readonly ignore?: number;
	/** Score what is there, though references have no prediction (nnU-Net's `--chill`). */
	readonly chill?: boolean;
	readonly quiet?: boolean;
};

/** Scores the files of the folder `predictions` against those of the same name in `reference`; gives the exit code. */
export async function runEvaluate(reference: string, predictions: string, flags: EvaluateFlags): Promise<number> {
	throw new NnvolError(
		"UNBUILT",
		`nnvol evaluate ${reference} ${predictions} ${Object.keys(flags).join(" ")} is not built yet`,
	);
}
