/**
 * How several workers of one machine would divide a run: what is shared, and what each of them does.
 *
 * Pieces are what workers take in hand: cases, or units of those that are streamed. Each worker takes the next piece when it is done with
 * the one before, as with claims; so the forecast gives each piece in turn to the worker that is free first.
 *
 * @module
 */
import type { CaseForecast } from "./forecast.ts";

/** What one worker does. */
export type WorkerForecast = {
	/** Cases, or units of cases. */
	readonly pieces: number;
	/** Blocks of streamed volumes. */
	readonly blocks: number;
	readonly tiles: number;
	/** In the network; absent where no tile was measured. */
	readonly seconds?: number;
};

/** How a run is divided. */
export type WorkersForecast = {
	readonly count: number;
	/** Threads of each. */
	readonly threads: number;
	/** Bytes that each may hold. */
	readonly memory: number;
	/** What is shared: whole cases where there are many and none is cut. */
	readonly by: "cases" | "units";
	readonly pieces: number;
	/** Tiles of all workers, and the share of them that is run only because volumes are cut for workers. */
	readonly tilesRun: number;
	readonly twice: number;
	/** Until the last one is done, in the network; absent where no tile was measured. */
	readonly seconds?: number;
	/** Bytes that all hold at most; absent where the network was not measured. */
	readonly peak?: number;
	readonly each: readonly WorkerForecast[];
};

/** Who divides a run. */
export type Workers = Pick<WorkersForecast, "count" | "threads" | "memory">;

type Piece = { readonly blocks: number; readonly tiles: number; readonly seconds: number };

/** Divides what is to be done. @param cases foreseen for one worker: its threads and its memory */
export function divide(cases: readonly CaseForecast[], workers: Workers): WorkersForecast {
	const works = cases.flatMap(({ state, work }) => (state === "to do" && work !== undefined ? [work] : []));
	const isMeasured = works.length > 0 && works.every(({ seconds }) => seconds !== undefined);
	const pieces = works.flatMap((work): readonly Piece[] => {
		const whole = { blocks: work.stream?.wanted ?? 0, tiles: work.tilesRun };
		const perTile = work.tilesRun === 0 ? 0 : (work.seconds ?? 0) / work.tilesRun;
		return (work.units ?? [whole]).map((unit) => ({ ...unit, seconds: unit.tiles * perTile }));
	});
	const sums = Array.from({ length: workers.count }, () => ({ pieces: 0, blocks: 0, tiles: 0, seconds: 0 }));
	const costOf = ({ seconds, tiles }: Piece) => (isMeasured ? seconds : tiles);
	for (const piece of pieces) {
		const next = sums.reduce((least, one) => (costOf(one) < costOf(least) ? one : least));
		next.pieces++;
		next.blocks += piece.blocks;
		next.tiles += piece.tiles;
		next.seconds += piece.seconds;
	}
	const tilesRun = pieces.reduce((sum, { tiles }) => sum + tiles, 0);
	const alone = works.reduce((sum, work) => sum + work.tilesRun, 0);
	const most = works.reduce((found, { memory }) => Math.max(found, memory.peak ?? 0), 0);
	return {
		...workers,
		by: works.some(({ units }) => units !== undefined) ? "units" : "cases",
		pieces: pieces.length,
		tilesRun,
		twice: tilesRun === 0 ? 0 : (tilesRun - alone) / tilesRun,
		...(isMeasured
			? { seconds: sums.reduce((slowest, { seconds }) => Math.max(slowest, seconds), 0), peak: most * workers.count }
			: {}),
		each: sums.map(({ seconds, ...one }) => (isMeasured ? { ...one, seconds } : one)),
	};
}
