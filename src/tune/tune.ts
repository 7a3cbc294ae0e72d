/**
 * A search from beginning to end: the study is opened or gone on with, trials are run, results are written beside it.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../core/atomic-file.ts";
import { NnvolError, throwIfAborted } from "../core/errors.ts";
import { bestYaml } from "./best-file.ts";
import { bestTrial } from "./best-trial.ts";
import { candidateOf, type Postprocessing } from "./candidate.ts";
import type { CaseCache } from "./case-cache.ts";
import { meanScore, type Treatment } from "./evaluate.ts";
import type { Meaning } from "./labelled-case.ts";
import type { Scores } from "./metrics.ts";
import type { Objective } from "./objective.ts";
import { studyPlot } from "./plot.ts";
import { openScorePool, type ScorePool } from "./score-pool.ts";
import { isFree, makeSampler, type SearchPlan } from "./search-plan.ts";
import { type Outcome, type SearchOptions, search } from "./study.ts";
import { StudyFile, type TrialRecord } from "./study-file.ts";
import type { StudyHead } from "./study-head.ts";
import { trialTable } from "./trial-table.ts";

/** What a search is made of. */
export type TuneJob = {
	/** Folder of the study and its results. */
	readonly folder: string;
	readonly plan: SearchPlan;
	readonly cases: CaseCache;
	readonly treatment: Treatment;
	/** What true labels mean, as the cases were read. */
	readonly meaning: Meaning;
	/** Hash of the model and settings that the values were made with. */
	readonly predictions: string;
	/** What the files of each case are recognised by. */
	readonly inputs: StudyHead["cases"];
	/** Cases scored at once; the study is the same for any number. 1 where it is not said. */
	readonly workers?: number;
	/** Begins anew where a study is there. */
	readonly overwrite: boolean;
	readonly onTrial?: SearchOptions["onTrial"];
	readonly signal?: AbortSignal;
};

/** What came out. */
export type TuneResult = {
	readonly trials: readonly TrialRecord[];
	readonly best: TrialRecord;
	/** The configuration as it stood; undefined only where its trial is not finished. */
	readonly standing: TrialRecord | undefined;
	readonly files: { readonly study: string; readonly best: string; readonly table: string; readonly plot: string };
};

/** Files of a study in its folder. */
export function studyFiles(folder: string): TuneResult["files"] {
	return {
		study: join(folder, "study.jsonl"),
		best: join(folder, "best.yaml"),
		table: join(folder, "trials.csv"),
		plot: join(folder, "study.svg"),
	};
}

/** Searches, or goes on searching; writes the results. @throws CONFIG where another search's study is there; RUN where no trial has a score */
export async function tune(job: TuneJob): Promise<TuneResult> {
	const { folder } = job;
	const files = studyFiles(folder);
	if (job.overwrite) await rm(files.study, { force: true });
	const study = await StudyFile.open(files.study, headOf(job));
	const pool = openScorePool(job.workers ?? 1);
	try {
		return await finish(files, await searched(study, pool, job), job);
	} finally {
		await pool.close();
	}
}

function searched(study: StudyFile, pool: ScorePool, job: TuneJob): Promise<readonly TrialRecord[]> {
	const { plan, signal, onTrial, cases } = job;
	const { objective } = plan;
	return search(study, {
		objective,
		sampler: makeSampler(plan),
		base: plan.point,
		evaluate: (point) => scorePostprocessing(candidateOf(plan.base, point), { ...job, objective, pool }),
		// one more than keeps all busy: the last case of a trial does not leave the others idle
		atOnce: pool.workers === 1 ? 1 : 1 + Math.ceil(pool.workers / cases.paths.length),
		isFree: (trial) => isFree(plan, trial),
		...(plan.trials === undefined ? {} : { trials: plan.trials }),
		...(plan.time === undefined ? {} : { time: plan.time }),
		...(onTrial === undefined ? {} : { onTrial }),
		...(signal === undefined ? {} : { signal }),
	});
}

/** How cases are scored, and by whom: by this thread where no pool is given. */
export type Scoring = Pick<TuneJob, "cases" | "treatment" | "signal"> & {
	readonly objective: Objective;
	readonly pool?: ScorePool;
};

/** What post-processing scores: every case, and their mean. @throws VOLUME, INPUT where a case cannot be read */
export async function scorePostprocessing(
	post: Postprocessing,
	{ cases, treatment, objective, signal, pool = openScorePool(1) }: Scoring,
): Promise<Outcome> {
	const begun: (readonly [string, Promise<Scores>])[] = [];
	for await (const one of cases.each(signal === undefined ? {} : { signal })) {
		throwIfAborted(signal);
		begun.push([one.id, (await pool.begin({ one, post, treatment, objective })).scores]);
	}
	const scores: Record<string, Scores> = {};
	for (const [id, found] of begun) scores[id] = await found;
	return { score: meanScore(scores, objective), cases: withNulls(scores) };
}

/** JSON has no NaN. */
function withNulls(scores: Readonly<Record<string, Scores>>): Outcome["cases"] {
	return Object.fromEntries(
		Object.entries(scores).map(([id, each]) => [
			id,
			Object.fromEntries(Object.entries(each).map(([name, value]) => [name, Number.isNaN(value) ? null : value])),
		]),
	);
}

function headOf({ plan, predictions, inputs, meaning }: TuneJob): StudyHead {
	return {
		version: 1,
		space: Object.fromEntries(plan.space.map(({ key, ...rest }) => [key, rest])),
		sampler: plan.sampler,
		seed: plan.seed,
		objective: plan.objective,
		base: plan.base,
		labels: meaning,
		predictions,
		cases: inputs,
	};
}

async function finish(
	files: TuneResult["files"],
	trials: readonly TrialRecord[],
	{ plan, cases }: TuneJob,
): Promise<TuneResult> {
	const best = bestTrial(trials, plan.objective);
	if (best === undefined) {
		const why = trials.find(({ error }) => error !== undefined)?.error ?? "the labels are empty";
		throw new NnvolError("RUN", `no trial of ${files.study} has a score: ${why}`, { fields: { path: files.study } });
	}
	const standing = trials.find(({ isDefault }) => isDefault);
	const { metric, direction } = plan.objective;
	const notes = [
		`nnvol tune: ${metric} ${best.score} (to ${direction}), the mean over ${cases.paths.length} cases; the configuration as it stood: ${standing?.score ?? "no score"}`,
		`trial ${best.trial} of ${trials.length}, sampler ${plan.sampler.name}, seed ${plan.seed}; lay it over the configuration with --params`,
	];
	await writeAtomically(files.best, bestYaml(candidateOf(plan.base, best.point), plan.space, notes));
	await writeAtomically(files.table, trialTable(trials, plan.space));
	await writeAtomically(files.plot, studyPlot(trials, plan.space, plan.objective));
	return { trials, best, standing, files };
}
