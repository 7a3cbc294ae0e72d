/**
 * `nnvol convert IN OUT`: a volume in another format, copied box by box.
 *
 * @module
 */
import { relative, resolve } from "node:path";
import { type Box, wholeBox } from "../../core/box.ts";
import { isDType } from "../../core/dtype.ts";
import { NnvolError } from "../../core/errors.ts";
import type { OnEvent } from "../../core/events.ts";
import { shapeText } from "../../core/shape.ts";
import { axesOf } from "../../volume/convert/carry.ts";
import { type ConvertOptions, convertVolume } from "../../volume/convert/convert.ts";
import { requireFree } from "../../volume/convert/target.ts";
import { FORMATS, formatOfName, openVolume } from "../../volume/formats.ts";
import { COMPRESSIONS, type FormatName, type Layout, type VolumeInfo } from "../../volume/volume.ts";
import { interruptible } from "../interrupt.ts";
import { makeProgress } from "../progress.ts";
import { parseSize } from "./install.ts";

/** Options of `convert`, as the parser gives them. */
export type ConvertFlags = {
	readonly dataset?: string;
	readonly inputDataset?: string;
	readonly format?: string;
	readonly chunks?: string;
	readonly shards?: string;
	readonly compression?: string;
	readonly zarrFormat?: string;
	readonly dtype?: string;
	readonly clamp?: boolean;
	readonly spacing?: string;
	readonly roi?: string;
	readonly overwrite?: boolean;
	readonly memory: string;
	readonly json?: boolean;
	readonly quiet?: boolean;
};

/** Copies `input` to `output`; gives the exit code. */
export async function runConvert(input: string, output: string, flags: ConvertFlags): Promise<number> {
	const format = formatFor(output, flags.format);
	const memory = parseSize("--memory", flags.memory);
	requireOther(input, output);
	await requireFree(output, flags.overwrite === true);
	const progress = makeProgress({ json: flags.json === true, quiet: flags.quiet === true });
	try {
		return await interruptible(async (signal) => {
			const dataset = flags.inputDataset;
			const reader = await openVolume(input, dataset === undefined ? { signal } : { signal, dataset });
			try {
				const wishes = { ...wishesOf(reader.info, flags), memory, signal };
				await copy(reader.info, output, wishes, progress.onEvent, (options) =>
					convertVolume(reader, output, format, options),
				);
				return 0;
			} finally {
				await reader.close();
			}
		});
	} finally {
		progress.close();
	}
}

/** Tells the run's events around `work`. */
async function copy(
	info: VolumeInfo,
	output: string,
	options: ConvertOptions,
	onEvent: OnEvent,
	work: (options: ConvertOptions) => ReturnType<typeof convertVolume>,
): Promise<void> {
	const begun = Date.now();
	const id = info.path;
	onEvent({ kind: "started", total: 1, skipped: 0, remaining: 1 });
	onEvent({ kind: "case-started", id });
	const report = await work({
		...options,
		onProgress: (done, total) => onEvent({ kind: "tile", id, done, total }),
	});
	for (const text of report.notes) onEvent({ kind: "warning", text });
	onEvent({ kind: "case-done", id, output, seconds: (Date.now() - begun) / 1000 });
	onEvent({ kind: "finished", done: 1, failed: 0, skipped: 0 });
}

function formatFor(output: string, name: string | undefined): FormatName {
	const found = name === undefined ? formatOfName(output) : FORMATS.find((format) => format.name === name)?.name;
	if (found !== undefined) return found;
	if (name === undefined) {
		const endings = FORMATS.map(({ extensions }) => extensions[0]).filter((ending) => ending !== undefined);
		throw new NnvolError(
			"CONFIG",
			`${output}: its ending tells no format; expected one of ${endings.join(", ")}, or --format`,
		);
	}
	const names = FORMATS.map((format) => format.name).join(", ");
	throw new NnvolError("CONFIG", `--format ${name}: there is no such format; expected one of ${names}`);
}

/** @throws CONFIG where one lies in the other */
function requireOther(input: string, output: string): void {
	const [from, to] = [resolve(input), resolve(output)];
	const isInside = (a: string, b: string) => !relative(a, b).startsWith("..") && resolve(a, relative(a, b)) === b;
	if (/:\/\//.test(input) || /:\/\//.test(output)) {
		if (input !== output) return;
	} else if (!isInside(from, to) && !isInside(to, from)) return;
	throw new NnvolError("CONFIG", `${output}: the copy would lie on or in its input ${input}; choose another place`);
}

type Wishes = Omit<ConvertOptions, "memory" | "signal">;

