/**
 * Carries out a plan for a command: progress, provenance, the table of failures, the exit code.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import { bytesText } from "../core/bytes.ts";
import { NnvolError } from "../core/errors.ts";
import { hashOf } from "../core/hash.ts";
import { hasParent } from "../launch/local/parent.ts";
import type { LoadedModel } from "../model/load.ts";
import { type ModelIdentity, makePlan, type Plan, type PlanMember, type PlannedCase } from "../plan/plan.ts";
import type { Settings } from "../plan/settings.ts";
import { makeEngine } from "../run/engine.ts";
import { writePlanFile } from "../run/plan-file.ts";
import type { Engine } from "../run/planned-case.ts";
import { exitCodeOf, type RunReport } from "../run/report.ts";
import { runPlan } from "../run/run.ts";
import { runFile } from "../run/run-folder.ts";
import { isOneOfSeveral, type RunOptions } from "../run/run-options.ts";
import { openState, stateFolder } from "../run/state-store.ts";
import { joinPath } from "../volume/stores/location.ts";
import { requireInputsKept } from "./apart.ts";
import { interruptible } from "./interrupt.ts";
import { invocation, invocationName } from "./invocation.ts";
import type { Progress } from "./progress.ts";
import { keepFailures } from "./tell-failures.ts";
import { VERSION } from "./version.ts";
import { watchRun } from "./watch-run.ts";

/** What a command hands over. */
export type RunRequest = {
	readonly model: LoadedModel;
	readonly settings: Settings;
	/** Further models, whose probabilities are averaged with those of `model`. */
	readonly further?: readonly { readonly model: LoadedModel; readonly settings: Settings }[];
	readonly folder: string;
	/** The plan, where it was made before: by whoever started this worker. */
	readonly plan?: Plan;
	/** True for a folder that goes when the command ends: where its report lies helps nobody. */
	readonly isTemporary?: boolean;
	readonly cases: readonly PlannedCase[];
	readonly device: string;
	/** Of all processes together. */
	readonly threads: number;
	/** Where several processes of this machine may carry it out: how many, or one a graphics card, of so many (-1: of all). */
	readonly workers?: { readonly count: number | undefined; readonly gpus: number };
	readonly progress: Progress;
	readonly options: Omit<RunOptions, "attributes" | "signal" | "onEvent">;
	/** Files that nnU-Net's own commands expect among outputs, by name. */
	readonly beside?: Readonly<Record<string, string>>;
	/** Further files for `.nnvol/`, by name. */
	readonly provenance?: Readonly<Record<string, string>>;
	/** Told which signal interrupts the run. */
	readonly onSignal?: (signal: NodeJS.Signals) => void;
	/** Told what became of each case, at the end. */
	readonly onReport?: (report: RunReport) => void;
};

/** What becomes of a request: it is carried out, or only foreseen. Gives the exit code. */
export type CarryOut = (request: RunRequest) => Promise<number>;

/** Plans and runs in this process; gives the exit code. */
export async function carryOut(request: RunRequest): Promise<number> {
	try {
		// signals are minded until the last thread has ended, so that a second one always ends with 130
		return await interruptible((signal) => planAndRun(request, signal), request.onSignal);
	} finally {
		request.progress.close();
	}
}

/** The plan of a request. @throws CONFIG, INPUT where outputs and inputs are not apart */
export async function planOf(request: RunRequest): Promise<Plan> {
	if (request.plan !== undefined) return request.plan;
	const identity = await identityOf(request.model);
	const members: PlanMember[] = [];
	for (const other of request.further ?? []) {
		members.push({ model: await identityOf(other.model), settings: other.settings });
	}
	const plan = makePlan(identity, request.settings, request.folder, request.cases, members);
	await requireInputsKept(request.cases);
	return plan;
}

/** An engine for each model of a request, its own first; close them in a `finally`. */
export function enginesOf(request: RunRequest): readonly (Engine & { close(): Promise<void> })[] {
	const { model, settings, further = [], device, threads, progress } = request;
	return [{ model, settings }, ...further].map((member, n) =>
		makeEngine(member.model, {
			device,
			threads,
			patch: member.settings.patch,
			onNote: (text) => n === 0 && progress.onEvent({ kind: "note", text }),
		}),
	);
}

/** What outputs are told of who made them. */
export function attributesOf({ model }: RunRequest, plan: Plan): RunOptions["attributes"] {
	return {
		nnvol: VERSION,
		model: model.spec.datasetName,
		checkpoints: plan.model.checkpoints.map(({ sha256 }) => sha256).join(" "),
	};
}

