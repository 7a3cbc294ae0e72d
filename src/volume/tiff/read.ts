/**
 * Reads boxes of a TIFF: page by page, and of each page the strips or tiles that the box touches.
 *
 * A few are read and unpacked side by side. What was unpacked is kept in a bounded cache, so that slabs which cut through
 * strips or tiles do not unpack them again and again; plain rows are read where they go, without a detour.
 *
 * @module
 */
import { bytesOf, copyBox, type NdArray, rows } from "../../core/array.ts";
import { type Box, boxShape, intersect, shift } from "../../core/box.ts";
import { DTYPES } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { sizeOf, stridesOf } from "../../core/shape.ts";
import { BoundedCache } from "../bounded-cache.ts";
import { arrayFor, checkBox } from "../check.ts";
import { inLanes } from "../lanes.ts";
import type { IoOptions, VolumeInfo, VolumeReader } from "../volume.ts";
import { chunkBox, chunksWithin, readChunk } from "./chunk.ts";
import type { TiffPage } from "./page.ts";
import { swapBytes } from "./predictor.ts";
import type { TiffSource } from "./source.ts";
import type { TiffStack } from "./stack.ts";
import { hasPlainRows, rowBytesOf } from "./strips.ts";

/** Bytes of unpacked strips and tiles that are kept; one that is larger is kept until the next. */
export const KEPT_BYTES: number = 1 << 26;

/** Strips and tiles read at a time. */
const LANES = 4;

/** A page's part of a box: `place` and `target` have three axes, with samples of 1 for grey. */
type Part = { readonly n: number; readonly page: TiffPage; readonly place: Box; readonly target: NdArray };

/** An open TIFF. */
export class TiffReader implements VolumeReader {
	readonly #source: TiffSource;
	readonly #stack: TiffStack;
	readonly #kept = new BoundedCache<string, NdArray>(KEPT_BYTES, ({ data }) => data.byteLength);

	constructor(source: TiffSource, stack: TiffStack) {
		this.#source = source;
		this.#stack = stack;
	}

	get info(): VolumeInfo {
		return this.#stack.info;
	}

	/** @inheritdoc */
	async read(box: Box, { signal }: IoOptions = {}): Promise<NdArray> {
		const { path, shape, dtype } = this.info;
		checkBox(path, shape, box);
		const target = arrayFor(path, dtype, box);
		await inLanes(this.#planes(box, target), LANES, async ({ n, place, data }) => {
			throwIfAborted(signal);
			const page = await this.#stack.page(n);
			await this.#readPart({ n, page, place, target: { ...target, shape: boxShape(place), data } }, signal);
		});
		return target;
	}

	/** @inheritdoc */
	async close(): Promise<void> {
		this.#kept.clear();
		await this.#source.close();
	}

	/** The pages of `box`, each with its box of three axes and its stretch of the target's elements. */
	*#planes(box: Box, target: NdArray): Generator<{ n: number; place: Box; data: NdArray["data"] }> {
		const { info, pageRank } = this.#stack;
		const leading = info.shape.length - pageRank;
		const strides = stridesOf(info.shape.slice(0, leading));
		const own: Box = { start: box.start.slice(leading), stop: box.stop.slice(leading) };
		const place = pageRank === 2 ? { start: [...own.start, 0], stop: [...own.stop, 1] } : own;
		const size = sizeOf(boxShape(own));
		let at = 0;
		for (const index of rows([...boxShape(box).slice(0, leading), 1])) {
			const n = strides.reduce((sum, stride, axis) => sum + stride * ((index[axis] ?? 0) + (box.start[axis] ?? 0)), 0);
			yield { n, place, data: target.data.subarray(at, at + size) };
			at += size;
		}
	}

	async #readPart(part: Part, signal: AbortSignal | undefined): Promise<void> {
		const { page, place } = part;
		const [, first = 0] = place.start;
		const [, last = 0] = place.stop;
		if (
			first === 0 &&
			last === page.width &&
			hasPlainRows(page) &&
			place.stop[2] === page.samples &&
			place.start[2] === 0
		) {
			await this.#readRows(part);
			return;
		}
		await inLanes(chunksWithin(page, place), LANES, async (index) => {
			throwIfAborted(signal);
			placeShared(await this.#chunk(part.n, page, index), chunkBox(page, index), part);
		});
	}

	/** Whole plain rows: read into the target itself. */
	async #readRows({ page, place, target }: Part): Promise<void> {
		const bytes = bytesOf(target);
		await this.#source.fill((page.offsets[0] ?? 0) + (place.start[0] ?? 0) * rowBytesOf(page), bytes);
		const width = DTYPES[page.dtype].bytes;
		if (this.#source.big) swapBytes(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), width);
	}

	/** An unpacked strip or tile. Plain ones are read again when they are wanted again: the system keeps them. */
	#chunk(n: number, page: TiffPage, index: number): Promise<NdArray> {
		if (page.compression === 1) return readChunk(this.#source, page, index);
		return this.#kept.get(`${n} ${index}`, () => readChunk(this.#source, page, index));
	}
}

/** Puts what a chunk and the part's box share into its target. */
function placeShared(chunk: NdArray, from: Box, { page, place, target }: Part): void {
	const shared = intersect(from, place);
	const back = (box: Box) =>
		shift(
			shared,
			box.start.map((start) => -start),
		);
	if (page.planar) copyBox(chunk, back(from), target, back(place).start);
	else copyPixels(chunk, back(from), target, back(place));
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
