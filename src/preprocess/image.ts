/**
 * From files to one image: channels, then z, y, x, in the files' own element type.
 *
 * @module
 */
import { basename } from "node:path";
import { type NdArray, ndarray, zeros } from "../core/array.ts";
import type { Box } from "../core/box.ts";
import type { DType } from "../core/dtype.ts";
import { NnvolError, throwIfAborted } from "../core/errors.ts";
import { sameShape, shapeText, sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { toFloat32 } from "../image/cast.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { FormatName, IoOptions } from "../volume/volume.ts";
import { fitColours } from "./colours.ts";
import { fewValuesNote } from "./few-values.ts";
import { type ImageOptions, type OpenPart, openPart, type Part, type PartInfo, readPart } from "./part.ts";
import { type Placement, plainPlacement } from "./placement.ts";
import { NO_TURN, turnShape } from "./reorient.ts";
import type { VoxelSource } from "./voxel-source.ts";

export type { ImageOptions } from "./part.ts";

/** An image as read: shape C, Z, Y, X. `rank` is 2 where the file held a single 2D image, else 3. */
export type Image = {
	readonly array: NdArray;
	readonly shape: Zyx;
	readonly rank: 2 | 3;
	/** z, y, x; undefined where neither the files nor nnU-Net's reader class say it. */
	readonly spacing?: Zyx;
	/** Format of the (first) file. */
	readonly format: FormatName;
	readonly notes: readonly string[];
	/** How results go back to the space of the (first) file. */
	readonly placement: Placement;
};

/** What is known of an image before its voxels are read. */
export type ImageFacts = Omit<Image, "array">;

/** An image whose files are open. Close it in a `finally`. */
export type OpenImage = ImageFacts & { readonly source: VoxelSource; close(): Promise<void> };

/**
 * Reads the files of one case, in channel order, as nnU-Net's reader class `spec.reader` does; one file may hold all channels.
 *
 * @throws INPUT where the arrays cannot fit the model's channels and dimensions; VOLUME where a file cannot be read
 */
export async function readImage(files: readonly string[], spec: ModelSpec, options: ImageOptions = {}): Promise<Image> {
	const parts: Part[] = [];
	for (const file of files) {
		throwIfAborted(options.signal);
		parts.push(await readPart(file, spec.reader, options));
	}
	const [first] = requireSame(parts, options);
	const fitted = fitColours(
		joinChannels(parts.map(({ array }) => array)),
		spec.channels.length,
		first.colour,
		files[0] ?? "",
	);
	requireFit(fitted.array.shape[0] ?? 0, first, spec);
	const { notes, ...facts } = factsOf(parts, first, options);
	const seen = [fitted.note, fewValuesNote(basename(files[0] ?? ""), fitted.array)].filter(
		(note) => note !== undefined,
	);
	return { array: fitted.array, ...facts, notes: [...notes, ...seen] };
}

/** Opens the files of one case without reading voxels; else as `readImage`, but that colours are not fitted. */
export async function openImage(
	files: readonly string[],
	spec: ModelSpec,
	options: ImageOptions = {},
): Promise<OpenImage> {
	const parts: OpenPart[] = [];
	const close = async () => {
		for (const part of parts) await part.close();
	};
	try {
		for (const file of files) parts.push(await openPart(file, spec.reader, options));
		const [first] = requireSame(parts, options);
		const channels = parts.reduce((sum, part) => sum + part.channels, 0);
		requireFit(channels, first, spec);
		return { ...factsOf(parts, first, options), source: new PartSource(parts, first, channels), close };
	} catch (error) {
		await close();
		throw error;
	}
}

class PartSource implements VoxelSource {
	readonly channels: number;
	readonly shape: Zyx;
	readonly dtype: DType;
	readonly chunks: Zyx;
	readonly readsChunks: boolean;
	readonly #parts: readonly OpenPart[];

	constructor(parts: readonly OpenPart[], first: OpenPart, channels: number) {
		this.#parts = parts;
		this.readsChunks = parts.length === 1 && first.readsChunks;
		this.channels = channels;
		this.shape = first.shape;
		this.dtype = parts.every(({ info }) => info.dtype === first.info.dtype) ? first.info.dtype : "float32";
		this.chunks = first.chunks ?? [1, first.shape[1], first.shape[2]];
	}

	async read(box: Box, options?: IoOptions): Promise<NdArray> {
		const arrays = await Promise.all(this.#parts.map((part) => part.read(box, options)));
		return joinChannels(arrays);
	}
}

/** @throws INPUT where there are no files, or they do not belong together */
function requireSame<P extends PartInfo>(parts: readonly P[], { spacing }: ImageOptions): readonly [P] {
	const [first] = parts;
	if (first === undefined) throw new NnvolError("INPUT", "a case without files");
	requireEqualShapes(parts);
	if (spacing === undefined) requireEqualSpacings(parts);
	return [first];
}

function factsOf(parts: readonly PartInfo[], first: PartInfo, options: ImageOptions): ImageFacts {
	const { placement, turn } = first.view;
	const given = options.spacing === undefined ? undefined : zyx(options.spacing);
	// the user speaks of the file's axes
	const spacing = given === undefined ? first.view.spacing : turnShape(given, turn);
	return {
		shape: first.shape,
		rank: first.rank,
		format: first.info.format,
		notes: [
			...(given === undefined ? first.view.notes : []),
			...(spacing === undefined ? [unknownSpacing(first)] : []),
			...placeNotes(parts),
		],
		placement: given === undefined || placement.geometry !== undefined ? placement : { ...placement, spacing: given },
		...(spacing === undefined ? {} : { spacing }),
	};
}

function unknownSpacing({ info }: PartInfo): string {
	return `${basename(info.path)}: nothing tells its spacing; that of the model is taken (data.spacing in a configuration says another)`;
}

function requireEqualShapes(parts: readonly PartInfo[]): void {
	const [first] = parts;
	for (const part of parts.slice(1)) {
		if (first === undefined || sameShape(part.shape, first.shape)) continue;
		throw new NnvolError(
			"INPUT",
			`the channels of one case must have one shape: ${basename(first.info.path)} is ${shapeText(first.info.shape)}, ${basename(part.info.path)} is ${shapeText(part.info.shape)}`,
		);
	}
}

/** nnU-Net refuses this as well: one of the files is not of this case, or its spacing is wrong. */
function requireEqualSpacings(parts: readonly PartInfo[]): void {
	const [first, ...others] = parts;
	const spacing = first?.view.spacing;
	for (const { view, info } of others) {
		if (first === undefined || spacing === undefined || view.spacing === undefined) continue;
		if (areClose(spacing, view.spacing)) continue;
		throw new NnvolError(
			"INPUT",
			`the channels of one case must have one spacing (z, y, x): ${basename(first.info.path)} has ${spacing.join(" x ")}, ${basename(info.path)} has ${view.spacing.join(" x ")}; mend the files, or give data.spacing`,
		);
	}
}

/** Channels that lie in other places are predicted all the same, as nnU-Net does; the place of the first is kept. */
function placeNotes(parts: readonly PartInfo[]): string[] {
	const [first, ...others] = parts;
	const notes: string[] = [];
	for (const [name, values] of Object.entries(first?.view.place ?? {})) {
		const other = others.find(({ view }) => !areClose(values, view.place[name] ?? values));
		if (first === undefined || other === undefined) continue;
		notes.push(
			`${basename(first.info.path)} and ${basename(other.info.path)} are channels of one case, but their ${name} is not the same: ${values.join(", ")} and ${(other.view.place[name] ?? []).join(", ")}; is the image of one moved?`,
		);
	}
	return notes;
}

/** Equal within the tolerance of nnU-Net's checks (numpy's `allclose`). */
function areClose(a: readonly number[], b: readonly number[]): boolean {
	return (
		a.length === b.length &&
		a.every((value, at) => Math.abs(value - (b[at] ?? 0)) <= 1e-8 + 1e-5 * Math.abs(b[at] ?? 0))
	);
}

/** The parts' channels one after another; in float32 where their element types differ. */
function joinChannels(parts: readonly NdArray[]): NdArray {
	const isOneType = new Set(parts.map(({ dtype }) => dtype)).size <= 1;
	const arrays = parts.map((array) => (isOneType ? array : toFloat32(array)));
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

function requireFit(channels: number, part: PartInfo, spec: ModelSpec): void {
	const wanted = spec.channels.length;
	const name = basename(part.info.path);
	if (sizeOf(part.info.shape) === 0)
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
			`${array_}; ${model}: a single image has no third dimension; give a volume, or a stack of sections`,
			{
				fields: { path: part.info.path },
			},
		);
	}
}

function channelAdvice(part: PartInfo, wanted: number): string {
	if (part.colour && wanted === 1) return "Convert it to a grey image";
	const [, before, after] = /^(.+_)0000(\.[^/\\]+)$/.exec(basename(part.info.path)) ?? [];
	if (before !== undefined && part.channels === 1) {
		const next = wanted > 2 ? `${before}0001${after}, ...` : `${before}0001${after}`;
		return `It is one channel by its name, and the others are missing: put ${next} beside it`;
	}
	const files = Array.from({ length: Math.min(wanted, 2) }, (_, n) => `NAME_000${n}`).join(", ");
	const each = wanted === 1 ? "" : `Give each channel as a file of its own (${files}${wanted > 2 ? ", ..." : ""}); `;
	return `${each}${each === "" ? "W" : "w"}here an axis is taken for another, name them by data.axes in a configuration`;
}

/**
 * An image over an array in memory, C, Z, Y, X.
 *
 * @param rank 2 for a single 2D image (Z is 1), else 3
 * @param spacing z, y, x; the model's where it is left out
 * @throws INPUT where the array has other axes, or the spacing is not three numbers above 0
 */
export function imageOfArray(array: NdArray, rank: 2 | 3, spacing?: Zyx): Image {
	requireAxes(array, rank);
	requireSpacing(spacing);
	const base = {
		array: ndarray(array.dtype, array.shape, array.data),
		shape: zyx(array.shape.slice(1)),
		rank,
		format: "tiff",
		notes: [],
		placement: plainPlacement(spacing, NO_TURN),
	} as const;
	return spacing === undefined ? base : { ...base, spacing };
}

function requireAxes({ shape }: NdArray, rank: 2 | 3): void {
	const found = `found ${shapeText(shape)}`;
	if (shape.length !== 4 || sizeOf(shape) === 0)
		throw new NnvolError("INPUT", `expected an array of channel, z, y, x (1x20x256x256 for a grey stack), ${found}`);
	if (rank === 2 && shape[1] !== 1)
		throw new NnvolError("INPUT", `a single 2D image has one section (channel, 1, y, x), ${found}; a stack has rank 3`);
}

function requireSpacing(spacing: readonly number[] | undefined): void {
	if (spacing === undefined) return;
	const isSound =
		Array.isArray(spacing) && spacing.length === 3 && spacing.every((value) => value > 0 && value < Infinity);
	if (isSound) return;
	throw new NnvolError(
		"INPUT",
		`expected a spacing of three numbers above 0 (z, y, x), found ${JSON.stringify(spacing)}`,
	);
}