async function planAndRun(request: RunRequest, signal: AbortSignal): Promise<number> {
	const plan = await planOf(request);
	const watch = await watchRun(request, plan);
	const engines = enginesOf(request);
	const [engine, ...further] = engines;
	if (engine === undefined) throw new RangeError("a run without a model");
	try {
		const attributes = attributesOf(request, plan);
		const made = invocation();
		const onBegin = async () => {
			if (!request.options.overwrite) await requireOwn(plan.folder, request.beside ?? {});
			const again = made === undefined ? {} : { [invocationName(plan, request.options.share)]: JSON.stringify(made) };
			await keepProvenance(plan, { ...again, ...request.provenance }, request.beside ?? {});
		};
		const report = await runPlan(plan, engine, {
			...request.options,
			further,
			attributes,
			...(made === undefined ? {} : { invocation: made }),
			onBegin,
			signal,
			onEvent: watch.onEvent,
		});
		await watch.close();
		await tellReport(report, request);
		request.onReport?.(report);
		return exitCodeOf(report);
	} finally {
		await watch.close();
		for (const one of engines) await one.close();
	}
}

/** Threads for one process: `wanted`, or all there are for -1, never more than there are. */
export function threadsOf(wanted: number): number {
	const all = availableParallelism();
	return wanted === -1 ? all : Math.min(wanted, all);
}

/** What identifies a model: its specification and the checksums of its checkpoints. */
export async function identityOf(model: LoadedModel): Promise<ModelIdentity> {
	const checkpoints: { fold: string; sha256: string }[] = [];
	for (const fold of model.folds) checkpoints.push({ fold: fold.name, sha256: await fold.sha256() });
	const { datasetName: dataset, configuration, trainer } = model.spec;
	return { dataset, configuration, trainer, spec: hashOf(model.spec), checkpoints };
}

/** @throws CONFIG where a file of another data set or model would be replaced */
async function requireOwn(folder: string, beside: Readonly<Record<string, string>>): Promise<void> {
	const outputs = await openState(folder);
	for (const [name, text] of Object.entries(beside)) {
		const path = joinPath(folder, name);
		const found = await outputs.read(name);
		if (found === undefined || found === text) continue;
		throw new NnvolError(
			"CONFIG",
			`${path} is another model's or data set's: --save-probabilities would replace it; choose another output folder, or use --overwrite`,
			{ fields: { path } },
		);
	}
}

/** Model, settings and configuration, so that an output can be made again without guessing. */
async function keepProvenance(
	plan: Plan,
	files: Readonly<Record<string, string>>,
	beside: Readonly<Record<string, string>>,
): Promise<void> {
	try {
		await writePlanFile(plan, VERSION);
		const state = await openState(stateFolder(plan.folder));
		for (const [name, text] of Object.entries(files)) await state.write(name, text);
		const outputs = await openState(plan.folder);
		for (const [name, text] of Object.entries(beside)) await outputs.write(name, text);
	} catch (cause) {
		throw new NnvolError(
			"RUN",
			`the output folder ${plan.folder} cannot be written; check its permissions or choose another`,
			{ cause },
		);
	}
}

/** Says how a run ended: what failed, which is kept as a table, how many were done, how much memory it took, where the report lies. */
export async function tellReport(report: RunReport, request: RunRequest): Promise<void> {
	const { progress, folder, options, isTemporary } = request;
	progress.close();
	const isWorker = isOneOfSeveral(options);
	const failures = await keepFailures(report, options.share, isWorker);
	if (hasParent()) return; // which tells of all workers together
	process.stderr.write(failures);
	const part = report.part === undefined ? "" : `, ${report.part} in part`;
	const left = `${part}${report.remaining > 0 ? `, ${report.remaining} not begun` : ""}`;
	const name = `report${options.share}.json`;
	const path = joinPath(stateFolder(folder), isWorker ? runFile(report.run, name) : name);
	const where = isTemporary === true ? "" : `; report: ${path}`;
	const skipped = isWorker ? "by others or before" : "skipped";
	const counts = `${report.done} done, ${report.skipped} ${skipped}, ${report.failed} failed${left}`;
	process.stderr.write(`${counts}; ${memoryText(report)}${where}\n`);
}

/** `at most 1.2 GB of memory`; of several processes `at most 1.2 GB of memory each, 4.5 GB together`. */
function memoryText({ peakMemory, peakMemoryOfAll, peakGpuMemory }: RunReport): string {
	const gpu = peakGpuMemory === undefined ? "" : `, ${bytesText(peakGpuMemory)} on graphics cards`;
	const all = peakMemoryOfAll === undefined ? "" : ` each, ${bytesText(peakMemoryOfAll)} together`;
	return `at most ${bytesText(peakMemory)} of memory${all}${gpu}`;
}
