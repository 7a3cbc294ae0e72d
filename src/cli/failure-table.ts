/**
 * What failed, as a table for people: a line a file or block, under what each column is.
 *
 * @module
 */
import type { Failure } from "../run/failures.ts";
import { boxText } from "./output-text.ts";

/** Widest that a column but the last is shown. */
const WIDEST = 48;

type Column = readonly [string, (failure: Failure) => string];

const CASE: Column = ["file", (failure) => failure.case];
const BLOCK: readonly Column[] = [
	["block", ({ block }) => String(block ?? "-")],
	["voxels", ({ box }) => (box === undefined ? "-" : boxText(box))],
	["tried", ({ attempts }) => (attempts === undefined ? "-" : `${attempts}x`)],
	["by", ({ worker }) => worker],
];
const ERROR: Column = ["error", ({ code, error }) => (code === undefined ? error : `${code}: ${error}`)];

/** Lines of a table. Columns of blocks are left out where none failed; `file` where all are of the file above. */
export function failureTable(failures: readonly Failure[], isOneFile = false): string[] {
	const hasBlocks = failures.some(({ block }) => block !== undefined);
	if (!hasBlocks) return linesOf(failures.map((one) => [one.case, one.error]));
	const columns = [...(isOneFile ? [] : [CASE]), ...BLOCK, ERROR];
	const rows = failures.map((failure) => columns.map(([, text]) => text(failure)));
	return linesOf([columns.map(([name]) => name), ...rows]);
}

function linesOf(rows: readonly (readonly string[])[]): string[] {
	const widths = (rows[0] ?? []).map((_, column) =>
		Math.min(WIDEST, Math.max(...rows.map((row) => row[column]?.length ?? 0))),
	);
	const padded = (row: readonly string[]) =>
		row.map((text, column) => (column < row.length - 1 ? text.padEnd(widths[column] ?? 0) : text));
	return rows.map((row) => `  ${padded(row).join("  ")}`);
}
