/**
 * `nnvol infer-volume`, `infer` and `test`: what a configuration says, over its inputs.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import type { ResolvedConfig } from "../../config/load.ts";
import { loadConfig } from "../../config/load.ts";
import { missingKeys } from "../../config/required.ts";
import type { Config } from "../../config/schema.ts";
import { unbuilt } from "../../config/unbuilt.ts";
import { NnvolError } from "../../core/errors.ts";
import { type LoadedModel, loadModel } from "../../model/load.ts";
import { findModel } from "../../model/locate.ts";
import type { ModelSpec } from "../../model/spec.ts";
import type { Inputs } from "../../nnunet/glob.ts";
import { findGlob, findInputs, readList } from "../../nnunet/inputs.ts";
import { configSettings } from "../../plan/config-settings.ts";
import { type PlannedCase, requireClearOutputs, shareOf } from "../../plan/plan.ts";
import { layoutOf } from "../../plan/products.ts";
import { requireLocalFor } from "../../plan/remote-outputs.ts";
import type { IdType, Settings } from "../../plan/settings.ts";
import { FORMAT_BY_KEY, volumeCases } from "../../plan/volume-cases.ts";
import type { RunReport } from "../../run/report.ts";
import { formatByName } from "../../volume/formats.ts";
import { plainPath } from "../../volume/stores/location.ts";
import type { VolumeFormat } from "../../volume/volume.ts";
import { requireApart } from "../apart.ts";
import { parseMemory } from "../arguments.ts";
import { carryOutByAll } from "../carry-out.ts";
import { sourceOf, type VolumeFlags } from "../flags.ts";
import { monitorOf } from "../monitor-flags.ts";
import { segmentationsOf, withPrevious } from "../previous-stage.ts";
import { makeProgress, type Progress } from "../progress.ts";
import { type CarryOut, threadsOf } from "../run-plan.ts";
import { givenPredictions, scorePredictions, scoreRun, scoringOf } from "../test-scores.ts";
import { workersOf } from "../workers.ts";

/** The modes that predict. */
export type Mode = "infer-volume" | "infer" | "test";

/** Runs a mode, or does what is to be done `instead` of carrying it out; gives the exit code. */
export async function runVolumes(
	mode: Mode,
	overrides: readonly string[],
	flags: VolumeFlags,
	instead?: CarryOut,
): Promise<number> {
	const resolved = await loadConfig({ overrides, ...sourceOf(flags) });
	const { config } = resolved;
	const predictions = mode === "test" && instead === undefined ? givenPredictions(config, flags) : undefined;
	if (predictions !== undefined) return scorePredictions(config, predictions, flags);
	requireComplete(config, mode, flags);
	const progress = makeProgress({ json: flags.json === true, quiet: flags.quiet === true });
	const model = await openModel(config, flags);
	const { settings, warnings, notes } = configSettings(config, model.spec);
	await requireHeld(config, settings);
	for (const text of warnings) progress.onEvent({ kind: "warning", text });
	for (const text of notes) progress.onEvent({ kind: "note", text });
	if (config.inference.postprocessing.object_table !== null) {
		requireLocalFor("a table of objects", outputFolder(config));
	}
	const cases = await planCases(config, mode, model, progress);
	const scoring = mode === "test" ? await scoringOf(config, cases, settings.output, model.spec) : undefined;
	const reports: RunReport[] = [];
	const share = shareName(config, mode);
	const code = await (instead ?? carryOutByAll)({
		model,
		settings,
		folder: outputFolder(config),
		cases,
		device: config.system.num_gpus === 0 && config.system.device === "auto" ? "cpu" : config.system.device,
		threads: threadsOf(config.system.num_cpus),
		...workersOf(flags, config.system.num_gpus),
		progress,
		provenance: {
			[`config${share}.yaml`]: `# nnvol ${mode}; SHA-256 of the values: ${resolved.hash}\n${configText(resolved, flags)}`,
		},
		options: runOptions(config, flags, share),
		onReport: (report) => reports.push(report),
	});
	if (mode !== "test" || instead !== undefined) return code;
	if (scoring !== undefined) return scoreRun(scoring, reports[0], code, flags);
	progress.onEvent({ kind: "note", text: "nothing was scored: no labels are given (data.test.label)" });
	return code;
}

