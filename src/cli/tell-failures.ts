/**
 * Keeps and shows what failed in a run, as a table of files and blocks.
 *
 * @module
 */
import { errorText } from "../core/errors.ts";
import { type Failure, failuresOf, writeFailures } from "../run/failures.ts";
import type { RunReport } from "../run/report.ts";
import { failureTable } from "./failure-table.ts";

/** Rows that are shown. */
const SHOWN = 20;

/**
 * Writes the tables of a run; gives the text to be shown, "" where nothing more is to be said. Never throws: outputs and
 * their records stand without.
 */
export async function keepFailures(report: RunReport, share: string, isWorker: boolean): Promise<string> {
	try {
		const failures = await failuresOf(report);
		const path = await writeFailures(report, share, failures, isWorker);
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
	const more = failures.length > shown.length ? [`  and ${failures.length - shown.length} more`] : [];
	const lines = [...failureTable(shown), ...more, `  all as a table: ${path}`];
	return `${failed} of ${total} failed:\n${lines.map((line) => `${line}\n`).join("")}`;
}
