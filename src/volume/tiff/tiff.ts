/**
 * TIFF as a volume format: one page "yx" or "yxc", stacks of pages "zyx" and more; classic and BigTIFF.
 *
 * Values are read as they are stored, as tifffile does: palettes and "white is zero" are not applied.
 *
 * @module
 */
import { copyBox, type NdArray, rows } from "../../core/array.ts";
import { type Box, boxShape, intersect, shift } from "../../core/box.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { sizeOf, stridesOf } from "../../core/shape.ts";
import { arrayFor, checkBox } from "../check.ts";
import type { IoOptions, OpenOptions, VolumeFormat, VolumeReader } from "../volume.ts";
import { chunkBox, chunksWithin, readChunk } from "./chunk.ts";
import { pageShape } from "./description.ts";
import type { TiffPage } from "./page.ts";
import { TiffSource } from "./source.ts";
import { readStack, type TiffStack } from "./stack.ts";
import { createTiff } from "./write.ts";

/** The TIFF format. */
export const tiff: VolumeFormat = {
	name: "tiff",
	extensions: [".tif", ".tiff"],
	writes: ["uint8", "uint16", "uint32", "int8", "int16", "int32", "float32", "float64"],
	ranks: [2, 3, 4],
	isFolder: false,
	matches: (head) => MARKS.some((mark) => mark.every((byte, i) => head[i] === byte)),
	open: openTiff,
	create: (path, spec, options) => createTiff(tiff, path, spec, options),
};

/** "II" or "MM", then 42 or 43 in that byte order. */
const MARKS = [
	[0x49, 0x49, 42, 0],
	[0x4d, 0x4d, 0, 42],
	[0x49, 0x49, 43, 0],
	[0x4d, 0x4d, 0, 43],
];

async function openTiff(path: string, options: OpenOptions = {}): Promise<VolumeReader> {
	throwIfAborted(options.signal);
	const source = await TiffSource.open(path);
	try {
		const stack = await readStack(source);
		return {
			info: stack.info,
			read: (box, readOptions) => readBox(source, stack, box, readOptions),
			close: () => source.close(),
		};
	} catch (error) {
		await source.close();
		throw error;
	}
}

async function readBox(
	source: TiffSource,
	{ info, pages }: TiffStack,
	box: Box,
	options: IoOptions = {},
): Promise<NdArray> {
	checkBox(info.path, info.shape, box);
	const target = arrayFor(info.path, info.dtype, box);
	const rank = pages[0] === undefined ? 0 : pageShape(pages[0]).length;
	const leading = info.shape.length - rank;
	const strides = stridesOf(info.shape.slice(0, leading));
	const inPage: Box = { start: box.start.slice(leading), stop: box.stop.slice(leading) };
	const pageSize = sizeOf(boxShape(inPage));
	let at = 0;
	for (const index of rows([...boxShape(box).slice(0, leading), 1])) {
		const n = strides.reduce((sum, stride, axis) => sum + stride * ((index[axis] ?? 0) + (box.start[axis] ?? 0)), 0);
		const page = pages[n];
		if (page === undefined) continue;
		const data = target.data.subarray(at, at + pageSize);
		await readPage(source, page, inPage, { ...target, shape: boxShape(inPage), data }, options);
		at += pageSize;
	}
	return target;
}

/** Fills `target` with `box` of a page. Grey pages get an axis of one sample, so that every page has three axes. */
async function readPage(
	source: TiffSource,
	page: TiffPage,
	box: Box,
	target: NdArray,
	options: IoOptions,
): Promise<void> {
	const grey = page.samples === 1;
	const three: Box = grey ? { start: [...box.start, 0], stop: [...box.stop, 1] } : box;
	const into = { ...target, shape: boxShape(three) };
	for (const index of chunksWithin(page, three)) {
		throwIfAborted(options.signal);
		const place = chunkBox(page, index);
		const shared = intersect(place, three);
		const chunk = await readChunk(source, page, index);
		const from = shift(
			shared,
			place.start.map((start) => -start),
		);
		const to = shift(
			shared,
			three.start.map((start) => -start),
		);
		if (page.planar) copyBox(chunk, from, into, to.start);
		else copyPixels(chunk, from, into, to);
	}
}

/** `copyBox` for rows, columns, samples: whole pixels are copied a row at a time. */
function copyPixels(chunk: NdArray, from: Box, target: NdArray, to: Box): void {
	const samples = chunk.shape[2] ?? 1;
	if (target.shape[2] !== samples) copyBox(chunk, from, target, to.start);
	else copyBox(joined(chunk), joinedBox(from, samples), joined(target), joinedBox(to, samples).start);
}

function joined(array: NdArray): NdArray {
	const [height = 0, width = 0, samples = 0] = array.shape;
	return { ...array, shape: [height, width * samples] };
}

function joinedBox({ start, stop }: Box, samples: number): Box {
	return { start: [start[0] ?? 0, (start[1] ?? 0) * samples], stop: [stop[0] ?? 0, (stop[1] ?? 0) * samples] };
}
