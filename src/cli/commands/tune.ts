/**
 * `nnvol tune` and `nnvol tune-test`: predictions are made once and kept, then parameters are searched on them and scored.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../config/load.ts";
import type { Config } from "../../config/schema.ts";
import { escapeTemplate } from "../../config/template.ts";
import { NnvolError } from "../../core/errors.ts";
import type { LabelScheme } from "../../model/spec.ts";
import { identify } from "../../run/input-identity.ts";
import { CaseCache } from "../../tune/case-cache.ts";
import type { CasePaths, Foreground } from "../../tune/labelled-case.ts";
import { pairLabels } from "../../tune/pair-labels.ts";
import { type SearchPlan, searchPlan } from "../../tune/search-plan.ts";
import { studyFiles, type TuneJob, type TuneResult, tune } from "../../tune/tune.ts";
import { plainPath } from "../../volume/stores/location.ts";
import { parseMemory } from "../arguments.ts";
import { sourceOf, type VolumeFlags } from "../flags.ts";
import { interruptible } from "../interrupt.ts";
import { makeProgress, type Progress } from "../progress.ts";
import { carryOut, planOf, type RunRequest } from "../run-plan.ts";
import { trialLine, tuneText } from "../tune-text.ts";
import { runVolumes } from "./volumes.ts";

/** Options of the two commands. */
export type TuneFlags = VolumeFlags & {
	/** Most trials. */
	readonly trials?: number;
	readonly minutes?: number;
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
	const set = await labelledSet("val", config, config.tune.data.val, overrides, flags);
	if (typeof set === "number") return set;
	const result = await interruptible((signal) =>
		tune({ ...set, folder, plan, overwrite: flags.overwrite === true, signal, onTrial: teller(plan, flags, progress) }),
	);
	return { result, plan };
}

/** Values and labels of a set of cases; the exit code where not all could be predicted. */
export async function labelledSet(
	name: "val" | "test",
	config: Config,
	{ image, label }: Config["tune"]["data"]["val"],
	overrides: readonly string[],
	flags: TuneFlags,
): Promise<number | Pick<TuneJob, "cases" | "sectionwise" | "predictions" | "inputs">> {
	const section = name === "val" ? "tune.data.val" : "data.test";
	if (image === null || label === null) {
		const missing = image === null ? "image" : "label";
		throw new NnvolError(
			"CONFIG",
			`${section}.${missing} is not set: name the ${missing === "image" ? "inputs" : "labels"}`,
		);
	}
	const predicted = await predictOnce(join(tuneFolder(config), "probabilities", name), config, image, overrides, flags);
	if (typeof predicted === "number") return predicted;
	const { request, hash } = predicted;
	const labels = await pairLabels(request.cases, label, request.model.spec.fileEnding, `${section}.label`);
	const paths = request.cases.map(({ id, output }): CasePaths => ({ id, values: output, label: labels.get(id) ?? "" }));
	const inputs: Record<string, Awaited<ReturnType<typeof identify>>> = {};
	for (const one of request.cases) inputs[one.id] = await identify([...one.files, labels.get(one.id) ?? ""]);
	return {
		cases: new CaseCache(paths, foregroundOf(request.model.spec.labels, config), memoryOf(config, flags)),
		sectionwise: request.settings.sectionwise,
		predictions: hash,
		inputs,
	};
}

/** Predicts what is not predicted yet, all channels as they come from the network's activation. */
async function predictOnce(
	folder: string,
	config: Config,
	images: readonly string[],
	overrides: readonly string[],
	flags: TuneFlags,
): Promise<number | { readonly request: RunRequest; readonly hash: string }> {
	const { select_channel: select } = config.inference.test_time_augmentation;
	const kept = [
		`inference.data.input_path=${JSON.stringify(images.map(escapeTemplate))}`,
		`inference.data.output_path=${JSON.stringify(escapeTemplate(folder))}`,
		"inference.data.output_format=h5",
		"inference.data.outputs=null",
		"inference.volume_mode.enabled=false",
		'inference.volume_mode.output_name="{stem}"',
		"inference.postprocessing.binary.enabled=false",
		"inference.postprocessing.decoding=[]",
		"inference.postprocessing.intensity_scale=null",
		"inference.postprocessing.intensity_dtype=float32",
		// a list keeps the axis of channels, so that all files are alike
		...(typeof select === "number" ? [`inference.test_time_augmentation.select_channel=[${select}]`] : []),
	];
	let seen: { readonly request: RunRequest; readonly hash: string } | undefined;
	const { overwrite: _, params: __, ...others } = flags;
	const code = await runVolumes("infer", [...overrides, ...kept], others, async (request) => {
		const own = { ...request, options: { ...request.options, remakeForeign: true } };
		seen = { request: own, hash: (await planOf(own)).hash };
		return carryOut(own);
	});
	return code === 0 && seen !== undefined ? seen : code;
}

/** Which labels a mask is compared with: those of the selected channel, where the model has several. */
function foregroundOf(scheme: LabelScheme, config: Config): Foreground {
	const ignore = scheme.ignore === undefined ? {} : { ignore: scheme.ignore };
	const { select_channel: select } = config.inference.test_time_augmentation;
	const channel = Array.isArray(select) ? select[0] : select;
	const labels = scheme.kind === "labels" ? scheme.labels : scheme.regions;
	const isOnly = scheme.kind === "labels" ? labels.length <= 2 && channel !== 0 : labels.length <= 1;
	if (isOnly || typeof channel !== "number") return { labels: "any", ...ignore };
	return { labels: labels[channel]?.values ?? [], ...ignore };
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

function budgetOf({ trials, minutes }: TuneFlags) {
	return {
		...(trials === undefined ? {} : { trials }),
		...(minutes === undefined ? {} : { time: minutes * 60_000 }),
	};
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
