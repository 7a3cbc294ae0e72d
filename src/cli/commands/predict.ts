/**
 * `nnvol predict MODEL INPUT OUTPUT`: what nnU-Net's predictor does, with nothing else to know.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import type { LoadedModel } from "../../model/load.ts";
import type { ModelReference } from "../../model/reference.ts";
import { findInputs } from "../../nnunet/inputs.ts";
import { requireClearOutputs } from "../../plan/plan.ts";
import { predictCases } from "../../plan/predict-cases.ts";
import { parseFormat } from "../../plan/volume-cases.ts";
import { requireOneTask } from "../../run/ensemble.ts";
import { parseDevice } from "../../runtime/devices.ts";
import { absolutePath } from "../../volume/stores/location.ts";
import type { FormatName } from "../../volume/volume.ts";
import { requireApart } from "../apart.ts";
import { parseCount, parseFolds, parseFraction, parseMemory, parseShare } from "../arguments.ts";
import { monitorOf } from "../monitor-flags.ts";
import type { PredictFlags } from "../predict-flags.ts";
import { openModel, type Prepared, predictWith } from "../predict-models.ts";
import { labelOutput } from "../probabilities.ts";
import { makeProgress } from "../progress.ts";
import { type CarryOut, threadsOf } from "../run-plan.ts";

/** Runs the command, or does what is to be done `instead` of carrying it out; gives the exit code. */
export async function runPredict(
	reference: ModelReference,
	input: string,
	output: string,
	flags: PredictFlags,
	instead?: CarryOut,
): Promise<number> {
	const prepared = { ...(await prepare(flags)), ...(instead === undefined ? {} : { instead }) };
	const format = formatOf(flags.format);
	const model = await openModel(reference, flags);
	const further: LoadedModel[] = [];
	for (const path of flags.with ?? [])
		further.push(await openModel(path, { ...flags, plans: undefined, dataset: undefined }));
	requireOneTask([model, ...further].map(({ spec }) => spec));
	const { progress, share } = prepared;
	const found = await findInputs(input, model.spec.fileEnding);
	for (const text of found.notes) progress.onEvent({ kind: "note", text });
	const planned = await predictCases(found.paths, model.spec, {
		output,
		...(format === undefined ? {} : { format }),
		...(flags.inputDataset === undefined ? {} : { dataset: flags.inputDataset }),
	});
	const { folder } = planned;
	if (absolutePath(folder) === absolutePath(output)) await requireApart(folder, found.paths);
	requireClearOutputs(planned.cases); // of all shares, not of this one alone
	const cases = planned.cases.filter((_, n) => n % share.count === share.index);
	if (cases.length === 0) {
		const text = `nothing to do: part ${share.index} of ${share.count} has none of the ${planned.cases.length} cases`;
		progress.onEvent({ kind: "note", text });
		return 0;
	}
	return predictWith([model, ...further], folder, cases, prepared);
}

async function prepare(flags: PredictFlags): Promise<Prepared> {
	parseDevice(flags.device);
	parseFolds(flags.folds);
	const memory = parseMemory(flags.memory);
	return {
		...(memory === undefined ? {} : { memory }),
		...monitorOf(flags),
		flags,
		step: parseFraction("--step-size", flags.stepSize),
		batchSize: parseCount("--batch-size", flags.batchSize),
		threads: threadsOf(flags.threads === undefined ? -1 : parseCount("--threads", flags.threads)),
		progress: makeProgress({ json: flags.json === true, quiet: flags.quiet === true }),
		share: parseShare(flags.numParts, flags.partId),
		labels: await labelOutput(flags),
	};
}

function formatOf(name: string | undefined): FormatName | undefined {
	if (name === undefined) return undefined;
	const format = parseFormat(name);
	if (format !== undefined) return format;
	throw new NnvolError("CONFIG", `--format ${name}: expected png, bmp, tiff, nii.gz, nii, nrrd, mha, gipl, h5 or zarr`);
}
