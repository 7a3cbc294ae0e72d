/**
 * Scores for people as a table of text.
 *
 * @module
 */
import type { ScoreReport } from "../score/score-report.ts";
import { scoreRows } from "../score/score-rows.ts";

/** The report as a table of text. */
export function scoreText(report: ScoreReport): string {
	const { heading, rows } = scoreRows(report);
	const all = [heading, ...rows];
	const widths = heading.map((_, n) => Math.max(...all.map((row) => (row[n] ?? "").length)));
	const line = (row: readonly string[]) =>
		row.map((text, n) => (n === 0 ? text.padEnd(widths[n] ?? 0) : text.padStart(widths[n] ?? 0))).join("  ");
	return `${all.map((row) => line(row).trimEnd()).join("\n")}\n`;
}
