/**
 * The trials of a study as a table of comma-separated values: one row a trial, one column a parameter and a score.
 *
 * @module
 */
import { nanMean } from "../score/mean.ts";
import { METRICS } from "./metrics.ts";
import { shortKey } from "./parse-space.ts";
import type { Space } from "./space.ts";
import type { TrialRecord } from "./study-file.ts";

/** CSV with a line of headings; scores are means over the cases. */
export function trialTable(trials: readonly TrialRecord[], space: Space): string {
	const names = [...METRICS.keys()].filter((name) =>
		trials.some(({ cases }) => Object.values(cases).some((scores) => name in scores)),
	);
	const head = ["trial", "default", ...space.map(({ key }) => shortKey(key)), "score", ...names, "seconds", "error"];
	const rows = trials.map((record) => [
		record.trial,
		record.isDefault,
		...space.map(({ key }) => record.point[key]),
		record.score,
		...names.map((name) => meanOf(record, name)),
		record.seconds,
		record.error,
	]);
	return [head, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("");
}

/** The mean of one score over the cases of a trial; null where none has it. */
export function meanOf({ cases }: Pick<TrialRecord, "cases">, name: string): number | null {
	const mean = nanMean(Object.values(cases).map((scores) => scores[name] ?? Number.NaN));
	return Number.isNaN(mean) ? null : mean;
}

function cell(value: unknown): string {
	if (value === undefined || value === null) return "";
	const text = typeof value === "object" ? JSON.stringify(value) : String(value);
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
