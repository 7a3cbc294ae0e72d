/**
 * What a run will do, in words.
 *
 * @module
 */
import { bytesText } from "../core/bytes.ts";
import { shapeText } from "../core/shape.ts";
import type { CaseForecast, CaseWork, PassForecast, RunForecast, StreamForecast } from "../run/forecast/forecast.ts";
import type { WorkersForecast } from "../run/forecast/workers-forecast.ts";
import { durationText } from "./rate-text.ts";

/** Cases that are told one by one; of more, the first ones are a line each. */
const MOST_TOLD = 3;

/** Lines of a table of cases. */
const MOST_LINES = 8;

/** The text of `nnvol plan`, with its last line's end. */
export function planText(forecast: RunForecast): string {
	const { cases } = forecast;
	const each = cases.length <= MOST_TOLD ? cases.flatMap(caseLines) : tableLines(cases);
	return `${[...each, ...totalLines(forecast)].join("\n")}\n`;
}

function row(name: string, text: string): string {
	return `  ${name.padEnd(9)} ${text}`;
}

function caseLines(one: CaseForecast): string[] {
	const { work, state, problem } = one;
	const head = `${one.id}: ${one.output} (${one.format})`;
	if (work === undefined) return [head, row("state", `${state}${problem === undefined ? "" : `: ${problem}`}`)];
	return [
		head,
		row("input", inputText(work)),
		row("network", networkText(work)),
		row(
			work.stream === undefined ? "in memory" : "streamed",
			work.stream === undefined ? work.why : `${shapeText(work.input.shape)} ${work.why}`,
		),
		...(work.stream === undefined ? [] : streamLines(work.stream)),
		row("tiles", tilesText(work)),
		row("passes", work.passes.map(passText).join(", ")),
		row("bytes", bytesLine(work)),
		row("memory", memoryText(work)),
		row("time", timeText(work.seconds)),
	];
}

function inputText({ input }: CaseWork): string {
	const { files, channels, shape, dtype, format, chunks, compression, spacing, bytes } = input;
	return [
		`${shapeText(shape)} (z, y, x) ${dtype}`,
		...(channels > 1 ? [`${channels} channels`] : []),
		files > 1 ? `${files} ${format} files` : format,
		...(chunks === undefined ? [] : [`chunks of ${shapeText(chunks)}`]),
		...(compression === undefined ? [] : [compression]),
		spacing === undefined ? "voxel size unknown" : `voxels of ${numbersText(spacing)}`,
		...(bytes > 0 ? [bytesText(bytes)] : []),
	].join(", ");
}

function networkText({ network }: CaseWork): string {
	const { shape, spacing, isResampled, isCropped, sections } = network;
	const space =
		sections > 1 ? `${sections} sections of ${shapeText(shape.slice(1))}, each by itself` : shapeText(shape);
	const how = isResampled ? `resampled to voxels of ${numbersText(spacing)}` : "not resampled";
	return `${space}, ${how}${isCropped ? ", empty borders left out" : ""}`;
}

function streamLines(stream: StreamForecast): string[] {
	const { blocks, block, counts, done, wanted, isMost, columns, layers, slab, voxels } = stream;
	const earlier = done > 0 ? `, ${done} done already` : "";
	const toDo = `, ${isMost ? "at most " : ""}${wanted} to do (${countText(voxels)} voxels)`;
	return [
		row("blocks", `${blocks} of ${shapeText(block)} (${shapeText(counts)})${earlier}${toDo}`),
		row(
			"sweeps",
			`${columns[0] * columns[1]} column${columns[0] * columns[1] === 1 ? "" : "s"} (${columns[0]} along y, ${columns[1]} along x) of ${layers} layer${layers === 1 ? "" : "s"}, ${slab} section${slab === 1 ? "" : "s"} read at once`,
		),
	];
}

function tilesText({ tiles, tilesRun, twice, views, networkRuns, stream }: CaseWork): string {
	const run = tilesRun === tiles ? "" : `, ${countText(tilesRun)} to be run`;
	const share = stream === undefined ? "" : `, ${(100 * twice).toFixed(1)} % run twice`;
	return `${countText(tiles)} in the volume${run}${share}; ${views} view${views === 1 ? "" : "s"}, ${countText(networkRuns)} runs of the network`;
}

const PASSES: Readonly<Record<PassForecast["name"], string>> = {
	unpack: "unpacking to the disk",
	measure: "measuring",
	resample: "resampling to the disk",
	network: "network",
	assemble: "assembling the file",
	decode: "making objects or masks of the whole volume",
};

function passText({ name, isKept }: PassForecast): string {
	return `${PASSES[name]}${isKept ? " (kept from an earlier run)" : ""}`;
}

function bytesLine({ bytesRead, bytesWritten, bytesStaged }: CaseWork): string {
	const staged = bytesStaged > 0 ? `, ${bytesText(bytesStaged)} on the disk meanwhile` : "";
	return `${bytesText(bytesRead)} read, ${bytesText(bytesWritten)} written${staged} (unpacked)`;
}

