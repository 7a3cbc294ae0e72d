/**
 * `nnvol selftest MODEL [--input IMAGES --reference PREDICTIONS]`: does this model give here what nnU-Net gave?
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { loadModel } from "../../model/load.ts";
import { findModel } from "../../model/locate.ts";
import type { ModelReference } from "../../model/reference.ts";
import { parseCount, parseFolds } from "../arguments.ts";
import { threadsOf } from "../run-plan.ts";
import { checkAlone } from "../selftest/alone.ts";
import { compareWithReference, type ReferenceFlags } from "../selftest/reference.ts";

/** Options of `selftest`. */
export type SelftestFlags = Omit<ReferenceFlags, "input" | "reference"> & {
	readonly input?: string;
	readonly reference?: string;
};

/** Part of the labels of a case that must be equal: nnU-Net sums in half precision, nnvol in single. */
const TOLERANCE = 0.999;

/** Runs the check; gives the exit code: 0 where it passed. */
export async function runSelftest(named: ModelReference, flags: SelftestFlags): Promise<number> {
	const { input, reference } = flags;
	if ((input === undefined) !== (reference === undefined)) {
		const [given, other, what] =
			input === undefined
				? ["--reference", "--input", "the images that it was predicted from"]
				: ["--input", "--reference", "the folder with nnU-Net's predictions of these images"];
		throw new NnvolError("CONFIG", `${given} goes with ${other}: name ${what}`);
	}
	const { plans, dataset, checkpointName } = flags;
	const folds = parseFolds(flags.folds);
	const model = await loadModel(await findModel(named, { folds, plans, dataset, checkpointName }));
	if (input === undefined || reference === undefined) {
		const threads = threadsOf(flags.threads === undefined ? -1 : parseCount("--threads", flags.threads));
		return checkAlone(model, { device: flags.device, threads, json: flags.json === true }, TOLERANCE);
	}
	return compareWithReference(named, model, { ...flags, input, reference }, TOLERANCE);
}
