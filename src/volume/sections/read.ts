/**
 * Reads boxes of a stack of files: each file is opened when a box touches it, and closed again.
 *
 * Decoded files are kept in a bounded cache where their format gives them whole or packed; plain TIFF is read where it lies.
 *
 * @module
 */
import { copyBox, type NdArray } from "../../core/array.ts";
import { type Box, boxShape, intersect, shift, wholeBox } from "../../core/box.ts";
import { DTYPES } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { BoundedCache } from "../bounded-cache.ts";
import { arrayFor, checkBox } from "../check.ts";
import { inLanes } from "../lanes.ts";
import type { IoOptions, VolumeInfo, VolumeReader } from "../volume.ts";
import { openImage } from "./images.ts";
import { requireAlike, type Stack, tileExtent } from "./tiles.ts";

/** Bytes of decoded files that are kept; one that is larger is kept until the next. */
export const KEPT_BYTES: number = 1 << 27;

/** Files read at a time. */
const LANES = 4;

/** A file's place in the volume. */
type Place = {
	readonly z: number;
	readonly row: number;
	readonly column: number;
	readonly path: string | undefined;
	/** Rows and columns of the volume that it covers. */
	readonly extent: readonly [number, number];
};

/** An open stack. */
export class SectionsReader implements VolumeReader {
	readonly info: VolumeInfo;
	readonly #stack: Stack;
	readonly #kept = new BoundedCache<string, NdArray>(KEPT_BYTES, ({ data }) => data.byteLength);

	constructor(stack: Stack) {
		this.#stack = stack;
		this.info = infoOf(stack);
	}

	/** @inheritdoc */
	async read(box: Box, { signal }: IoOptions = {}): Promise<NdArray> {
		const { path, shape, dtype } = this.info;
		checkBox(path, shape, box);
		const target = arrayFor(path, dtype, box);
		const lanes = Math.max(1, Math.min(LANES, Math.floor(KEPT_BYTES / this.#tileBytes())));
		await inLanes(this.#places(box), lanes, async (place) => {
			throwIfAborted(signal);
			await this.#readPlace(place, box, target, signal === undefined ? {} : { signal });
		});
		return target;
	}

	/** @inheritdoc */
	async close(): Promise<void> {
		this.#kept.clear();
	}

	*#places({ start, stop }: Box): Generator<Place> {
		const { grid, tile } = this.#stack;
		for (let z = start[0] ?? 0; z < (stop[0] ?? 0); z++) {
			for (let row = Math.floor((start[1] ?? 0) / tile[0]); row * tile[0] < (stop[1] ?? 0); row++) {
				for (let column = Math.floor((start[2] ?? 0) / tile[1]); column * tile[1] < (stop[2] ?? 0); column++) {
					const extent = tileExtent(this.#stack, row, column);
					yield { z, row, column, extent, path: grid.files[(z * grid.rows + row) * grid.columns + column] };
				}
			}
		}
	}

	/** Puts what `place` and `box` share into `target`. */
	async #readPlace(place: Place, box: Box, target: NdArray, io: IoOptions): Promise<void> {
		const { z, row, column, path } = place;
		const { tile, shape } = this.#stack;
		const corner = [z, row * tile[0], column * tile[1], 0].slice(0, shape.length);
		const extent = [1, ...place.extent, ...shape.slice(3)];
		const shared = intersect(box, { start: corner, stop: corner.map((start, axis) => start + (extent[axis] ?? 0)) });
		const to = shared.start.map((start, axis) => start - (box.start[axis] ?? 0));
		if (path === undefined) return this.#fill(target, boxShape(shared), to);
		const inTile = dropFirst(
			shift(
				shared,
				corner.map((start) => -start),
			),
		);
		const { array, from } = await this.#load(path, place, inTile, io);
		const section = { ...array, shape: [1, ...array.shape] };
		copyBox(section, { start: [0, ...from.start], stop: [1, ...from.stop] }, target, to);
	}

	/** An array that holds `box` of the file at `path`, and where in it. */
	async #load(path: string, place: Place, box: Box, io: IoOptions): Promise<{ array: NdArray; from: Box }> {
		const isWhole = boxShape(box).every(
			(extent, axis) => extent === [...place.extent, ...this.#stack.shape.slice(3)][axis],
		);
		if (this.#isKept(isWhole)) {
			const array = await this.#kept.get(path, () => this.#readFile(path, place, undefined, {}));
			return { array, from: box };
		}
		return { array: await this.#readFile(path, place, box, io), from: wholeBox(boxShape(box)) };
	}

	/** True where a part of a file costs as much as all of it, and all of it is not asked for anyway. */
	#isKept(isWhole: boolean): boolean {
		const { first } = this.#stack;
		const isSmall = this.#tileBytes() <= KEPT_BYTES / LANES;
		if (first.format === "tiff") return isSmall && first.compression !== "none";
		return isSmall || !isWhole;
	}

	#tileBytes(): number {
		const { dtype, tile, shape } = this.#stack;
		return tile[0] * tile[1] * sizeOf(shape.slice(3)) * DTYPES[dtype].bytes;
	}

	async #readFile(path: string, { row, column }: Place, box: Box | undefined, io: IoOptions): Promise<NdArray> {
		const reader = await openImage(path, io);
		try {
			requireAlike(this.#stack, reader.info, row, column);
			return await reader.read(box ?? wholeBox(reader.info.shape), io);
		} finally {
			await reader.close();
		}
	}

	#fill(target: NdArray, extent: readonly number[], to: readonly number[]): void {
		const { background, dtype } = this.#stack;
		if (background === 0) return;
		const blank = arrayFor(this.info.path, dtype, wholeBox(extent));
		if (blank.data instanceof BigUint64Array || blank.data instanceof BigInt64Array)
			blank.data.fill(BigInt(background));
		else blank.data.fill(background);
		copyBox(blank, wholeBox(extent), target, to);
	}
}

function dropFirst({ start, stop }: Box): Box {
	return { start: start.slice(1), stop: stop.slice(1) };
}

function infoOf({ name, grid, first, dtype, shape, tile, background }: Stack): VolumeInfo {
	const { missing } = grid;
	const what = grid.rows * grid.columns > 1 ? "tiles" : "sections";
	const gap =
		missing === undefined
			? []
			: [
					`${missing.count} of its ${grid.files.length} ${what} are missing and read as ${background}, the first: ${missing.first}`,
				];
	const notes = [...gap, ...(first.notes ?? [])];
	return {
		format: "sections",
		path: name,
		dtype,
		shape,
		axes: shape.length === 4 ? "zyxc" : "zyx",
		chunks: [1, ...tile, ...shape.slice(3)],
		...(first.compression === undefined ? {} : { compression: first.compression }),
		...(notes.length === 0 ? {} : { notes }),
	};
}
