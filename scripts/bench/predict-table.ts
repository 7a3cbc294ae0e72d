/**
 * The tables of `npm run bench -- predict`, in Markdown: minima of the rounds, and ratios to nnvol's.
 *
 * @module
 */
import type { Watched } from "./watched-process.ts";

/** nnvol, nnU-Net with its worker processes, nnU-Net without. */
export type Side = "ours" | "default" | "sequential";

/** What each side's runs were; empty for a side that was not run. */
export type Runs = Readonly<Record<Side, readonly Watched[]>>;

const NAMES: Readonly<Record<Side, string>> = {
	ours: "nnvol",
	default: "nnU-Net, its default (3 + 3 worker processes)",
	sequential: "nnU-Net, in one process (`-npp 0 -nps 0`)",
};
const SIDES: readonly Side[] = ["ours", "default", "sequential"];

/** Wall time and peak memory of each side. */
export function volumeTable(name: string, runs: Runs): string {
	const [seconds, peak] = [least(runs.ours, "seconds"), least(runs.ours, "peak")];
	const rows = SIDES.filter((side) => runs[side].length > 0).map((side) => {
		const failed = runs[side].every((run) => run.code !== 0);
		const [time, memory] = [least(runs[side], "seconds"), least(runs[side], "peak")];
		const ended = failed ? `, ended with ${runs[side][0]?.code}` : "";
		return `| ${NAMES[side]}${ended} | ${time.toFixed(1)} s | ${gigabytes(memory)} | ${(time / seconds).toFixed(2)} | ${(memory / peak).toFixed(2)} |`;
	});
	return [
		`${name}:`,
		"",
		"| | wall | peak memory | time / nnvol | memory / nnvol |",
		"|---|---|---|---|---|",
		...rows,
	].join("\n");
}

/** Seconds of reading, preprocessing and export of each side, and the labels' agreement. */
export function stagesText(
	ours: Readonly<Record<string, number>> | undefined,
	theirs: { readonly read: number; readonly preprocess: number; readonly export: number } | undefined,
	equal: number | undefined,
): string {
	const own = ours === undefined ? undefined : (ours["preprocess"] ?? 0) + (ours["export"] ?? 0);
	const lines = [
		ours === undefined
			? "nnvol told no timing."
			: `nnvol: ${Object.entries(ours)
					.map(([stage, seconds]) => `${stage} ${seconds.toFixed(2)} s`)
					.join(", ")}.`,
	];
	if (theirs !== undefined) {
		const sum = theirs.preprocess + theirs.export;
		const { read, preprocess } = theirs;
		const ratio = own === undefined ? "" : ` Preprocessing and export: ${(sum / own).toFixed(2)} times nnvol's.`;
		lines.push(
			`nnU-Net, stages by themselves: read ${read.toFixed(2)} s, preprocess ${preprocess.toFixed(2)} s, export ${theirs.export.toFixed(2)} s.${ratio}`,
		);
	}
	if (equal !== undefined) lines.push(`Labels equal: ${(equal * 100).toFixed(4)} %.`);
	return lines.join("\n");
}

/** Images a second of each side, from the command's start to its end. */
export function imagesTable(count: number, runs: Runs, equal: number): string {
	const own = least(runs.ours, "seconds");
	const rows = SIDES.map((side) => {
		const time = least(runs[side], "seconds");
		const rate = (count / time).toFixed(1);
		return `| ${NAMES[side]} | ${time.toFixed(2)} s | ${rate} | ${(time / own).toFixed(2)} | ${gigabytes(least(runs[side], "peak"))} |`;
	});
	return [
		`${count} images of 96x96:`,
		"",
		"| | wall | images a second | time / nnvol | peak memory |",
		"|---|---|---|---|---|",
		...rows,
		"",
		`Labels equal: ${(equal * 100).toFixed(4)} %.`,
	].join("\n");
}

function least(runs: readonly Watched[], what: "seconds" | "peak"): number {
	return Math.min(...runs.map((run) => run[what] ?? Number.NaN));
}

function gigabytes(bytes: number): string {
	return Number.isNaN(bytes) ? "unknown" : `${(bytes / 1e9).toFixed(2)} GB`;
}
