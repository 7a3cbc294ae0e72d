/**
 * From files to one image: channels, then z, y, x, in the files' own element type.
 *
 * @module
 */
import { basename } from "node:path";
import { type NdArray, ndarray, reshape, zeros } from "../core/array.ts";
import { wholeBox } from "../core/box.ts";
import { NnvolError, throwIfAborted } from "../core/errors.ts";
import { sameShape, shapeText, sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { toFloat32 } from "../image/cast.ts";
import { transpose } from "../image/transpose.ts";
import type { ModelSpec } from "../model/spec.ts";
import { openVolume } from "../volume/formats.ts";
import type { FormatName, VolumeInfo } from "../volume/volume.ts";
import { fitColours } from "./colours.ts";
import { readSpacing } from "./spacing.ts";

/** An image as read: shape C, Z, Y, X. `rank` is 2 where the file held a single 2D image, else 3. */
export type Image = {
	readonly array: NdArray;
	readonly shape: Zyx;
	readonly rank: 2 | 3;
	/** z, y, x; undefined where the files do not say. */
	readonly spacing?: Zyx;
	/** Format of the (first) file. */
	readonly format: FormatName;
	readonly notes: readonly string[];
};

/** What the user says about input arrays. */
export type ImageOptions = {
	readonly axes?: string;
	readonly spacing?: readonly number[];
	readonly dataset?: string;
	readonly signal?: AbortSignal;
};

const AXES_BY_RANK: Readonly<Record<number, string>> = { 2: "yx", 3: "zyx", 4: "czyx" };

/**
 * Reads the files of one case, in channel order; one file may hold all channels.
 *
 * @throws INPUT where the arrays cannot fit the model's channels and dimensions; VOLUME where a file cannot be read
 */
export async function readImage(files: readonly string[], spec: ModelSpec, options: ImageOptions = {}): Promise<Image> {
	const parts: Part[] = [];
	for (const file of files) {
		throwIfAborted(options.signal);
		parts.push(await readPart(file, options));
	}
	const [first] = parts;
	if (first === undefined) throw new NnvolError("INPUT", "a case without files");
	requireEqualShapes(parts);
	if (options.spacing === undefined) requireEqualSpacings(parts);
	const joined = joinChannels(parts);
	const wanted = spec.channels.length;
	const fitted = fitColours(joined, wanted, first.colour, files[0] ?? "");
	requireFit(fitted.array, first, spec);
	const spacing = options.spacing === undefined ? first.spacing : zyx(options.spacing);
	return {
		array: fitted.array,
		shape: zyx(fitted.array.shape.slice(1)),
		rank: first.rank,
		format: first.info.format,
		notes: fitted.note === undefined ? [] : [fitted.note],
		...(spacing === undefined ? {} : { spacing }),
	};
}

type Part = {
	readonly info: VolumeInfo;
	readonly array: NdArray;
	readonly rank: 2 | 3;
	readonly colour: boolean;
	readonly axes: string;
	readonly spacing: Zyx | undefined;
};

async function readPart(path: string, options: ImageOptions): Promise<Part> {
	const io = options.signal === undefined ? {} : { signal: options.signal };
	const reader = await openVolume(path, options.dataset === undefined ? io : { ...io, dataset: options.dataset });
	try {
		const { info } = reader;
		const axes = axesOf(info, options.axes);
		const array = await reader.read(wholeBox(info.shape), io);
		const spacing = await readSpacing(path, info);
		return {
			info,
			axes,
			array: arrange(array, axes),
			rank: axes.includes("z") ? 3 : 2,
			colour: info.axes === "yxc",
			spacing,
		};
	} finally {
		await reader.close();
	}
}

/** The axes of an array: the user's, else the file's, else by rank. @throws INPUT */
export function axesOf(info: VolumeInfo, given: string | undefined): string {
	const axes = given ?? (info.axes === "" ? AXES_BY_RANK[info.shape.length] : info.axes);
	const found = `${basename(info.path)} has ${info.shape.length} axes (${shapeText(info.shape)})`;
	if (axes === undefined)
		throw new NnvolError("INPUT", `${found}; say which is which by data.axes (letters of c, z, y, x)`);
	const isKnown =
		/^[czyx]+$/.test(axes) && new Set(axes).size === axes.length && axes.includes("y") && axes.includes("x");
	if (!isKnown)
		throw new NnvolError("CONFIG", `data.axes "${axes}": expected different letters of c, z, y, x, with y and x`);
	if (axes.length !== info.shape.length)
		throw new NnvolError("INPUT", `${found}; data.axes "${axes}" names ${axes.length}`);
	return axes;
}

/** Brings an array with `axes` to C, Z, Y, X; missing axes have extent 1. */
export function arrange(array: NdArray, axes: string): NdArray {
	const present = [..."czyx"].filter((letter) => axes.includes(letter));
	const ordered = transpose(
		array,
		present.map((letter) => axes.indexOf(letter)),
	);
	return reshape(
		ordered,
		[..."czyx"].map((letter) => ordered.shape[present.indexOf(letter)] ?? 1),
	);
}

function requireEqualShapes(parts: readonly Part[]): void {
	const [first] = parts;
	for (const part of parts.slice(1)) {
		if (first === undefined || sameShape(part.array.shape, first.array.shape)) continue;
		throw new NnvolError(
			"INPUT",
			`the channels of one case must have one shape: ${basename(first.info.path)} is ${shapeText(first.info.shape)}, ${basename(part.info.path)} is ${shapeText(part.info.shape)}`,
		);
	}
}

/** The parts' channels one after another; in float32 where their element types differ. */
/** nnU-Net refuses this as well: one of the files is not of this case, or its spacing is wrong. */
function requireEqualSpacings(parts: readonly Part[]): void {
	const [first, ...others] = parts;
	for (const part of others) {
		if (first?.spacing === undefined || part.spacing === undefined || sameShape(first.spacing, part.spacing)) continue;
		throw new NnvolError(
			"INPUT",
			`the channels of one case must have one spacing (z, y, x): ${basename(first.info.path)} has ${first.spacing.join(" x ")}, ${basename(part.info.path)} has ${part.spacing.join(" x ")}; mend the files, or give data.spacing`,
		);
	}
}

function joinChannels(parts: readonly Part[]): NdArray {
	const isOneType = new Set(parts.map((part) => part.array.dtype)).size <= 1;
	const arrays = parts.map(({ array }) => (isOneType ? array : toFloat32(array)));
	const [first] = arrays;
	if (first === undefined || arrays.length === 1) return first ?? zeros("uint8", [0, 0, 0, 0]);
	const channels = arrays.reduce((n, array) => n + (array.shape[0] ?? 0), 0);
	const target = zeros(first.dtype, [channels, ...first.shape.slice(1)]);
	let offset = 0;
	for (const array of arrays) {
		setElements(target, offset, array);
		offset += sizeOf(array.shape);
	}
	return target;
}

function setElements(target: NdArray, offset: number, source: NdArray): void {
	const width = target.data.BYTES_PER_ELEMENT;
	const bytes = new Uint8Array(target.data.buffer, target.data.byteOffset, target.data.byteLength);
	bytes.set(new Uint8Array(source.data.buffer, source.data.byteOffset, source.data.byteLength), offset * width);
}

function requireFit(array: NdArray, part: Part, spec: ModelSpec): void {
	const [channels = 0] = array.shape;
	const wanted = spec.channels.length;
	const name = basename(part.info.path);
	if (sizeOf(array.shape) === 0)
		throw new NnvolError("INPUT", `${name} is empty: ${shapeText(part.info.shape)}; check how it was made`);
	const array_ = `${name} is ${shapeText(part.info.shape)} (axes ${part.axes}: ${channels} channel${channels === 1 ? "" : "s"}, ${part.rank}D)`;
	const model = `the model takes ${wanted} channel${wanted === 1 ? "" : "s"} (${spec.channels.join(", ")}) in ${spec.architecture.dimensions}D`;
	if (channels !== wanted) {
		throw new NnvolError("INPUT", `${array_}; ${model}. ${channelAdvice(part, wanted)}`, {
			fields: { path: part.info.path, shape: part.info.shape, channels: wanted },
		});
	}
	if (spec.architecture.dimensions === 3 && part.rank === 2) {
		throw new NnvolError(
			"INPUT",
			`${array_}; ${model}: a single image has no third dimension; give a stack, such as a TIFF`,
			{
				fields: { path: part.info.path },
			},
		);
	}
}

function channelAdvice(part: Part, wanted: number): string {
	if (part.colour && wanted === 1) return "Convert it to a grey image";
	const files = Array.from({ length: Math.min(wanted, 2) }, (_, n) => `NAME_000${n}`).join(", ");
	const each = wanted === 1 ? "" : `Give each channel as a file of its own (${files}${wanted > 2 ? ", ..." : ""}); `;
	return `${each}${each === "" ? "W" : "w"}here an axis is taken for another, name them by data.axes in a configuration`;
}

/** An image over an array in memory, C, Z, Y, X. */
export function imageOfArray(array: NdArray, rank: 2 | 3, spacing?: Zyx): Image {
	const base = {
		array: ndarray(array.dtype, array.shape, array.data),
		shape: zyx(array.shape.slice(1)),
		rank,
		format: "tiff",
		notes: [],
	} as const;
	return spacing === undefined ? base : { ...base, spacing };
}
