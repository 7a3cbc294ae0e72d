/**
 * What a run will do, as plain data: `nnvol plan` prints it.
 *
 * Bytes of voxels are those that are unpacked. What was not measured is left out.
 *
 * @module
 */
import type { Zyx } from "../../core/shape.ts";
import type { WorkersForecast } from "./workers-forecast.ts";

/** What is known of a case's files. */
export type InputForecast = {
	readonly files: number;
	/** Bytes of the files. */
	readonly bytes: number;
	readonly format: string;
	readonly channels: number;
	/** z, y, x. */
	readonly shape: Zyx;
	readonly dtype: string;
	/** Axes of the (first) file. */
	readonly axes: string;
	/** What the format reads at once: axes of the file; absent where any rows will do. */
	readonly chunks?: readonly number[];
	readonly compression?: string;
	/** z, y, x; absent where nothing says it. */
	readonly spacing?: readonly number[];
};

/** What the network sees. z, y, x of the transposed image. */
export type NetworkForecast = {
	readonly shape: Zyx;
	readonly spacing: Zyx;
	readonly isResampled: boolean;
	/** True where what is cropped away (zeros at the border) is known and left out; else all of the image is counted. */
	readonly isCropped: boolean;
	/** Sections that are predicted by themselves; 1 where the volume is one. */
	readonly sections: number;
};

/** A pass over the voxels before or after the network's. */
export type PassForecast = {
	readonly name: "unpack" | "measure" | "resample" | "network" | "assemble" | "decode";
	/** True where an earlier run kept what it gives. */
	readonly isKept: boolean;
};

/** How a volume is streamed. */
export type StreamForecast = {
	/** z, y, x of the output. */
	readonly block: readonly number[];
	readonly counts: readonly number[];
	readonly blocks: number;
	/** Blocks that are recorded, and those that are to be done. */
	readonly done: number;
	readonly wanted: number;
	/** True where `wanted` may turn out to be fewer: where the input is empty is found out as it is read. */
	readonly isMost: boolean;
	/** Voxels of the blocks that are to be done. */
	readonly voxels: number;
	/** Columns along y and x, layers along z. */
	readonly columns: readonly [number, number];
	readonly layers: number;
	/** Sections read at once. */
	readonly slab: number;
};

/** Bytes that are held at most. */
export type MemoryForecast = {
	/** The program with the network loaded and run once; absent where it was not measured. */
	readonly network?: number;
	readonly volume: number;
	readonly reserve: number;
	/** All of it; absent where the network was not measured. */
	readonly peak?: number;
	readonly budget: number;
};

/** What becomes of one case. */
export type CaseForecast = {
	readonly id: string;
	readonly output: string;
	readonly format: string;
	/** `foreign`: an output of another run is there. */
	readonly state: "done" | "foreign" | "to do" | "failed";
	/** Why it is `foreign` or fails. */
	readonly problem?: string;
	readonly work?: CaseWork;
};

/** The work of a case that can be done. */
export type CaseWork = {
	readonly input: InputForecast;
	readonly network: NetworkForecast;
	/** Absent where it is predicted in memory. */
	readonly stream?: StreamForecast;
	readonly why: string;
	/** Tiles of the volume, and those that are run: what was done before left out, what is run twice counted twice. */
	readonly tiles: number;
	readonly tilesRun: number;
	/** Share of the tiles that a whole run does twice. */
	readonly twice: number;
	readonly views: number;
	/** Batches that go through the network; each through all folds. */
	readonly networkRuns: number;
	/** Where workers share a streamed volume: what each unit of it comes to. */
	readonly units?: readonly { readonly blocks: number; readonly tiles: number }[];
	readonly passes: readonly PassForecast[];
	readonly bytesRead: number;
	/** Coarser scales among it. */
	readonly bytesWritten: number;
	/** Bytes on the disk beside the output, while it is made. */
	readonly bytesStaged: number;
	readonly memory: MemoryForecast;
	/** Seconds in the network; absent where no tile was measured. */
	readonly seconds?: number;
};

/** A run. */
export type RunForecast = {
	readonly version: 1;
	readonly plan: string;
	readonly folds: number;
	readonly patch: readonly number[];
	readonly batchSize: number;
	/** A batch, and how many run side by side; absent where none was measured. */
	readonly tile?: { readonly seconds: number; readonly lanes: number };
	readonly cases: readonly CaseForecast[];
	readonly total: Totals;
	/** How workers would divide it, where there are to be several. Memory and time of cases are those of one of them. */
	readonly workers?: WorkersForecast;
};

/** Sums over the cases that are to be done. */
export type Totals = {
	readonly cases: number;
	readonly toDo: number;
	readonly done: number;
	readonly failed: number;
	readonly streamed: number;
	readonly tilesRun: number;
	readonly networkRuns: number;
	readonly bytesRead: number;
	readonly bytesWritten: number;
	/** Of the case that stages most: cases come one after the other. */
	readonly bytesStaged: number;
	/** Of the case that holds most. */
	readonly peak?: number;
	readonly seconds?: number;
};

/** The sums of a run. */
export function totalsOf(cases: readonly CaseForecast[]): Totals {
	const works = cases
		.filter(({ state }) => state === "to do")
		.flatMap(({ work }) => (work === undefined ? [] : [work]));
	const sum = (of: (work: CaseWork) => number) => works.reduce((total, work) => total + of(work), 0);
	const most = (of: (work: CaseWork) => number) => works.reduce((found, work) => Math.max(found, of(work)), 0);
	const count = (state: CaseForecast["state"]) => cases.filter((one) => one.state === state).length;
	const isMeasured = works.length > 0 && works.every(({ seconds }) => seconds !== undefined);
	return {
		cases: cases.length,
		toDo: count("to do"),
		done: count("done"),
		failed: count("failed") + count("foreign"),
		streamed: works.filter(({ stream }) => stream !== undefined).length,
		tilesRun: sum(({ tilesRun }) => tilesRun),
		networkRuns: sum(({ networkRuns }) => networkRuns),
		bytesRead: sum(({ bytesRead }) => bytesRead),
		bytesWritten: sum(({ bytesWritten }) => bytesWritten),
		bytesStaged: most(({ bytesStaged }) => bytesStaged),
		...(isMeasured
			? { peak: most(({ memory }) => memory.peak ?? 0), seconds: sum(({ seconds }) => seconds ?? 0) }
			: {}),
	};
}
