/**
 * One file of a case: its array as C, Z, Y, X in the axes that nnU-Net's reader class gives it.
 *
 * @module
 */
import { basename } from "node:path";
import type { NdArray } from "../core/array.ts";
import { type Box, wholeBox } from "../core/box.ts";
import { type Zyx, zyx } from "../core/shape.ts";
import { openVolume } from "../volume/formats.ts";
import type { IoOptions, VolumeInfo, VolumeReader } from "../volume/volume.ts";
import { arrange, axesOf } from "./axes.ts";
import { dialectOf, type View, viewOf } from "./reader.ts";
import { isStill, turnArray, turnBox, turnShape } from "./reorient.ts";

/** What the user says about input arrays. */
export type ImageOptions = {
	readonly axes?: string;
	readonly spacing?: readonly number[];
	readonly dataset?: string;
	readonly signal?: AbortSignal;
	/** What is done with an open file before it is read: one that cannot be read in any order is unpacked first. */
	readonly prepare?: (reader: VolumeReader, path: string) => Promise<VolumeReader>;
};

/** What is known of a file before its voxels are read. */
export type PartInfo = {
	readonly info: VolumeInfo;
	readonly channels: number;
	/** z, y, x, in the image's axes. */
	readonly shape: Zyx;
	readonly rank: 2 | 3;
	readonly colour: boolean;
	readonly axes: string;
	readonly view: View;
};

/** A file that was read. */
export type Part = PartInfo & { readonly array: NdArray };

/** An open file of a case. Close it in a `finally`. */
export type OpenPart = PartInfo & {
	/** What is best read at once: z, y, x of the image; undefined where the file does not say. */
	readonly chunks?: Zyx;
	/** As `VoxelSource.readsChunks`. */
	readonly readsChunks: boolean;
	/** All channels of `box` (z, y, x of the image): C, Z, Y, X. */
	read(box: Box, options?: IoOptions): Promise<NdArray>;
	close(): Promise<void>;
};

/** Opens the file at `path` as the class `reader` would. @throws INPUT, VOLUME, UNBUILT, CANCELLED */
export async function openPart(path: string, reader: string, options: ImageOptions): Promise<OpenPart> {
	const io = options.signal === undefined ? {} : { signal: options.signal };
	let volume = await openVolume(path, {
		...io,
		dialect: dialectOf(reader),
		...(options.dataset === undefined ? {} : { dataset: options.dataset }),
	});
	try {
		volume = (await options.prepare?.(volume, path)) ?? volume;
		return await partOf(volume, reader, options);
	} catch (error) {
		await volume.close();
		throw error;
	}
}

async function partOf(volume: VolumeReader, reader: string, options: ImageOptions): Promise<OpenPart> {
	const axes = axesOf(volume.info, options.axes ?? stackAxes(volume.info, reader));
	const info = withAxes(volume.info, axes);
	const rank = axes.includes("z") ? 3 : 2;
	const extentOf = (extents: readonly number[], letter: string) => extents[axes.indexOf(letter)] ?? 1;
	const fileShape = zyx([..."zyx"].map((letter) => extentOf(info.shape, letter)));
	const told = (info.notes ?? []).map((note) => `${basename(info.path)}: ${note}`);
	const own = await viewOf({ info, rank, shape: fileShape }, reader);
	const view = { ...own, notes: [...told, ...own.notes] };
	const { chunks } = info;
	const fileChunks = chunks === undefined ? undefined : zyx([..."zyx"].map((letter) => extentOf(chunks, letter)));
	return {
		info,
		axes,
		channels: extentOf(info.shape, "c"),
		shape: turnShape(fileShape, view.turn),
		rank,
		colour: info.axes === "yxc" && axes === "yxc",
		view,
		...(fileChunks === undefined ? {} : { chunks: turnShape(fileChunks, view.turn) }),
		readsChunks: volume.readsChunks === true && axes === "zyx" && isStill(view.turn),
		read: async (box, io) => {
			const place = turnBox(box, fileShape, view.turn);
			const at = (corner: readonly number[], letter: string, all: number) =>
				letter === "c" ? all : (corner["zyx".indexOf(letter)] ?? all);
			const letters = [...axes];
			const start = letters.map((letter) => at(place.start, letter, 0));
			const stop = letters.map((letter, axis) => at(place.stop, letter, info.shape[axis] ?? 1));
			return turnArray(arrange(await volume.read({ start, stop }, io), axes), view.turn);
		},
		close: () => volume.close(),
	};
}

/** Reads the file at `path` whole, as the class `reader` would. @throws INPUT, VOLUME, UNBUILT, CANCELLED */
export async function readPart(path: string, reader: string, options: ImageOptions): Promise<Part> {
	const { read, close, ...part } = await openPart(path, reader, options);
	try {
		const io = options.signal === undefined ? {} : { signal: options.signal };
		return { ...part, array: await read(wholeBox(part.shape), io) };
	} finally {
		await close();
	}
}

/** tifffile stores a volume of three or four sections or columns as colours; for nnU-Net's Tiff3DIO every array of three axes is a volume. */
function stackAxes(info: VolumeInfo, reader: string): string | undefined {
	return reader === "Tiff3DIO" && info.format === "tiff" && info.shape.length === 3 ? "zyx" : undefined;
}

/** A place in the world says nothing of axes that the user calls otherwise. */
function withAxes(info: VolumeInfo, axes: string): VolumeInfo {
	if (info.axes === "" || info.axes === axes) return info;
	const { geometry, affine, spacing, ...rest } = info;
	return rest;
}
