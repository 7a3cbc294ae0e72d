/**
 * What a search tells people.
 *
 * @module
 */
import type { Objective } from "../tune/objective.ts";
import { shortKey } from "../tune/parse-space.ts";
import type { SearchPlan } from "../tune/search-plan.ts";
import type { Outcome } from "../tune/study.ts";
import type { TrialRecord } from "../tune/study-file.ts";
import { meanOf } from "../tune/trial-table.ts";
import type { TuneResult } from "../tune/tune.ts";

/** One trial on a line. */
export function trialLine(record: TrialRecord, { objective, space }: SearchPlan): string {
	const point = space.map(({ key }) => `${shortKey(key)}=${valueText(record.point[key])}`).join(" ");
	const what = record.isDefault ? "the configuration as it stands" : point;
	if (record.error !== undefined) return `trial ${record.trial}: failed: ${record.error} (${what})`;
	return `trial ${record.trial}: ${objective.metric} ${scoreText(record.score)} (${what})`;
}

/** The best trial beside the configuration as it stood, and where the results lie. */
export function tuneText({ trials, best, standing, files }: TuneResult, { objective, space }: SearchPlan): string {
	const isSame = best.isDefault;
	const lines = [
		`${trials.length} trials. Best: trial ${best.trial}, ${objective.metric} ${scoreText(best.score)}${isSame ? ", which is the configuration as it stands" : `; the configuration as it stands: ${scoreText(standing?.score ?? null)}`}`,
		...space.map(
			({ key }) =>
				`  ${shortKey(key).padEnd(Math.max(...space.map((one) => shortKey(one.key).length)))}  ${valueText(best.point[key])}${isSame ? "" : ` (was ${valueText(standing?.point[key])})`}`,
		),
		`best parameters: ${files.best} (for --params)`,
		`trials: ${files.table}, ${files.plot}`,
	];
	return `${lines.join("\n")}\n`;
}

/** A score with as many digits as are of use. */
export function scoreText(score: number | null): string {
	return score === null ? "none" : score.toFixed(5);
}

function valueText(value: unknown): string {
	return value === undefined ? "not set" : typeof value === "string" ? value : JSON.stringify(value);
}

/** What `tune-test` reports. */
export type TestReport = {
	readonly objective: Objective;
	readonly params: string;
	readonly standing: Outcome;
	readonly best: Outcome;
};

/** Every metric of both, the mean over the cases, and the objective of each case. */
export function testText({ objective, params, standing, best }: TestReport, path: string): string {
	const names = Object.keys(Object.values(best.cases)[0] ?? {});
	const rows = [
		["held-out cases", "as it stands", "tuned"],
		...names.map((name) => [name, scoreText(meanOf(standing, name)), scoreText(meanOf(best, name))]),
		...Object.keys(best.cases).map((id) => [
			`${objective.metric} of ${id}`,
			scoreText(standing.cases[id]?.[objective.metric] ?? null),
			scoreText(best.cases[id]?.[objective.metric] ?? null),
		]),
	];
	const width = Math.max(...rows.map(([name = ""]) => name.length));
	const lines = rows.map(
		([name = "", was = "", is = ""]) => `${name.padEnd(width)}  ${was.padStart(12)}  ${is.padStart(9)}`,
	);
	return `${lines.join("\n")}\nparameters: ${params}; report: ${path}\n`;
}
