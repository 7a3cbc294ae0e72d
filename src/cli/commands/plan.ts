/**
 * `nnvol plan`: what `predict` or a configured mode would do. Nothing is written but, where it is asked for, the
 * plan itself for workers. It ends as the run would.
 *
 * @module
 */
import { loadConfig } from "../../config/load.ts";
import type { ModelReference } from "../../model/reference.ts";
import type { RunForecast } from "../../run/forecast/forecast.ts";
import { foresee } from "../../run/forecast/foresee.ts";
import type { Workers } from "../../run/forecast/workers-forecast.ts";
import { writeJob } from "../../run/job.ts";
import { automaticMemory } from "../../run/volume/memory.ts";
import type { VolumeFlags } from "../flags.ts";
import { interruptible } from "../interrupt.ts";
import { jobOf, requireNoOverwrite } from "../job-of.ts";
import { placesOf } from "../local-run.ts";
import { planText } from "../plan-text.ts";
import type { PredictFlags } from "../predict-flags.ts";
import { attributesOf, enginesOf, planOf, type RunRequest } from "../run-plan.ts";
import type { Mode } from "./volumes.ts";

/** Options of `plan` alone. */
export type PlanFlags = {
	readonly measure?: boolean;
	readonly json?: boolean;
	readonly mode?: Mode;
	/** A file for workers. */
	readonly save?: string;
};

/** Foresees `predict`; gives the exit code. */
export async function planPredict(
	model: ModelReference,
	input: string,
	output: string,
	flags: PredictFlags & PlanFlags,
): Promise<number> {
	const { runPredict } = await import("./predict.ts");
	return runPredict(model, input, output, { ...flags, json: false }, (request) => tell(request, flags));
}

/** Foresees a configured mode; gives the exit code. */
export async function planVolumes(overrides: readonly string[], flags: VolumeFlags & PlanFlags): Promise<number> {
	const { runVolumes } = await import("./volumes.ts");
	const mode = flags.mode === undefined || !isMode(flags.mode) ? await modeOf(overrides, flags) : flags.mode;
	return runVolumes(mode, overrides, { ...flags, json: false }, (request) => tell(request, flags));
}

/** `--mode plan` of the program itself says nothing of what is planned. */
function isMode(mode: string): mode is Mode {
	return mode === "infer-volume" || mode === "infer" || mode === "test";
}

/** What a configuration is for, where it is not said: many volumes where it lists them. */
async function modeOf(overrides: readonly string[], { config: file }: VolumeFlags): Promise<Mode> {
	const { config } = await loadConfig({ overrides, ...(file === undefined ? {} : { file }) });
	const { volume_mode: volumes } = config.inference;
	return volumes.file_list !== null || volumes.file_pattern !== null ? "infer-volume" : "infer";
}

async function tell(request: RunRequest, { json, measure, save }: PlanFlags): Promise<number> {
	const plan = await planOf(request);
	const [own, workers] = ofOneWorker(request);
	if (save !== undefined) {
		requireNoOverwrite(request);
		await writeJob(save, jobOf(request, plan, null));
	}
	const forecast = await interruptible(async (signal) => {
		const engines = enginesOf(own);
		const [engine, ...further] = engines;
		if (engine === undefined) throw new RangeError("a run without a model");
		try {
			const options = { ...own.options, further, attributes: attributesOf(request, plan), signal };
			return await foresee(plan, engine, options, {
				measure: measure !== false && save === undefined,
				folds: request.model.folds.length,
				workers,
			});
		} finally {
			for (const one of engines) await one.close();
		}
	});
	request.progress.close();
	process.stdout.write(json === true ? `${JSON.stringify(forecast, null, 2)}\n` : planText(forecast));
	if (save !== undefined)
		process.stderr.write(`written: ${save}; each worker: nnvol work --plan ${save} --shard i/n\n`);
	return codeOf(forecast);
}

/** The request of one of the workers, and who they are, where there are to be several. */
function ofOneWorker(request: RunRequest): readonly [RunRequest, Workers | undefined] {
	const places = placesOf(request);
	const [place] = places;
	if (place === undefined) return [request, undefined];
	const count = places.length;
	const memory = Math.floor((request.options.memory ?? automaticMemory()) / count);
	const { device, threads } = place;
	return [
		{ ...request, device, threads, options: { ...request.options, memory } },
		{ count, threads, memory },
	];
}

/** As a run would end: 1 where nothing can be done, 3 where some of it cannot. */
function codeOf({ cases }: RunForecast): number {
	const failed = cases.filter(({ state }) => state === "failed").length;
	if (failed === 0) return 0;
	return failed === cases.length ? 1 : 3;
}
