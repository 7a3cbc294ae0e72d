/**
 * `nnvol tune` and `nnvol tune-test`: predictions are made once and kept, then parameters are searched on them and scored.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../config/load.ts";
import { overrideOf } from "../../config/override.ts";
import type { Config } from "../../config/schema.ts";
import { escapeTemplate } from "../../config/template.ts";
import { NnvolError } from "../../core/errors.ts";
import type { LabelScheme } from "../../model/spec.ts";
import { outputOf } from "../../plan/config-output.ts";
import { identify } from "../../run/input-identity.ts";
import type { Postprocessing } from "../../tune/candidate.ts";
import { CaseCache } from "../../tune/case-cache.ts";
import type { CasePaths, Meaning } from "../../tune/labelled-case.ts";
import { pairLabels } from "../../tune/pair-labels.ts";
import { type SearchPlan, searchPlan } from "../../tune/search-plan.ts";
import { studyFiles, type TuneJob, type TuneResult, tune } from "../../tune/tune.ts";
import { plainPath } from "../../volume/stores/location.ts";
import { parseCount, parseMemory } from "../arguments.ts";
import { carryOutByAll } from "../carry-out.ts";
import { sourceOf, type VolumeFlags } from "../flags.ts";
import { interruptible } from "../interrupt.ts";
import { makeProgress, type Progress } from "../progress.ts";
import { planOf, type RunRequest } from "../run-plan.ts";
import { trialLine, tuneText } from "../tune-text.ts";
import { runVolumes } from "./volumes.ts";

/** Options of the two commands. */
export type TuneFlags = VolumeFlags & {
	/** Most trials. */
	readonly trials?: number;
	readonly minutes?: number;
	/** The same by other names, the time in seconds. */
	readonly tuneTrials?: number;
	readonly tuneTimeout?: number;
};

/** Searches on `tune.data.val`; gives the exit code. */
export async function runTune(overrides: readonly string[], flags: TuneFlags): Promise<number> {
	const found = await tuned(overrides, flags);
	if (typeof found === "number") return found;
	if (flags.json !== true) process.stdout.write(tuneText(found.result, found.plan));
	return 0;
}

/** The result of a search, or the exit code where inputs could not be predicted. */
export async function tuned(
	overrides: readonly string[],
	flags: TuneFlags,
): Promise<number | { readonly result: TuneResult; readonly plan: SearchPlan }> {
	const { config } = await loadConfig({ overrides, ...sourceOf(flags) });
	const plan = searchPlan(config, budgetOf(flags));
	const folder = tuneFolder(config);
	await requireNew(config, flags, folder);
	const progress = makeProgress({ json: flags.json === true, quiet: flags.quiet === true });
	for (const text of plan.warnings) progress.onEvent({ kind: "warning", text });
	for (const text of plan.notes) progress.onEvent({ kind: "note", text });
	const set = await labelledSet({ name: "val", config, base: plan.base, overrides, flags });
	if (typeof set === "number") return set;
	const result = await interruptible((signal) =>
		tune({
			...set,
			folder,
			plan,
			workers: workersIn(flags),
			overwrite: flags.overwrite === true,
			signal,
			onTrial: teller(plan, flags, progress),
		}),
	);
	return { result, plan };
}

/** A set of cases, ready to be scored. */
export type LabelledSet = Pick<TuneJob, "cases" | "treatment" | "meaning" | "predictions" | "inputs">;

/** What cases are predicted for. */
type SetRequest = {
	readonly name: "val" | "test";
	readonly config: Config;
	/** Post-processing that will be applied: it tells which channels are needed. */
	readonly base: Postprocessing;
	readonly overrides: readonly string[];
	readonly flags: TuneFlags;
};

/** Values and labels of a set of cases; the exit code where not all could be predicted. @throws CONFIG, INPUT */
export async function labelledSet(request: SetRequest): Promise<number | LabelledSet> {
	const { name, config, flags } = request;
	const section = name === "val" ? "tune.data.val" : "data.test";
	const { image, label } = name === "val" ? config.tune.data.val : config.data.test;
	if (image === null) throw new NnvolError("CONFIG", `${section}.image is not set: name the inputs`);
	if (label === null) throw new NnvolError("CONFIG", `${section}.label is not set: name the labels`);
	const predicted = await predictOnce(request, image);
	if (typeof predicted === "number") return predicted;
	const { model, cases, settings } = predicted.run;
	const named = cases.map(({ id, output }) => ({ id, path: output }));
	const labels = await pairLabels(named, label, model.spec.fileEnding, `${section}.label`);
	const paths = named.map(({ id, path }): CasePaths => ({ id, values: path, label: labels.get(id) ?? "" }));
	const inputs: Record<string, Awaited<ReturnType<typeof identify>>> = {};
	for (const { id, files } of cases) inputs[id] = await identify([...files, labels.get(id) ?? ""]);
	const { channels } = predicted;
	const meaning = meaningOf(model.spec.labels, channels, config);
	return {
		cases: new CaseCache(paths, meaning, memoryOf(config, flags), workersIn(flags) > 1),
		meaning,
		treatment: {
			channels: channels.map((channel) => predicted.saved.indexOf(channel)),
			sectionwise: settings.sectionwise,
			bySection: model.spec.architecture.dimensions === 2,
		},
		predictions: predicted.hash,
		inputs,
	};
}

