/**
 * One strip or tile of a page as an array, and its place in the page.
 *
 * A page is seen with three axes here: rows, columns, samples; or samples, rows, columns where it is planar.
 *
 * @module
 */
import { type NdArray, ndarray } from "../../core/array.ts";
import type { Box } from "../../core/box.ts";
import { type DataOf, DTYPES, viewAs } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import { arrayFor } from "../check.ts";
import { volumeError } from "../fault.ts";
import { COMPRESSIONS } from "./codec.ts";
import { chunksAcross, type TiffPage } from "./page.ts";
import { addUp, joinPlanes, type Rows, swapBytes, unpackBits } from "./predictor.ts";
import type { TiffSource } from "./source.ts";

/** A strip or tile is unpacked at once: longer ones are refused. */
const MOST_BYTES = 2 ** 31;

/** Where chunk `index` lies in its page. Tiles may reach over the page's edge. */
export function chunkBox(page: TiffPage, index: number): Box {
	const across = chunksAcross(page);
	const down = Math.ceil(page.height / page.chunkHeight);
	const plane = Math.floor(index / (across * down));
	const y = (Math.floor(index / across) % down) * page.chunkHeight;
	const x = (index % across) * page.chunkWidth;
	const bottom = page.tiled ? y + page.chunkHeight : Math.min(page.height, y + page.chunkHeight);
	const right = x + page.chunkWidth;
	if (page.planar) return { start: [plane, y, x], stop: [plane + 1, bottom, right] };
	return { start: [y, x, 0], stop: [bottom, right, page.samples] };
}

/** The chunks that share pixels with rows `top` to `bottom`, columns `left` to `right` and, where planar, the planes. */
export function chunksWithin(page: TiffPage, box: Box): number[] {
	const [planes, rows, columns] = page.planar ? [0, 1, 2] : [2, 0, 1];
	const across = chunksAcross(page);
	const down = Math.ceil(page.height / page.chunkHeight);
	const indices: number[] = [];
	const [first, last] = page.planar ? [box.start[planes] ?? 0, (box.stop[planes] ?? 1) - 1] : [0, 0];
	for (let plane = first; plane <= last; plane++) {
		for (const y of span(box, rows, page.chunkHeight)) {
			for (const x of span(box, columns, page.chunkWidth)) indices.push((plane * down + y) * across + x);
		}
	}
	return indices;
}

function span(box: Box, axis: number, width: number): number[] {
	const first = Math.floor((box.start[axis] ?? 0) / width);
	const last = Math.floor(((box.stop[axis] ?? 0) - 1) / width);
	return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Reads and unpacks chunk `index`: an array of the shape of `chunkBox`. @throws VOLUME */
export async function readChunk(source: TiffSource, page: TiffPage, index: number): Promise<NdArray> {
	const box = chunkBox(page, index);
	const shape = box.stop.map((stop, axis) => stop - (box.start[axis] ?? 0));
	const [offset, count] = [page.offsets[index] ?? 0, page.counts[index] ?? 0];
	if (count === 0) return arrayFor(source.path, page.dtype, box); // a chunk that was never written, as GDAL leaves them
	const step = page.planar ? 1 : page.samples;
	const values = page.chunkWidth * step;
	const rows = sizeOf(shape) / values;
	const wanted = rows * Math.ceil((values * page.bits) / 8);
	if (wanted > MOST_BYTES) {
		throw volumeError(
			source.path,
			`a strip or tile of ${wanted} bytes is too large to be read; save it with shorter strips`,
		);
	}
	const bytes = await unpack(source, page, await source.read(offset, count), wanted);
	const samples = finish(source, page, bytes, { rows, values, step, width: DTYPES[page.dtype].bytes });
	return ndarray(page.dtype, shape, viewAs(page.dtype, samples));
}

async function unpack(source: TiffSource, page: TiffPage, stored: Buffer, wanted: number): Promise<DataOf<"uint8">> {
	const codec = COMPRESSIONS[page.compression];
	const damaged = (what: string, cause?: unknown) =>
		volumeError(source.path, `damaged TIFF: a strip or tile (${codec?.name}) ${what}; copy or make it again`, cause);
	if (codec === undefined) throw damaged("of an unknown compression");
	const row = Math.ceil((page.chunkWidth * (page.planar ? 1 : page.samples) * page.bits) / 8);
	// the last strip may be as long as the others
	const bytes = await codec
		.unpack(stored, Math.max(wanted, Math.min(row * page.chunkHeight, MOST_BYTES)))
		.catch((cause) => {
			throw damaged("cannot be unpacked", cause);
		});
	if (bytes.length < wanted) throw damaged(`should hold ${wanted} bytes, found ${bytes.length}`);
	return new Uint8Array(bytes.subarray(0, wanted)); // a copy, in memory of its own: aligned, and free to be changed
}

function finish(source: TiffSource, page: TiffPage, bytes: DataOf<"uint8">, layout: Rows): Uint8Array {
	if (page.bits < 8) return unpackBits(bytes, page.bits, layout.rows, layout.values);
	if (page.predictor === 3) return joinPlanes(bytes, layout);
	if (source.big) swapBytes(Buffer.from(bytes.buffer), layout.width);
	if (page.predictor === 2) addUp(bytes.buffer, layout);
	return bytes;
}
