/**
 * How far the streamed run of one output is, from its records alone.
 *
 * @module
 */
import { boxShape } from "../core/box.ts";
import { sizeOf } from "../core/shape.ts";
import { type BlockGrid, blockAt, blockCount, blockGrid } from "../tiling/blocks.ts";
import type { SavedFacts } from "./block-facts.ts";
import { writtenSince } from "./block-files.ts";
import type { FailedBlock } from "./block-record.ts";
import { type BlockRecords, readBlockRecords } from "./block-records.ts";
import type { FoundVolume } from "./found-outputs.ts";
import { runningIn } from "./run-marker.ts";

/** `unknown`: `run.json` is damaged. */
export type VolumeState = "done" | "running" | "stopped" | "failed" | "unknown";

/** How far an output is. */
export type VolumeStatus = {
	readonly output: string;
	readonly state: VolumeState;
	/** Processes at work, `HOST:PID`. */
	readonly workers: readonly string[];
	readonly blocks: { readonly total: number; readonly done: number; readonly failed: number; readonly missing: number };
	readonly voxels: { readonly total: number; readonly done: number };
	/** Voxels a second of late, and seconds that are left at that rate; undefined where nothing is being done. */
	readonly rate?: number;
	readonly left?: number;
	/** The first of the blocks that failed. */
	readonly failures: readonly FailedBlock[];
	/** Report of the run, below the output folder. */
	readonly report?: string;
};

/** Failed blocks that are told of. */
const SHOWN = 5;

/** Milliseconds that the rate is taken over. */
const WINDOW = 600_000;

/** Ids that a run is to do: all of its grid, or the rows of ids that it names. Ids beyond the grid are left out. */
export function wantedBlocks(facts: SavedFacts): { readonly grid: BlockGrid; readonly ids: readonly number[] } {
	const grid = blockGrid(facts.grid.shape, facts.grid.block);
	const count = blockCount(grid);
	const rows = facts.wanted ?? [[0, count - 1] as const];
	const ids = rows.flatMap(([first, last]) => {
		const length = Math.max(0, Math.min(last, count - 1) - first + 1);
		return Array.from({ length }, (_, n) => first + n);
	});
	return { grid, ids };
}

/** Looks at the records of one output. `now` in ms since 1970. */
export async function volumeStatus({ output, run }: FoundVolume, now = Date.now()): Promise<VolumeStatus> {
	const records = await readBlockRecords(run);
	const workers = await runningIn(run.folder);
	const { facts } = run;
	if (facts === undefined) {
		const blocks = { total: records.done.size, done: records.done.size, failed: records.failed.size, missing: 0 };
		return { output, state: "unknown", workers, blocks, voxels: { total: 0, done: 0 }, failures: [] };
	}
	const { grid, ids } = wantedBlocks(facts);
	const done = ids.filter((id) => records.done.has(id));
	const failed = ids.filter((id) => records.failed.has(id));
	const missing = ids.length - done.length - failed.length;
	const voxels = { total: voxelsOf(grid, ids), done: voxelsOf(grid, done) };
	const state = stateOf(records, workers, missing, failed.length);
	const rate = state === "running" ? await rateOf(records, grid, done, { now, opened: Date.parse(facts.opened) }) : 0;
	return {
		output,
		state,
		workers,
		blocks: { total: ids.length, done: done.length, failed: failed.length, missing },
		voxels,
		...(rate > 0 ? { rate, left: (voxels.total - voxels.done) / rate } : {}),
		failures: await failuresOf(records, failed.slice(0, SHOWN)),
		...(facts.report === undefined ? {} : { report: facts.report }),
	};
}

function stateOf(records: BlockRecords, workers: readonly string[], missing: number, failed: number): VolumeState {
	if (records.finished && missing + failed === 0) return "done";
	if (workers.length > 0) return "running";
	return failed > 0 ? "failed" : "stopped";
}

/** Voxels a second since the run was gone on with, or over the last ten minutes. */
async function rateOf(
	{ state }: BlockRecords,
	grid: BlockGrid,
	done: readonly number[],
	{ now, opened }: { readonly now: number; readonly opened: number },
): Promise<number> {
	const since = Math.max(opened, now - WINDOW);
	const { ids, share } = await writtenSince(state, done, since);
	return now > since ? (voxelsOf(grid, ids) / share / (now - since)) * 1000 : 0;
}

function voxelsOf(grid: BlockGrid, ids: readonly number[]): number {
	return ids.reduce((sum, id) => sum + sizeOf(boxShape(blockAt(grid, id).box)), 0);
}

async function failuresOf(records: BlockRecords, ids: readonly number[]): Promise<FailedBlock[]> {
	const found = await Promise.all(ids.map((id) => records.readFailure(id)));
	return found.filter((failure) => failure !== undefined);
}