function wishesOf(info: VolumeInfo, flags: ConvertFlags): Wishes {
	const { dtype, spacing, dataset } = flags;
	if (dtype !== undefined && !isDType(dtype)) {
		throw new NnvolError("CONFIG", `--dtype ${dtype}: expected uint8, int16, float32 or another element type`);
	}
	const layout = layoutOf(info, flags);
	const box = flags.roi === undefined ? undefined : parseRoi(info, flags.roi);
	return {
		clamp: flags.clamp === true,
		...(dtype === undefined ? {} : { dtype }),
		...(spacing === undefined ? {} : { spacing: sizes("--spacing", spacing, 3) }),
		...(dataset === undefined ? {} : { dataset }),
		...(layout === undefined ? {} : { layout }),
		...(box === undefined ? {} : { box }),
	};
}

function layoutOf(info: VolumeInfo, { chunks, shards, compression, zarrFormat }: ConvertFlags): Layout | undefined {
	const packing = COMPRESSIONS.find((name) => name === compression);
	if (compression !== undefined && packing === undefined) {
		throw new NnvolError("CONFIG", `--compression ${compression}: expected one of ${COMPRESSIONS.join(", ")}`);
	}
	if (zarrFormat !== undefined && zarrFormat !== "2" && zarrFormat !== "3") {
		throw new NnvolError("CONFIG", `--zarr-format ${zarrFormat}: expected 2 or 3`);
	}
	const layout: Layout = {
		...(chunks === undefined ? {} : { chunks: extentsOf(info, "--chunks", chunks) }),
		...(shards === undefined ? {} : { shards: extentsOf(info, "--shards", shards) }),
		...(packing === undefined ? {} : { compression: packing }),
		...(zarrFormat === undefined ? {} : { zarrFormat: zarrFormat === "2" ? 2 : 3 }),
	};
	return Object.keys(layout).length === 0 ? undefined : layout;
}

/** Extents for every axis of the volume: those of space as given, 1 for channels before them and all behind them. */
function extentsOf(info: VolumeInfo, name: string, text: string): number[] {
	const given = sizes(name, text);
	if (!given.every(Number.isInteger)) throw wrongNumbers(name, text, "whole numbers of 1 or more");
	const { shape } = info;
	if (given.length === shape.length) return given;
	const axes = axesOf(info);
	const spatial = [...axes].filter((letter) => letter !== "c").length;
	if (given.length !== spatial) throw wrongNumbers(name, text, `${spatial} numbers (${axes.replace("c", "")})`);
	let next = 0;
	return [...axes].map((letter, axis) => (letter !== "c" ? (given[next++] ?? 1) : axis === 0 ? 1 : (shape[axis] ?? 1)));
}

/** `z,y,x/z,y,x`: where the part begins, and its extents. */
function parseRoi(info: VolumeInfo, text: string): Box {
	const [from = "", extent = "", ...rest] = text.split("/");
	const start = numbersOf(from);
	const size = numbersOf(extent);
	const whole = wholeBox(info.shape);
	const axes = axesOf(info);
	const spatial = [...axes].flatMap((letter, axis) => (letter === "c" ? [] : [axis]));
	const along = start.length === info.shape.length ? info.shape.map((_, axis) => axis) : spatial;
	const isShaped = rest.length === 0 && start.length === along.length && size.length === along.length;
	if (!isShaped || ![...start, ...size].every((n) => Number.isSafeInteger(n) && n >= 0)) {
		throw wrongNumbers("--roi", text, `START/SIZE with ${spatial.length} whole numbers each, such as 0,0,0/16,256,256`);
	}
	const box = { start: [...whole.start], stop: [...whole.stop] };
	for (const [i, axis] of along.entries()) {
		box.start[axis] = start[i] ?? 0;
		box.stop[axis] = (start[i] ?? 0) + (size[i] ?? 0);
	}
	const fits = info.shape.every(
		(e, axis) => (box.stop[axis] ?? 0) <= e && (box.start[axis] ?? 0) < (box.stop[axis] ?? 0),
	);
	if (!fits) throw wrongNumbers("--roi", text, `a part of the input's ${shapeText(info.shape)} voxels`);
	return box;
}

/** Positive numbers between commas. */
function sizes(name: string, text: string, count?: number): number[] {
	const found = numbersOf(text);
	const isRight = found.every((n) => Number.isFinite(n) && n > 0) && (count === undefined || found.length === count);
	if (isRight) return found;
	throw wrongNumbers(name, text, `${count ?? ""} numbers above 0 such as 4,2,2`.trim());
}

function numbersOf(text: string): number[] {
	return text.split(",").map((word) => (word.trim() === "" ? Number.NaN : Number(word)));
}

function wrongNumbers(name: string, text: string, expected: string): NnvolError {
	return new NnvolError("CONFIG", `${name} ${text}: expected ${expected}`);
}
