/**
 * Keeps and shows what failed in a run, as a table of files and blocks.
 *
 * @module
 */
import { errorText } from "../core/errors.ts";
import { type Failure, failuresOf, writeFailures } from "../run/failures.ts";
import type { RunReport } from "../run/report.ts";
import { boxText } from "./output-text.ts";

/** Rows that are shown. */
const SHOWN = 20;

/** Widest that a name is shown. */
const WIDEST = 40;

/**
 * Writes the tables of a run; gives the text to be shown, "" where nothing more is to be said. Never throws: outputs and
 * their records stand without.
 */
export async function keepFailures(report: RunReport, share: string): Promise<string> {
	try {
		const failures = await failuresOf(report);
		const path = await writeFailures(report.folder, share, failures);
		return path === undefined ? "" : failuresText(failures, report, path);
	} catch (error) {
		return `warning: the table of failures cannot be written: ${errorText(error)}\n`;
	}
}

/** What failed, a line each, under what each column is. A single file was told of already. */
function failuresText(failures: readonly Failure[], { failed, total }: RunReport, path: string): string {
	const blocks = failures.filter(({ block }) => block !== undefined).length;
	if (total === 1 && blocks === 0) return "";
	const shown = failures.slice(0, SHOWN);
	const lines = blocks === 0 ? caseLines(shown) : blockLines(shown);
	const more = failures.length > shown.length ? [`  and ${failures.length - shown.length} more: ${path}`] : [];
	return `${failed} of ${total} failed:\n${[...lines, ...more].map((line) => `${line}\n`).join("")}`;
}

function caseLines(failures: readonly Failure[]): string[] {
	const width = widest(failures.map((failure) => failure.case));
	return failures.map((failure) => `  ${failure.case.padEnd(width)}  ${failure.error}`);
}

function blockLines(failures: readonly Failure[]): string[] {
	const rows = failures.map((failure) => [
		failure.case,
		String(failure.block ?? "-"),
		failure.box === undefined ? "-" : boxText(failure.box),
		failure.attempts === undefined ? "-" : `${failure.attempts}x`,
		failure.error,
	]);
	const table = [["case", "block", "voxels", "tried", "error"], ...rows];
	const widths = [0, 1, 2, 3].map((column) => widest(table.map((row) => row[column] ?? "")));
	return table.map((row) => `  ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
}

function widest(texts: readonly string[]): number {
	return Math.min(WIDEST, Math.max(...texts.map(({ length }) => length)));
}