/** Predictions that are there. */
type Predicted = {
	readonly run: RunRequest;
	/** Hash of model and settings. */
	readonly hash: string;
	/** The model's channels that were saved, and those that post-processing works on. */
	readonly saved: readonly number[];
	readonly channels: readonly number[];
};

/** Predicts what is not predicted yet, channels as they come from the network's activation. */
async function predictOnce(request: SetRequest, images: readonly string[]): Promise<number | Predicted> {
	const { name, config, base, overrides } = request;
	const { overwrite: _, params: __, ...flags } = request.flags;
	let seen: Predicted | undefined;
	const code = await runVolumes("infer", [...overrides, ...keptOverrides(config, name, images)], flags, async (run) => {
		const own = { ...run, options: { ...run.options, remakeForeign: true } };
		const { output } = run.settings;
		// told before the network runs: post-processing that cannot work on this model's channels
		const wanted = outputOf({ ...config, inference: { ...config.inference, postprocessing: base } }, run.model.spec);
		if (output.kind !== "channels" || wanted.kind === "labels") throw new RangeError("tune: values are not kept");
		seen = { run: own, hash: (await planOf(own)).hash, saved: output.channels, channels: wanted.channels };
		return carryOutByAll(own);
	});
	return code === 0 && seen !== undefined ? seen : code;
}

/** What is written in place of what the configuration wants: the values of channels, before all post-processing. */
function keptOverrides(config: Config, name: string, images: readonly string[]): readonly string[] {
	const { select_channel: select } = config.inference.test_time_augmentation;
	const folder = join(tuneFolder(config), "probabilities", name);
	return [
		`inference.data.input_path=${JSON.stringify(images.map(escapeTemplate))}`,
		overrideOf("inference.data.output_path", folder),
		"inference.data.output_format=h5",
		"inference.data.outputs=null",
		"inference.volume_mode.enabled=false",
		"inference.volume_mode.output_name={stem}",
		"inference.postprocessing.binary.enabled=false",
		"inference.postprocessing.decoding=[]",
		"inference.postprocessing.instance_dtype=auto",
		"inference.postprocessing.object_table=null",
		"inference.postprocessing.intensity_scale=null",
		"inference.postprocessing.intensity_dtype=float32",
		// a list keeps the axis of channels, so that all files are alike
		...(typeof select === "number" ? [`inference.test_time_augmentation.select_channel=[${select}]`] : []),
	];
}

/** Which labels a mask is compared with: those of its channel, where the model has several; `score` says the rest. */
function meaningOf(scheme: LabelScheme, channels: readonly number[], { score }: Config): Meaning {
	const [channel = 0] = channels;
	const labels = scheme.kind === "labels" ? scheme.labels : scheme.regions;
	const background = scheme.kind === "labels" ? 1 : 0;
	const isOnly = labels.length === background + 1 && channel >= background;
	return {
		foreground: isOnly ? "any" : (labels[channel]?.values ?? []),
		ignored: [...new Set([...(scheme.ignore === undefined ? [] : [scheme.ignore]), ...score.ignore])],
		connectivity: score.connectivity,
	};
}

/** Where studies lie. */
export function tuneFolder({ inference }: Config): string {
	const { output_path: path } = inference.data;
	if (path === null) {
		throw new NnvolError("CONFIG", "inference.data.output_path is not set: name the folder for the outputs");
	}
	return join(plainPath(path), "tune");
}

/** @throws CONFIG where a study is there that the configuration does not want to go on with */
async function requireNew({ tune: keys }: Config, flags: TuneFlags, folder: string): Promise<void> {
	if (keys.load_if_exists || flags.overwrite === true) return;
	const { study } = studyFiles(folder);
	if ((await stat(study).catch(() => undefined)) === undefined) return;
	throw new NnvolError(
		"CONFIG",
		`the study ${study} exists, and tune.load_if_exists is false; choose another output folder, or use --overwrite`,
	);
}

function budgetOf(flags: TuneFlags) {
	const trials = flags.trials ?? flags.tuneTrials;
	const seconds = flags.minutes === undefined ? flags.tuneTimeout : flags.minutes * 60;
	return {
		...(trials === undefined ? {} : { trials }),
		...(seconds === undefined ? {} : { time: seconds * 1000 }),
	};
}

/** Threads that score. @throws CONFIG */
export function workersIn({ workers }: TuneFlags): number {
	return workers === undefined ? 1 : parseCount("--workers", workers);
}

function memoryOf({ system }: Config, flags: TuneFlags): number {
	return parseMemory(flags.memory) ?? system.memory ?? totalmem() / 2;
}

/** Shows each trial that is the best so far; with --json all of them. */
function teller(plan: SearchPlan, flags: TuneFlags, progress: Progress): NonNullable<TuneJob["onTrial"]> {
	return (record, best) => {
		if (flags.json === true) process.stdout.write(`${JSON.stringify({ ...record, best: best?.trial ?? null })}\n`);
		else if (best?.trial === record.trial || record.error !== undefined) {
			progress.onEvent({ kind: "note", text: trialLine(record, plan) });
		}
	};
}