/** Finds out before the run what each case would fail by. @throws CONFIG */
async function requireHeld({ inference }: Config, { output, mask, within }: Settings): Promise<void> {
	const { output_format: key } = inference.data;
	const format = await formatByName(FORMAT_BY_KEY[key]);
	const isColourless = key !== "png" || output.kind !== "channels" || !output.channelAxis;
	if (output.kind === "objects") requireIds(format, key, output.dtype);
	if (output.kind === "channels" && !(format.writes.includes(output.dtype) && isColourless)) {
		const what = `${output.dtype}${isColourless ? "" : " with a channel axis"}`;
		throw new NnvolError(
			"CONFIG",
			`inference.data.output_format=${key} cannot hold the result (${what}); choose h5, zarr or tiff, or set inference.test_time_augmentation.select_channel to one channel and inference.postprocessing.intensity_dtype to uint8`,
		);
	}
	await requireThere("inference.test_time_augmentation.mask", mask);
	await requireThere("inference.mask", within);
}

/** @throws CONFIG where a format holds no ids of objects */
function requireIds({ writes }: VolumeFormat, key: string, dtype: IdType): void {
	if (writes.includes(dtype === "by-count" ? "uint16" : dtype)) return;
	throw new NnvolError(
		"CONFIG",
		`inference.data.output_format=${key} cannot hold ids of objects (${dtype === "by-count" ? "uint16 or uint32" : dtype}); choose h5, zarr, n5, precomputed, tiff, nii.gz, nrrd or mha`,
	);
}

