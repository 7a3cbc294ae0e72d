/**
 * The tables of `npm run bench -- stream`, in Markdown, and what is asked of the figures in them.
 *
 * @module
 */
import { sizeOf } from "../../src/core/shape.ts";
import type { EngineRates, FormatRate, MemoryRun, OverheadRun } from "./stream-results.ts";

/** Asked of peaks: over the setting, and over the smallest volume's. */
const MOST_OF_SETTING = 1.15;
const MOST_OF_SMALLEST = 1.1;

/** Python's libraries, where a line does not name one. */
const LIBRARIES: Readonly<Record<string, string>> = {
	zarr: "zarr-python",
	hdf5: "h5py",
	tiff: "tifffile",
	png: "Pillow",
	precomputed: "cloud-volume",
};

/** Time and peak of each run. */
export function memoryTable(runs: readonly MemoryRun[]): string {
	const rows = ordered(runs).map((run) => {
		const { format, network, gib, seconds, peak } = run;
		const rate = (sizeOf(run.shape) / 1e6 / seconds).toFixed(0);
		const smallest = smallestOf(runs, run);
		const ratio = smallest === run ? "" : (peak / smallest.peak).toFixed(3);
		return [
			`${nameOf(format)} to ${nameOf(format)}`,
			network,
			`${gib} GiB`,
			time(seconds),
			rate,
			gigabytes(peak),
			ratio,
		];
	});
	return table(["", "network", "volume", "time", "MB/s", "peak memory", "peak / the smallest volume's"], rows);
}

/** What of the memory asked for was not kept to, a sentence each. */
export function tooMuch(runs: readonly MemoryRun[]): readonly string[] {
	return runs.flatMap((run) => {
		const name = `${run.format}, ${run.network}, ${run.gib} GiB: the peak of ${gigabytes(run.peak)}`;
		const smallest = smallestOf(runs, run);
		return [
			...(run.peak > run.memory * MOST_OF_SETTING
				? [`${name} is above ${gigabytes(run.memory * MOST_OF_SETTING)}`]
				: []),
			...(run.peak > smallest.peak * MOST_OF_SMALLEST
				? [`${name} is more than 10 % above ${gigabytes(smallest.peak)}, that of ${smallest.gib} GiB`]
				: []),
		];
	});
}

/** By format, network and size. */
export function ordered(runs: readonly MemoryRun[]): readonly MemoryRun[] {
	const key = ({ format, network }: MemoryRun) => `${format === "zarr" ? 0 : 1} ${network}`;
	return [...runs].sort((a, b) => key(a).localeCompare(key(b)) || a.memory - b.memory || a.gib - b.gib);
}

function smallestOf(runs: readonly MemoryRun[], one: MemoryRun): MemoryRun {
	const alike = runs.filter(
		({ format, network, memory }) => format === one.format && network === one.network && memory === one.memory,
	);
	return alike.reduce((least, run) => (run.gib < least.gib ? run : least), one);
}

/** Where the time went. */
export function overheadTable(runs: readonly OverheadRun[]): string {
	const rows = runs.map(({ shape, step, mirrored, seconds, network, runs, before, after }) => {
		const outside = seconds - network;
		return [
			shape.join("x"),
			`${step}${mirrored ? ", mirrored" : ""}`,
			String(runs),
			`${seconds.toFixed(1)} s`,
			`${network.toFixed(1)} s`,
			`${((100 * outside) / seconds).toFixed(1)} %`,
			`${before.toFixed(1)} s`,
			`${after.toFixed(1)} s`,
			`${Math.max(0, outside - before - after).toFixed(1)} s`,
		];
	});
	const heads = [
		"volume",
		"step",
		"runs of the network",
		"wall",
		"network",
		"outside it",
		"before",
		"after",
		"between",
	];
	return table(heads, rows);
}

/** Rates of the engine, and of a copy for scale. */
export function engineTable({ copyMegabytes, rates }: EngineRates): string {
	const rows = rates.map(({ name, megabytes, seconds }) => [
		name,
		megabytes.toFixed(0),
		`${seconds.toFixed(1)} s`,
		(megabytes / seconds).toFixed(0),
	]);
	return table(
		["", "MB", "time", "MB/s"],
		[...rows, ["copying in memory, for scale", "", "", copyMegabytes.toFixed(0)]],
	);
}

/** Rates of formats beside the libraries that Python has for them: a row a codec and library. */
export function formatsTable(rates: readonly FormatRate[]): string {
	const rows = new Map<string, Map<FormatRate["op"], readonly [number, number]>>();
	for (const rate of rates) {
		const codec = rate.dtype === undefined ? rate.codec : `${rate.codec}, ${rate.dtype}`;
		for (const [library, theirs] of theirRates(rate)) {
			const key = [nameOf(rate.format), codec, library].join("|");
			const row = rows.get(key) ?? new Map<FormatRate["op"], readonly [number, number]>();
			rows.set(key, row.set(rate.op, [rate.mb_per_s, theirs]));
		}
	}
	const cells = [...rows].map(([key, row]) => [
		...key.split("|"),
		...(["read", "write"] as const).flatMap((op) => {
			const [ours, theirs] = row.get(op) ?? [];
			if (ours === undefined || theirs === undefined) return ["", "", ""];
			return [String(ours), String(theirs), (ours / theirs).toFixed(2)];
		}),
	]);
	const heads = ["read", "Python's", "ratio", "write", "Python's", "ratio"];
	return table(["format", "codec", "beside", ...heads], cells);
}

function theirRates(rate: FormatRate): (readonly [string, number])[] {
	const library = rate.python ?? LIBRARIES[rate.format] ?? "Python";
	const { python_mb_per_s: python, tensorstore_mb_per_s: tensorstore } = rate;
	const found: (readonly [string, number])[] = [];
	if (typeof python === "number") found.push([library, python]);
	if (typeof tensorstore === "number") found.push(["tensorstore", tensorstore]);
	return found;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
	const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
	return [line(heads), `|${"---|".repeat(heads.length)}`, ...rows.map(line)].join("\n");
}

const NAMES: Readonly<Record<string, string>> = {
	zarr: "Zarr",
	hdf5: "HDF5",
	tiff: "TIFF",
	png: "PNG sections",
	n5: "N5",
	nifti: "NIfTI",
	nrrd: "NRRD",
	metaimage: "MetaImage",
};

function nameOf(format: string): string {
	return NAMES[format] ?? format;
}

function gigabytes(bytes: number): string {
	return `${(bytes / 1e9).toFixed(2)} GB`;
}

function time(seconds: number): string {
	return seconds < 100 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
