/**
 * Pictures of finished cases: the middle section of the image with what was found in it, in colours.
 *
 * Only what is cheap to read is drawn, one picture at a time and one every so often: looking costs a run next to nothing.
 * What cannot be drawn is passed over.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import type { NdArray } from "../core/array.ts";
import type { Box } from "../core/box.ts";
import { fromHalf } from "../core/float16.ts";
import { sameShape, sizeOf } from "../core/shape.ts";
import { type SpaceReader, spaceReader } from "../decode/objects/label-volume.ts";
import { greyLevels, objectOverlay } from "../image/object-overlay.ts";
import { openVolume } from "../volume/formats.ts";
import { encodePng } from "../volume/png/encode.ts";
import type { Watched } from "./sink.ts";

/** Milliseconds between pictures. */
const PAUSE = 30_000;

/** Longest edge of a picture; larger sections are thinned. */
const EDGE = 768;

/** Bytes of a section, and of a file that is read whole, beyond which nothing is read. */
const MOST_BYTES = 64 * 2 ** 20;

/** A PNG with three colours. */
export type Picture = { readonly png: Uint8Array; readonly height: number; readonly width: number };

/** Draws some of the cases of a run. */
export class Samples {
	readonly #cases: ReadonlyMap<string, Watched["cases"][number]>;
	readonly #onPicture: (id: string, picture: Picture) => void;
	readonly #pause: number;
	readonly #aborter = new AbortController();
	#left: number;
	#next = Number.NEGATIVE_INFINITY;
	#drawing: Promise<void> | undefined;

	constructor(cases: Watched["cases"], most: number, onPicture: (id: string, picture: Picture) => void, pause = PAUSE) {
		this.#cases = new Map(cases.map((entry) => [entry.id, entry]));
		this.#left = most;
		this.#onPicture = onPicture;
		this.#pause = pause;
	}

	/** A case is done: it is drawn, if it is time. Never throws. */
	offer(id: string): void {
		const entry = this.#cases.get(id);
		const now = performance.now();
		if (entry === undefined || this.#left <= 0 || now < this.#next || this.#drawing !== undefined) return;
		this.#next = now + this.#pause;
		this.#drawing = this.#draw(entry)
			.catch(() => undefined)
			.then(() => {
				this.#drawing = undefined;
			});
	}

	/** Waits for the picture in hand, but not for long. */
	async close(): Promise<void> {
		this.#left = 0;
		const timer = setTimeout(() => this.#aborter.abort(), 5000);
		await this.#drawing;
		clearTimeout(timer);
	}

	async #draw({ id, files, output }: Watched["cases"][number]): Promise<void> {
		const picture = await drawSample(files[0] ?? "", output, this.#aborter.signal);
		if (picture === undefined) return;
		this.#left--;
		this.#onPicture(id, picture);
	}
}

/** The middle section of `image` with `output` over it; undefined where that is not cheap or they do not fit. @throws VOLUME, ... */
export async function drawSample(image: string, output: string, signal: AbortSignal): Promise<Picture | undefined> {
	if (!(await isCheap(image)) || !(await isCheap(output))) return undefined;
	const below = await openVolume(image, { signal });
	try {
		const above = await openVolume(output, { signal });
		try {
			return await draw(first(below), first(above), signal);
		} finally {
			await above.close();
		}
	} finally {
		await below.close();
	}
}

function first(reader: Parameters<typeof spaceReader>[0]): SpaceReader {
	return reader.info.axes?.includes("c") === true ? spaceReader(reader, 0) : spaceReader(reader);
}

async function draw(image: SpaceReader, found: SpaceReader, signal: AbortSignal): Promise<Picture | undefined> {
	const { shape } = found;
	const [depth, height, width] = shape;
	if (!sameShape(image.shape, shape) || sectionBytes(image) > MOST_BYTES || sectionBytes(found) > MOST_BYTES)
		return undefined;
	const z = Math.floor(depth / 2);
	const box: Box = { start: [z, 0, 0], stop: [z + 1, height, width] };
	const step = Math.max(1, Math.ceil(Math.max(height, width) / EDGE));
	const [grey, values] = [await image.read(box, { signal }), await found.read(box, { signal })];
	const size = [Math.ceil(height / step), Math.ceil(width / step)] as const;
	const labels = labelsOf(thinned(values, width, step));
	const picture = objectOverlay(greyLevels(thinned(grey, width, step)), labels, size);
	return { png: await encodePng(picture), height: size[0], width: size[1] };
}

/** Bytes that have to be read for one section. */
function sectionBytes({ shape, chunks, bytes }: SpaceReader): number {
	return bytes * sizeOf([chunks?.[0] ?? 1, shape[1], shape[2]]);
}

/** A folder of chunks is read in parts; a file may have to be unpacked whole. Places behind URLs are not read twice. */
async function isCheap(path: string): Promise<boolean> {
	const found = await stat(path).catch(() => undefined);
	return found !== undefined && (found.isDirectory() || found.size <= MOST_BYTES);
}

/** Every `step`-th voxel of every `step`-th row. */
function thinned({ data, dtype, shape }: NdArray, width: number, step: number): Float32Array {
	const height = shape.at(-2) ?? 1;
	const columns = Math.ceil(width / step);
	const values = new Float32Array(Math.ceil(height / step) * columns);
	for (let i = 0; i < values.length; i++) {
		const from = Math.floor(i / columns) * step * width + (i % columns) * step;
		const value = Number(data[from] ?? 0);
		values[i] = dtype === "float16" ? fromHalf(value) : value;
	}
	return values;
}

/** Whole numbers are ids; of others what lies above the middle counts as found. */
function labelsOf(values: Float32Array): Uint32Array {
	const isWhole = values.every((value) => Number.isInteger(value) && value >= 0);
	if (isWhole) return Uint32Array.from(values);
	let highest = 0;
	for (const value of values) highest = Math.max(highest, value);
	return Uint32Array.from(values, (value) => (value > highest / 2 ? 1 : 0));
}