/** @throws CONFIG where a path is given and nothing lies there; places behind URLs are asked when they are read */
async function requireThere(key: string, path: string | undefined): Promise<void> {
	if (path === undefined || /^[a-z0-9]+:\/\//i.test(path)) return;
	if ((await stat(path).catch(() => undefined)) !== undefined) return;
	throw new NnvolError("CONFIG", `${key}: there is no ${path}; check the path`);
}

function runOptions(config: Config, flags: VolumeFlags, share: string) {
	const { volume_mode: mode, sliding_window: window } = config.inference;
	const { object_table: table } = config.inference.postprocessing;
	const memory = parseMemory(flags.memory) ?? config.system.memory ?? undefined;
	return {
		overwrite: flags.overwrite === true,
		acceptExisting: flags.acceptExisting === true || mode.accept_existing,
		stopOnError: mode.stop_on_error,
		casesHeld: config.system.inference.batch_size,
		batchSize: window.sw_batch_size,
		tries: Math.max(1, mode.retries),
		reportEvery: mode.checkpoint_every,
		share,
		...(memory === undefined ? {} : { memory }),
		stream: flags.stream ?? mode.stream,
		layout: layoutOf(config),
		...(table === null ? {} : { objectTable: table }),
		...monitorOf(flags, config.monitor),
	};
}

function requireComplete(config: Config, mode: Mode, flags: VolumeFlags): void {
	const missing = missingKeys(config, mode, flags.checkpoint !== undefined);
	if (missing.length > 0) {
		const hint = flags.config === undefined ? ["no configuration is given: --config FILE names one"] : [];
		throw new NnvolError("CONFIG", [...missing.map(({ text }) => text), ...hint].join("\n"));
	}
	const asked = unbuilt(config);
	if (asked.length > 0) throw new NnvolError("UNBUILT", asked.map(({ text }) => text).join("\n"));
}

async function openModel({ model }: Config, flags: VolumeFlags): Promise<LoadedModel> {
	const path = flags.checkpoint ?? model.nnunet_checkpoint ?? "";
	const folds = model.folds === null ? undefined : model.folds === "all" ? (["all"] as const) : model.folds;
	return loadModel(
		await findModel(path, {
			folds,
			plans: model.nnunet_plans ?? undefined,
			dataset: model.nnunet_dataset ?? undefined,
		}),
	);
}

async function planCases(
	config: Config,
	mode: Mode,
	{ spec }: LoadedModel,
	progress: Progress,
): Promise<readonly PlannedCase[]> {
	const found = await inputsOf(config, mode, spec.fileEnding);
	for (const text of found.notes) progress.onEvent({ kind: "note", text });
	const { volume_mode: volumes, data } = config.inference;
	const folder = outputFolder(config);
	const naming = {
		folder,
		template: volumes.output_name,
		suffix: volumes.output_suffix,
		format: FORMAT_BY_KEY[data.output_format],
		...(data.output_format === "nii" ? { ending: ".nii" } : {}),
	};
	const planned = volumeCases(found.paths, spec.channels.length, naming);
	await requireApart(folder, found.paths);
	requireClearOutputs(planned);
	const cases = await withSegmentations(config, spec, planned);
	return isVolumeMode(config, mode) ? shareOf(cases, volumes.start_index, volumes.step) : cases;
}

/** `cases` with the segmentations that the second stage of a cascade needs. @throws CONFIG */
async function withSegmentations(
	config: Config,
	spec: ModelSpec,
	cases: readonly PlannedCase[],
): Promise<readonly PlannedCase[]> {
	const { previous_stage: folder } = config.model;
	if (spec.previousStage === undefined) {
		if (folder === null) return cases;
		throw new NnvolError("CONFIG", `model.previous_stage: ${spec.configuration} is no second stage of a cascade`);
	}
	if (folder === null) {
		throw new NnvolError(
			"CONFIG",
			`the configuration ${spec.configuration} is the second stage of a cascade: set model.previous_stage to the folder of ${spec.previousStage}'s segmentations (nnvol predict makes them)`,
		);
	}
	requireLocalFor("the second stage of a cascade", outputFolder(config));
	const found = await segmentationsOf(folder, cases, spec.fileEnding);
	return withPrevious(cases, found, { folder, failures: new Map() }, { index: 0, count: 1 });
}

async function inputsOf(config: Config, mode: Mode, ending: string): Promise<Inputs> {
	const { volume_mode: volumes, data } = config.inference;
	if (!isVolumeMode(config, mode))
		return findAll((mode === "test" ? config.data.test.image : data.input_path) ?? [], (path) =>
			findInputs(path, ending),
		);
	return volumes.file_list === null ? findAll(volumes.file_pattern ?? [], findGlob) : readList(volumes.file_list);
}

async function findAll(paths: readonly string[], find: (path: string) => Promise<Inputs>): Promise<Inputs> {
	const found: Inputs[] = [];
	for (const path of paths) found.push(await find(path));
	return {
		paths: [...new Set(found.flatMap((inputs) => inputs.paths))],
		notes: found.flatMap((inputs) => inputs.notes),
	};
}

function isVolumeMode(config: Config, mode: Mode): boolean {
	return mode === "infer-volume" || (mode === "infer" && config.inference.volume_mode.enabled);
}

function outputFolder(config: Config): string {
	return plainPath(config.inference.data.output_path ?? "");
}

/** Distinguishes the reports of processes that share a list: `-0-of-4`; empty where there is one. */
function shareName(config: Config, mode: Mode): string {
	const { start_index: start, step } = config.inference.volume_mode;
	return isVolumeMode(config, mode) && (step > 1 || start > 0) ? `-${start}-of-${step}` : "";
}

function configText(resolved: ResolvedConfig, flags: VolumeFlags): string {
	const given = flags.checkpoint === undefined ? "" : `# --checkpoint ${flags.checkpoint}\n`;
	return given + resolved.text;
}
