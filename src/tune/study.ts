/**
 * Runs a search: asks the sampler for points, scores them, records each, until the budget or the space is used up.
 *
 * The first trial is the configuration as it stands. What a study records already is not run again.
 *
 * @module
 */
import { errorText, isNnvolError, throwIfAborted } from "../core/errors.ts";
import { bestTrial } from "./best-trial.ts";
import { lossOf, type Objective } from "./objective.ts";
import type { Sampler } from "./sampler.ts";
import { type Point, pointKey } from "./space.ts";
import { openClaims, type StudyFile, type StudyLog, type TrialRecord } from "./study-file.ts";

/** What a point scored. */
export type Outcome = { readonly score: number | null; readonly cases: TrialRecord["cases"] };

/** What a search needs. */
export type SearchOptions = {
	readonly objective: Objective;
	readonly sampler: Sampler;
	/** The configuration as it stands, as far as the space has its keys. */
	readonly base: Point;
	/** Scores a point. @throws NnvolError where it cannot be scored: the trial is recorded without a score */
	readonly evaluate: (point: Point) => Promise<Outcome>;
	/** Most trials of the study, those recorded already among them; as many as there are points where it is not said. */
	readonly trials?: number;
	/** Milliseconds after which no trial is begun. */
	readonly time?: number;
	readonly onTrial?: (record: TrialRecord, best: TrialRecord | undefined) => void;
	readonly signal?: AbortSignal;
};

/** Searches on in `study`; gives all trials by number. @throws CANCELLED; RUN where the study cannot be written */
export async function search(study: StudyFile, options: SearchOptions): Promise<readonly TrialRecord[]> {
	const begun = Date.now();
	for (;;) {
		throwIfAborted(options.signal);
		const log = await study.read();
		const trial = nextTrial(log);
		if (options.trials !== undefined && trial >= options.trials) return log.trials;
		if (options.time !== undefined && Date.now() - begun >= options.time) return log.trials;
		const point = trial === 0 ? options.base : proposal(log, trial, options);
		if (point === undefined) return log.trials;
		if (!(await study.claim(trial, point))) continue;
		const record = await runTrial(trial, point, options);
		await study.finish(record);
		const trials = [...log.trials, { kind: "trial" as const, ...record }];
		options.onTrial?.({ kind: "trial", ...record }, bestTrial(trials, options.objective));
	}
}

/** The lowest number that is neither finished nor under way elsewhere. */
function nextTrial(log: StudyLog): number {
	const used = new Set([...log.trials, ...openClaims(log)].map(({ trial }) => trial));
	let trial = 0;
	while (used.has(trial)) trial++;
	return trial;
}

function proposal(log: StudyLog, trial: number, { sampler, objective }: SearchOptions): Point | undefined {
	// a trial sees those of lower numbers: others are there only where several processes share the study
	const tried = log.trials.map(({ point, score }) => ({ point, loss: lossOf(score, objective) }));
	const taken = new Set([...log.trials, ...openClaims(log)].map(({ point }) => pointKey(point)));
	return sampler({ trial, tried, taken });
}

async function runTrial(trial: number, point: Point, options: SearchOptions): Promise<Omit<TrialRecord, "kind">> {
	const begun = Date.now();
	const about = { trial, isDefault: trial === 0, point };
	try {
		const outcome = await options.evaluate(point);
		return { ...about, ...outcome, seconds: secondsSince(begun) };
	} catch (error) {
		if (!isNnvolError(error) || isNnvolError(error, "CANCELLED", "VOLUME")) throw error;
		return { ...about, score: null, cases: {}, error: errorText(error), seconds: secondsSince(begun) };
	}
}

function secondsSince(begun: number): number {
	return Math.round(Date.now() - begun) / 1000;
}
