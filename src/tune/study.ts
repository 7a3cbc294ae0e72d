/**
 * Runs a search: asks the sampler for points, scores them, records each, until the budget or the space is used up.
 *
 * The first trial is the configuration as it stands. What a study records already is not run again. Several trials may be under way at
 * once where their points do not depend on each other's scores; they are proposed and recorded in the order of their numbers, so that the
 * study is the one that a search of one trial after the other makes.
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
	/** Most trials under way at once; 1 where it is not said. */
	readonly atOnce?: number;
	/** True for a trial whose point does not depend on the scores of those before it. */
	readonly isFree?: (trial: number) => boolean;
	readonly onTrial?: (record: TrialRecord, best: TrialRecord | undefined) => void;
	readonly signal?: AbortSignal;
};

/** A trial that is under way. */
type Running = { readonly trial: number; readonly point: Point; readonly record: Promise<Omit<TrialRecord, "kind">> };

/** Searches on in `study`; gives all trials by number. @throws CANCELLED; RUN where the study cannot be written */
export async function search(study: StudyFile, options: SearchOptions): Promise<readonly TrialRecord[]> {
	const begun = Date.now();
	const running: Running[] = [];
	for (;;) {
		throwIfAborted(options.signal);
		const log = await study.read();
		const next = nextOf(log, running, options, Date.now() - begun);
		if (next === undefined) {
			const first = running.shift();
			if (first === undefined) return log.trials;
			await settle(study, log, first, options);
		} else if (await study.claim(next.trial, next.point)) {
			const record = runTrial(next.trial, next.point, options);
			record.catch(() => undefined); // met when its turn comes
			running.push({ ...next, record });
		}
	}
}

/** The next trial and its point; undefined where none is begun before one that is under way has ended. */
function nextOf(log: StudyLog, running: readonly Running[], options: SearchOptions, passed: number) {
	const { trials, time, atOnce = 1, isFree = () => false } = options;
	const trial = nextTrial(log, running);
	if (trials !== undefined && trial >= trials) return undefined;
	if (time !== undefined && passed >= time) return undefined;
	if (running.length >= atOnce || (running.length > 0 && !isFree(trial))) return undefined;
	const point = trial === 0 ? options.base : proposal(log, running, trial, options);
	return point === undefined ? undefined : { trial, point };
}

/** The lowest number that is neither finished nor under way, here or elsewhere. */
function nextTrial(log: StudyLog, running: readonly Running[]): number {
	const used = new Set([...log.trials, ...openClaims(log), ...running].map(({ trial }) => trial));
	let trial = 0;
	while (used.has(trial)) trial++;
	return trial;
}

function proposal(
	log: StudyLog,
	running: readonly Running[],
	trial: number,
	{ sampler, objective }: SearchOptions,
): Point | undefined {
	// a trial sees those of lower numbers: others are there only where several processes share the study
	const tried = log.trials.map(({ point, score }) => ({ point, loss: lossOf(score, objective) }));
	const taken = new Set([...log.trials, ...openClaims(log), ...running].map(({ point }) => pointKey(point)));
	return sampler({ trial, tried, taken });
}

/** Waits for a trial and records it. */
async function settle(study: StudyFile, log: StudyLog, { record: running }: Running, options: SearchOptions) {
	const record = await running;
	await study.finish(record);
	const told = { kind: "trial" as const, ...record };
	options.onTrial?.(told, bestTrial([...log.trials, told], options.objective));
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