function memoryText({ memory }: CaseWork): string {
	const { network, volume, reserve, peak, budget } = memory;
	const own = `${bytesText(volume)} for the volume${reserve > 0 ? `, ${bytesText(reserve)} in reserve` : ""}`;
	if (network === undefined || peak === undefined)
		return `${own}; the network was not measured (of ${bytesText(budget)})`;
	return `${bytesText(peak)} of ${bytesText(budget)}: ${bytesText(network)} with the network, ${own}`;
}

function timeText(seconds: number | undefined): string {
	return seconds === undefined ? "not measured" : `${durationText(seconds)} in the network`;
}

/** The first cases, a line each. */
function tableLines(cases: readonly CaseForecast[]): string[] {
	const shown = cases.slice(0, MOST_LINES);
	const lines = shown.map(({ id, work, state, problem }) =>
		work === undefined
			? [id, state, problem ?? "", "", ""]
			: [
					id,
					work.stream === undefined ? "in memory" : `streamed, ${work.stream.wanted} blocks`,
					`${shapeText(work.input.shape)} ${work.input.dtype}`,
					`${countText(work.tilesRun)} tiles`,
					work.seconds === undefined ? "" : durationText(work.seconds),
				],
	);
	const widths = [0, 1, 2, 3, 4].map((n) => Math.min(60, Math.max(...lines.map((line) => (line[n] ?? "").length))));
	const rest = cases.length - shown.length;
	return [
		...lines.map((line) =>
			line
				.map((text, n) => text.padEnd(widths[n] ?? 0))
				.join("  ")
				.trimEnd(),
		),
		...(rest > 0 ? [`... and ${rest} more`] : []),
	];
}

function totalLines({ total, tile, batchSize, folds, patch, workers }: RunForecast): string[] {
	const states = [
		`${total.toDo} to do`,
		...(total.streamed > 0 ? [`${total.streamed} of them streamed`] : []),
		...(total.done > 0 ? [`${total.done} done already`] : []),
		...(total.failed > 0 ? [`${total.failed} that cannot be done`] : []),
	];
	const peak = total.peak === undefined ? "" : `, ${bytesText(total.peak)} of memory at most`;
	return [
		`total: ${total.cases} case${total.cases === 1 ? "" : "s"}: ${states.join(", ")}`,
		row(
			"work",
			`${countText(total.tilesRun)} tiles, ${countText(total.networkRuns)} runs of the network${folds > 1 ? `, each of ${folds} folds` : ""}`,
		),
		row(
			"bytes",
			`${bytesText(total.bytesRead)} read, ${bytesText(total.bytesWritten)} written, ${bytesText(total.bytesStaged)} on the disk meanwhile${peak}`,
		),
		row(
			"time",
			tile === undefined
				? "not measured"
				: `${timeText(total.seconds)}${workers === undefined ? "" : " of one worker"}; a batch of ${batchSize} (${shapeText(patch)}) takes ${tile.seconds.toFixed(3)} s${tile.lanes > 1 ? `, ${tile.lanes} side by side` : ""}`,
		),
		...(workers === undefined ? [] : workersLines(workers)),
	];
}

const ALONE = "a case in memory is done by one worker; --stream lets several share a volume";

/** How the run is divided. */
function workersLines({ count, threads, memory, by, pieces, twice, seconds, peak, each }: WorkersForecast): string[] {
	const cut = by === "units" && twice > 0 ? `, ${(100 * twice).toFixed(1)} % of the tiles run once more for it` : "";
	const held = peak === undefined ? "" : `, together ${bytesText(peak)} of memory at most`;
	const time = seconds === undefined ? "time not measured" : `${durationText(seconds)} in the network`;
	const what = by === "units" ? "unit" : "case";
	const lines = sharesOf(each, what);
	const rest = lines.length - MOST_LINES;
	return [
		row("workers", `${counted(count, "worker")} of ${counted(threads, "thread")} and ${bytesText(memory)} each${held}`),
		row("shared", `${counted(pieces, what)}${cut}; ${time} until the last is done`),
		...(by === "cases" && pieces < count ? [row("", ALONE)] : []),
		...lines.slice(0, MOST_LINES),
		...(rest > 0 ? [row("", `and ${rest} more lines like these (--json has all)`)] : []),
	];
}

/** A line for all workers that do the same. */
function sharesOf(each: WorkersForecast["each"], what: string): string[] {
	const alike = new Map<string, number>();
	for (const { pieces, blocks, tiles, seconds } of each) {
		const text = [
			counted(pieces, what),
			...(blocks > 0 ? [counted(blocks, "block")] : []),
			counted(tiles, "tile"),
			...(seconds === undefined ? [] : [durationText(seconds)]),
		].join(", ");
		alike.set(text, (alike.get(text) ?? 0) + 1);
	}
	return [...alike].map(([text, count]) => row("", `${counted(count, "worker")}: ${text}`));
}

/** `1 block`, `12,345 blocks`. */
function counted(count: number, what: string): string {
	return `${countText(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** `12,345`. */
function countText(count: number): string {
	return count.toLocaleString("en-US");
}

function numbersText(values: readonly number[]): string {
	return values.map((value) => Number(value.toPrecision(6))).join("x");
}
