/**
 * Options of `nnvol convert` as text, to what a copy takes.
 *
 * @module
 */
import { type Box, wholeBox } from "../core/box.ts";
import { isDType } from "../core/dtype.ts";
import { NnvolError } from "../core/errors.ts";
import { shapeText } from "../core/shape.ts";
import { axesOf } from "../volume/convert/carry.ts";
import type { ConvertOptions } from "../volume/convert/convert.ts";
import { COMPRESSIONS, type FormatName, type Layout, type VolumeInfo } from "../volume/volume.ts";
import { parseCount } from "./arguments.ts";

/** Options of `convert`, as the parser gives them. */
export type ConvertFlags = {
	readonly dataset?: string;
	readonly inputDataset?: string;
	readonly format?: string;
	readonly chunks?: string;
	readonly shards?: string;
	readonly compression?: string;
	readonly zarrFormat?: string;
	readonly ome?: boolean;
	readonly dtype?: string;
	readonly clamp?: boolean;
	readonly spacing?: string;
	readonly roi?: string;
	readonly scales?: string;
	readonly pyramid?: boolean;
	readonly segmentation?: boolean;
	readonly overwrite?: boolean;
	readonly memory: string;
	readonly json?: boolean;
	readonly quiet?: boolean;
};

/** What the options come to, but for memory and signal. */
export type Wishes = Omit<ConvertOptions, "memory" | "signal">;

/** Options of a copy of `info`'s volume as `format`. @throws CONFIG */
export function wishesOf(info: VolumeInfo, format: FormatName, flags: ConvertFlags): Wishes {
	const { dtype, spacing, dataset } = flags;
	if (dtype !== undefined && !isDType(dtype)) {
		throw new NnvolError("CONFIG", `--dtype ${dtype}: expected uint8, int16, float32 or another element type`);
	}
	const scales = scalesOf(info, flags);
	const layout = { ...layoutOf(info, flags), ...zarrLayout(format, flags, scales !== undefined) };
	const box = flags.roi === undefined ? undefined : parseRoi(info, flags.roi);
	return {
		clamp: flags.clamp === true,
		...(dtype === undefined ? {} : { dtype }),
		...(spacing === undefined ? {} : { spacing: sizes("--spacing", spacing, 3) }),
		...(dataset === undefined ? {} : { dataset }),
		...(Object.keys(layout).length === 0 ? {} : { layout }),
		...(box === undefined ? {} : { box }),
		...(scales === undefined ? {} : { scales }),
	};
}

/** Extents of the longest axis that a pyramid of its own accord does not halve any more. */
const SMALL = 256;

/** Coarser scales: so many, or as many as make the coarsest small. Wide unsigned integers are taken for segmentations. */
function scalesOf({ shape, dtype }: VolumeInfo, flags: ConvertFlags): Wishes["scales"] {
	const { scales, pyramid, segmentation, compression } = flags;
	if (scales === undefined && pyramid !== true) return undefined;
	const own = Math.max(1, Math.ceil(Math.log2(Math.max(...shape) / SMALL)));
	const count = scales === undefined ? own : parseCount("--scales", scales);
	const isLabels = segmentation ?? (compression === "compressed_segmentation" || /^uint(32|64)$/.test(dtype));
	return { count, kind: isLabels ? "segmentation" : "image" };
}

/** What only Zarr has; a pyramid of scales is an OME-Zarr image. */
function zarrLayout(format: FormatName, { zarrFormat, ome }: ConvertFlags, hasScales: boolean): Layout {
	if (format !== "zarr") {
		if (zarrFormat === undefined && ome !== true) return {};
		throw new NnvolError("CONFIG", `--ome and --zarr-format are for Zarr, and the copy is ${format}; leave them out`);
	}
	if (zarrFormat !== undefined && zarrFormat !== "2" && zarrFormat !== "3") {
		throw new NnvolError("CONFIG", `--zarr-format ${zarrFormat}: expected 2 or 3`);
	}
	const isOme = ome === true || hasScales;
	if (zarrFormat === "2") return { zarrFormat: 2, ...(isOme ? { ome: "0.4" } : {}) };
	return { zarrFormat: 3, ...(isOme ? { ome: "0.5" } : {}) };
}

function layoutOf(info: VolumeInfo, { chunks, shards, compression }: ConvertFlags): Layout {
	const packing = COMPRESSIONS.find((name) => name === compression);
	if (compression !== undefined && packing === undefined) {
		throw new NnvolError("CONFIG", `--compression ${compression}: expected one of ${COMPRESSIONS.join(", ")}`);
	}
	return {
		...(chunks === undefined ? {} : { chunks: extentsOf(info, "--chunks", chunks) }),
		...(shards === undefined ? {} : { shards: extentsOf(info, "--shards", shards) }),
		...(packing === undefined ? {} : { compression: packing }),
	};
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
