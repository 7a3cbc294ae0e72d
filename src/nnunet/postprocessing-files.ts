/**
 * postprocessing.json and postprocessing.pkl, as nnU-Net writes them.
 *
 * @module
 */
import { type Pickled, PickleName, PickleTuple, writePickle } from "../volume/npz/pkl.ts";
import type { Determined } from "./determine.ts";
import { STEP_MODULE, STEP_NAME } from "./postprocessing-steps.ts";
import type { PythonValue } from "./python-json.ts";
import type { LabelOrRegion } from "./scored-labels.ts";
import { meansValue, type Summary, scoresValue } from "./summary.ts";

/** The content of postprocessing.json: the scores before and after, and the steps. */
export function postprocessingValue({ steps, before, after }: Determined): PythonValue {
	return new Map<string, PythonValue>([
		["input_folder", bothMeans(before)],
		["postprocessed", bothMeans(after)],
		["postprocessing_fns", steps.map(() => STEP_NAME)],
		["postprocessing_kwargs", steps.map(({ target }) => new Map([["labels_or_regions", integers(target)]]))],
	]);
}

/**
 * The content of postprocessing.pkl: functions by name, and their arguments. The first step of nnU-Net's is a list of
 * labels, a region is a tuple.
 */
export function postprocessingPickle({ steps }: Determined, foreground: readonly number[]): Uint8Array {
	const args = steps.map(({ target }): Pickled => ({ labels_or_regions: pickledTarget(target, foreground) }));
	return writePickle(new PickleTuple([steps.map(() => new PickleName(STEP_MODULE, STEP_NAME)), args]));
}

function pickledTarget(target: LabelOrRegion, foreground: readonly number[]): Pickled {
	return typeof target === "number" || target === foreground ? target : new PickleTuple(target);
}

function bothMeans({ foreground, labels, means }: Summary): PythonValue {
	return new Map<string, PythonValue>([
		["foreground_mean", scoresValue(foreground)],
		["mean", meansValue(labels, means)],
	]);
}

function integers(target: LabelOrRegion): PythonValue {
	return typeof target === "number" ? BigInt(target) : target.map((label) => BigInt(label));
}
