/**
 * What failed in a run, a row for each file or block, with why: `failures.csv` and `failures.json` beside the report.
 *
 * Blocks are taken from their records, so that those are told of that an earlier process met.
 *
 * @module
 */
import type { Box } from "../core/box.ts";
import { inLanes } from "../volume/lanes.ts";
import { baseOf, joinPath, parentOf } from "../volume/stores/open-store.ts";
import type { FailedBlock } from "./block-record.ts";
import { knownRuns, readBlockRecords } from "./block-records.ts";
import { recordName } from "./ledger.ts";
import type { CaseResult, RunReport } from "./report.ts";
import { runFile } from "./run-folder.ts";
import { openState, STATE_AT_ONCE, type StateStore, stateFolder } from "./state-store.ts";
import { outputStage } from "./volume/stage-place.ts";

/** Why a case, or a block of one, could not be done. JSON-able. */
export type Failure = {
	readonly case: string;
	/** Below the output folder, with slashes. */
	readonly output: string;
	readonly block?: number;
	/** Voxels of the block: z, y, x. */
	readonly box?: Box;
	readonly error: string;
	readonly code?: string;
	readonly attempts?: number;
	/** `HOST-PID`. */
	readonly worker: string;
};

/** Rows that are kept: a table of more is read by nobody. */
const MOST = 100_000;

const COLUMNS = ["case", "output", "block", "box", "error", "code", "attempts", "worker"] as const;

/** The failures of a report's cases; where blocks of one failed, these in its place. @throws VOLUME */
export async function failuresOf(report: RunReport): Promise<readonly Failure[]> {
	const found: Failure[] = [];
	for (const result of report.cases) {
		if (result.state !== "failed" || found.length >= MOST) continue;
		const output = recordName({ outputFolder: report.folder }, result.output);
		const blocks = await failedBlocks(report.folder, result, MOST - found.length);
		for (const block of blocks) found.push(blockFailure(result.id, output, block));
		if (blocks.length === 0) found.push({ case: result.id, output, ...casePart(result, report) });
	}
	return found;
}

/** The row of a block. */
export function blockFailure(
	id: string,
	output: string,
	{ id: block, box, error, code, attempts, worker }: FailedBlock,
): Failure {
	return { case: id, output, block, box, error, ...(code === undefined ? {} : { code }), attempts, worker };
}

function casePart({ error = "it failed", code }: CaseResult, { process: { host, pid } }: RunReport) {
	return { error, ...(code === undefined ? {} : { code }), worker: `${host}-${pid}` };
}

/** Failed blocks of an output's last run, or of that of the values it is made of. */
async function failedBlocks(folder: string, { output }: CaseResult, most: number): Promise<readonly FailedBlock[]> {
	for (const path of [output, outputStage(folder, "values", output)]) {
		const [run] = await knownRuns(folder, recordName({ outputFolder: folder }, path));
		if (run === undefined) continue;
		const records = await readBlockRecords(run);
		const ids = [...records.failed].sort((a, b) => a - b).slice(0, most);
		const blocks = new Map<number, FailedBlock>();
		await inLanes(ids, STATE_AT_ONCE, async (id) => {
			const failure = await records.readFailure(id);
			if (failure !== undefined) blocks.set(id, failure);
		});
		if (blocks.size > 0) return ids.flatMap((id) => blocks.get(id) ?? []);
	}
	return [];
}

/**
 * Writes both tables where the run's report lies, and beside the latest run's report, or removes those of an earlier run where nothing
 * failed; gives the path of the CSV. @throws VOLUME
 */
export async function writeFailures(
	{ folder, run }: Pick<RunReport, "folder" | "run">,
	share: string,
	failures: readonly Failure[],
	isWorker = false,
): Promise<string | undefined> {
	const state = await openState(stateFolder(folder));
	const [csv, json] = [`failures${share}.csv`, `failures${share}.json`];
	const keysOf = (name: string) => [runFile(run, name), ...(isWorker ? [] : [name])];
	if (failures.length === 0) {
		await removeKnown(state, [...keysOf(csv), ...keysOf(json)]);
		return undefined;
	}
	for (const key of keysOf(csv)) await state.write(key, failuresCsv(failures));
	const text = `${JSON.stringify({ version: 1, run, failures }, null, "\t")}\n`;
	for (const key of keysOf(json)) await state.write(key, text);
	return joinPath(state.root, keysOf(csv).at(-1) ?? csv);
}

/** A removal of nothing costs two flushes of the folder, of very many runs too. */
async function removeKnown(state: StateStore, keys: readonly string[]): Promise<void> {
	const known: string[] = [];
	for (const key of keys) if ((await state.read(key)) !== undefined) known.push(key);
	if (known.length > 0) await state.remove(known);
}

/** The tables that lie beside these reports: their paths. @throws VOLUME */
export async function failureTables(reports: readonly string[]): Promise<readonly string[]> {
	const tables = reports.map(
		(path) => [parentOf(path), baseOf(path).replace(/^report(.*)\.json$/, "failures$1.csv")] as const,
	);
	const found: string[] = [];
	for (const folder of new Set(tables.map(([parent]) => parent))) {
		const { files } = await (await openState(folder)).list();
		const names = tables.filter(([parent, name]) => parent === folder && files.includes(name)).map(([, name]) => name);
		found.push(...names.map((name) => joinPath(folder, name)));
	}
	return found;
}

/** The table with commas (RFC 4180); a box as `z0:z1 y0:y1 x0:x1`. */
export function failuresCsv(failures: readonly Failure[]): string {
	const rows = failures.map((failure) =>
		COLUMNS.map((column) => {
			const value = failure[column];
			return quoted(value === undefined ? "" : typeof value === "object" ? rangeText(value) : String(value));
		}).join(","),
	);
	return [COLUMNS.join(","), ...rows].map((row) => `${row}\r\n`).join("");
}

function rangeText({ start, stop }: Box): string {
	return start.map((first, axis) => `${first}:${stop[axis] ?? first}`).join(" ");
}

function quoted(text: string): string {
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
