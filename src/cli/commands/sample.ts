/**
 * `nnvol sample INPUT PREDICTION --count N`: the regions that a prediction is least sure of, and cut out for labelling.
 *
 * @module
 */
import { resolve } from "node:path";
import { NnvolError } from "../../core/errors.ts";
import type { Zyx } from "../../core/shape.ts";
import { type SampleRequest, sampleRegions } from "../../nnunet/sample/sample.ts";
import { csvOf, type Sample, type SampleRecord } from "../../nnunet/sample/sample-files.ts";
import type { Measure } from "../../nnunet/sample/score-source.ts";
import { requireFree } from "../../volume/convert/target.ts";
import { WRITTEN_FORMATS } from "../../volume/formats.ts";
import { isRemote } from "../../volume/stores/location.ts";
import type { FormatName } from "../../volume/volume.ts";
import { parseCount, parseFraction } from "../arguments.ts";
import { interruptible } from "../interrupt.ts";
import { parseSize } from "./install.ts";

/** Options of `sample`, as the parser gives them. */
export type SampleFlags = {
	readonly count: string;
	readonly size?: string;
	readonly out?: string;
	readonly measure?: Measure;
	readonly quantile?: string;
	readonly stride: string;
	readonly overlap: string;
	readonly perCase?: string;
	readonly spread?: boolean;
	readonly except?: readonly string[];
	readonly suffix?: string;
	readonly format?: string;
	readonly dataset?: string;
	readonly inputDataset?: string;
	readonly overwrite?: boolean;
	readonly memory: string;
	readonly json?: boolean;
	readonly csv?: boolean;
	readonly quiet?: boolean;
};

/** Memory of the process itself, which volumes do not have. */
const OWN_BYTES = 160 << 20;

/** Least memory that a ranking gets. */
const LEAST_BYTES = 16 << 20;

/** Ranks and cuts; gives the exit code. */
export async function runSample(input: string, prediction: string, flags: SampleFlags): Promise<number> {
	const request = requestOf(input, prediction, flags);
	if (request.folder !== undefined) await requireFree(request.folder, flags.overwrite === true);
	const onProgress = flags.quiet === true || process.stderr.isTTY !== true ? undefined : showProgress();
	const { record, notes } = await interruptible((signal) =>
		sampleRegions({ ...request, signal, ...(onProgress === undefined ? {} : { onProgress }) }),
	);
	for (const text of notes) process.stderr.write(`nnvol: note: ${text}\n`);
	if (flags.json === true) process.stdout.write(`${JSON.stringify(record, null, 2)}\n`);
	else if (flags.csv === true) process.stdout.write(csvOf(record.samples));
	else if (flags.quiet !== true) process.stdout.write(tableOf(record, flags.out));
	return 0;
}

/** Milliseconds between redraws. */
const DRAW_PAUSE = 100;

/** One rewritten line on a terminal. */
function showProgress(): (done: number, total: number) => void {
	let shown = 0;
	return (done, total) => {
		const isEnd = done >= total;
		if (!isEnd && Date.now() - shown < DRAW_PAUSE) return;
		shown = Date.now();
		process.stderr.write(`\r\u001b[K${isEnd ? "" : `${((100 * done) / total).toFixed(1)} % read`}`);
	};
}

function requestOf(input: string, prediction: string, flags: SampleFlags): SampleRequest {
	const { out, measure, quantile, perCase, suffix, dataset, inputDataset, except } = flags;
	const format = flags.format === undefined ? undefined : formatOf(flags.format);
	if (out !== undefined && isRemote(out)) {
		throw new NnvolError("UNBUILT", `--out ${out}: a data set is written into a local folder; copy it from there`);
	}
	return {
		input,
		prediction,
		count: parseCount("--count", flags.count),
		stride: parseFraction("--stride", flags.stride),
		overlap: parseOverlap(flags.overlap),
		spread: flags.spread === true,
		memory: Math.max(LEAST_BYTES, parseSize("--memory", flags.memory) - OWN_BYTES),
		...(flags.size === undefined ? {} : { size: sizeOf(flags.size) }),
		...(quantile === undefined ? {} : { quantile: parseFraction("--quantile", quantile) }),
		...(perCase === undefined ? {} : { perCase: parseCount("--per-case", perCase) }),
		...(out === undefined ? {} : { folder: resolve(out) }),
		...(measure === undefined ? {} : { measure }),
		...(suffix === undefined ? {} : { suffix }),
		...(except === undefined ? {} : { except }),
		...(format === undefined ? {} : { format }),
		...(dataset === undefined ? {} : { dataset }),
		...(inputDataset === undefined ? {} : { inputDataset }),
	};
}

/** `z,y,x`, or `y,x` for single sections. @throws CONFIG */
function sizeOf(text: string): Zyx {
	const numbers = text.split(",").map((word) => (/^\s*\d+\s*$/.test(word) ? Number(word) : 0));
	const [x = 0, y = 0, z = 1, ...rest] = numbers.toReversed();
	if (rest.length === 0 && numbers.length >= 2 && numbers.every((n) => Number.isSafeInteger(n) && n >= 1))
		return [z, y, x];
	throw new NnvolError("CONFIG", `--size ${text}: expected voxels as z,y,x or y,x, such as 32,128,128`);
}

function parseOverlap(text: string): number {
	const value = Number(text);
	if (text.trim() !== "" && value >= 0 && value < 1) return value;
	throw new NnvolError("CONFIG", `--overlap ${text}: expected a number from 0, below 1`);
}

function formatOf(name: string): FormatName {
	const found = WRITTEN_FORMATS.find((format) => format.name === name);
	if (found !== undefined) return found.name;
	const names = WRITTEN_FORMATS.map((format) => format.name).join(", ");
	throw new NnvolError("CONFIG", `--format ${name}: there is no such format; expected one of ${names}`);
}

/** A line a region. */
function tableOf({ measure, by, quantile, samples }: SampleRecord, out: string | undefined): string {
	const what = by === "mean" ? "mean" : `quantile ${quantile} of`;
	const rows = [["rank", `${what} ${measure}`, "case", "z, y, x"], ...samples.map(rowOf)];
	const widths = [0, 1, 2].map((n) => Math.max(...rows.map((row) => row[n]?.length ?? 0)));
	const lines = rows.map((row) =>
		row
			.map((cell, n) => cell.padEnd(widths[n] ?? 0))
			.join("  ")
			.trimEnd(),
	);
	const end =
		out === undefined ? [] : [`${samples.length} regions in ${out}: imagesTr, labelsTr (predicted), uncertaintyTr`];
	return `${[...lines, ...end].join("\n")}\n`;
}

function rowOf({ rank, score, case: id, start, stop }: Sample): string[] {
	return [String(rank), score.toFixed(6), id, start.map((from, axis) => `${from}:${stop[axis] ?? 0}`).join(", ")];
}
