/**
 * Foresees a run: every case is looked at, the network is run on a few empty tiles; nothing is written.
 *
 * @module
 */
import { errorText, isNnvolError } from "../../core/errors.ts";
import type { Plan } from "../../plan/plan.ts";
import { type Checked, checkCases } from "../checked.ts";
import { readLedger } from "../ledger.ts";
import type { Engine } from "../planned-case.ts";
import type { RunOptions } from "../run-options.ts";
import { unitWorkers } from "../shared-cases.ts";
import { afterPassOf, valuesCase } from "../volume/after-pass.ts";
import { routeOf } from "../volume/route.ts";
import { type CaseForecast, type CaseWork, type RunForecast, totalsOf } from "./forecast.ts";
import { lookAt } from "./look.ts";
import { type MeasuredNetwork, measureNetwork } from "./measured-network.ts";
import { type ForeseenMember, foreseeInMemory } from "./memory-work.ts";
import { type Foresight, foreseeVolume } from "./volume-work.ts";
import { divide, type Workers } from "./workers-forecast.ts";

/** How a run is foreseen. */
export type ForeseeOptions = {
	/** False: the network is not loaded, and time and its memory stay unknown. */
	readonly measure: boolean;
	/** Folds of the (first) model. */
	readonly folds: number;
	/** Those who share the run, where they are several; `options` and the engines are those of one of them. */
	readonly workers?: Workers | undefined;
	/** Told after each case. */
	readonly onCase?: (done: number, total: number) => void;
};

/** @throws CONFIG where a volume does not fit the budget; UNBUILT; RUNTIME, GRAPH, MODEL where the network cannot be loaded */
export async function foresee(
	plan: Plan,
	engine: Engine,
	options: RunOptions,
	how: ForeseeOptions,
): Promise<RunForecast> {
	const ledger = await readLedger(plan.folder);
	const checked = await checkCases(plan, ledger, options.acceptExisting === "complete");
	const members = await membersOf(plan, [engine, ...(options.further ?? [])], options, how.measure);
	const [first] = members;
	const measured = first?.measured;
	const { workers } = how;
	const cut = workers === undefined ? 1 : unitWorkers(plan.cases.length, workers.count);
	const sight: Foresight = { plan, ledger, options, cut, ...(measured === undefined ? {} : { measured }) };
	const cases: CaseForecast[] = [];
	for (const one of checked) {
		cases.push(await foreseeCase(one, sight, engine, members));
		how.onCase?.(cases.length, checked.length);
	}
	return {
		version: 1,
		plan: plan.hash,
		folds: how.folds,
		patch: plan.settings.patch,
		batchSize: options.batchSize,
		...(measured === undefined ? {} : { tile: { seconds: measured.seconds, lanes: measured.lanes } }),
		cases,
		total: totalsOf(cases),
		...(workers === undefined ? {} : { workers: divide(cases, workers) }),
	};
}

/** The models of a run, measured one after the other. */
async function membersOf(
	{ settings, further = [] }: Plan,
	engines: readonly Engine[],
	{ batchSize }: RunOptions,
	measure: boolean,
): Promise<ForeseenMember[]> {
	const members: ForeseenMember[] = [];
	for (const [n, engine] of engines.entries()) {
		const own = n === 0 ? settings : (further[n - 1]?.settings ?? settings);
		const measured = measure ? await measuredOf(engine, own, batchSize) : undefined;
		members.push({ engine, settings: own, ...(measured === undefined ? {} : { measured }) });
	}
	return members;
}

async function measuredOf(engine: Engine, settings: Plan["settings"], batchSize: number): Promise<MeasuredNetwork> {
	const channels = engine.spec.architecture.inputChannels;
	return measureNetwork(await engine.network(), settings, channels, batchSize);
}

async function foreseeCase(
	one: Checked,
	sight: Foresight,
	engine: Engine,
	members: readonly ForeseenMember[],
): Promise<CaseForecast> {
	const { id, output, format } = one.entry;
	const base = { id, output, format };
	const { state } = one;
	const { overwrite, acceptExisting, remakeForeign } = sight.options;
	if (one.problem !== undefined) return { ...base, state: "failed", problem: errorText(one.problem) };
	if (state.kind === "done" && !overwrite) return { ...base, state: "done" };
	if (state.kind === "foreign" && !overwrite && remakeForeign !== true) {
		return acceptExisting === false ? { ...base, state: "foreign", problem: state.why } : { ...base, state: "done" };
	}
	try {
		return { ...base, state: "to do", work: await workOfCase(one, sight, engine, members) };
	} catch (error) {
		// what the user can change by an option ends the command; what is wrong with one case is told of it
		if (!isNnvolError(error) || !["INPUT", "VOLUME"].includes(error.code)) throw error;
		return { ...base, state: "failed", problem: errorText(error) };
	}
}

async function workOfCase(
	one: Checked,
	sight: Foresight,
	engine: Engine,
	members: readonly ForeseenMember[],
): Promise<CaseWork> {
	const { streamed, why } = await routeOf(one, sight.plan, engine, sight.options);
	const after = streamed ? afterPassOf(sight.plan.settings) : undefined;
	const { entry, plan } =
		after === undefined ? { entry: one.entry, plan: sight.plan } : valuesCase(one.entry, sight.plan, after);
	const look = await lookAt(entry, plan, engine.spec, sight.options);
	try {
		if (!streamed) return foreseeInMemory(one, look, why, sight, members);
		const work = await foreseeVolume({ ...one, entry }, look, why, { ...sight, plan });
		const passes = [...work.passes, { name: "decode", isKept: false } as const];
		return after === undefined ? work : { ...work, passes, bytesStaged: work.bytesStaged + work.bytesWritten };
	} finally {
		await look.image.close();
	}
}
