/**
 * Tiles cut from a window: normalised on the way, zero where the padded volume has no voxels.
 *
 * @module
 */
import type { DType } from "../../core/dtype.ts";
import { sizeOf, type Zyx } from "../../core/shape.ts";
import type { ChannelScale } from "../../preprocess/scale.ts";
import { type Scaler, scalerOf } from "../../preprocess/scaler.ts";
import { flipInto } from "../../tiling/flip.ts";
import type { CutItem, TileCutter } from "../tile-cutter.ts";
import type { Piece, Window } from "./window.ts";

/** What the network sees of a window. Plain data. */
export type WindowView = {
	/** Where the network's first voxel lies in the window's source: z, y, x. */
	readonly offset: Zyx;
	/** Extents of what the network sees, without padding. */
	readonly shape: Zyx;
	/** Padding before each axis. */
	readonly before: readonly number[];
	/** z, y, x. */
	readonly patch: Zyx;
	/** As the network has it: without z where it is 2D. Mirrored axes count in it. */
	readonly networkPatch: readonly number[];
	/** One a channel. */
	readonly scales: readonly ChannelScale[];
};

/** Scalers that are kept: sections that are normalised by themselves have their own. */
const MOST_SCALERS = 64;

/** Cuts tiles from `window`, whose voxels are of type `dtype`. */
export class WindowCutter implements TileCutter<WindowView> {
	readonly #window: Window;
	readonly #dtype: DType;
	readonly #scalers = new Map<string, readonly Scaler[]>();
	#scratch = new Float32Array(0);
	/** Batches are cut one after the other: the window only moves forward. */
	#last: Promise<unknown> = Promise.resolve();

	constructor(window: Window, dtype: DType) {
		this.#window = window;
		this.#dtype = dtype;
	}

	cut(items: readonly CutItem<WindowView>[], buffer?: Float32Array<ArrayBuffer>): Promise<Float32Array<ArrayBuffer>> {
		const result = this.#last.then(() => this.#cut(items, buffer));
		this.#last = result.catch(() => undefined);
		return result;
	}

	async close(): Promise<void> {
		await this.#last;
		await this.#window.close();
	}

	async #cut(
		items: readonly CutItem<WindowView>[],
		buffer: Float32Array<ArrayBuffer> | undefined,
	): Promise<Float32Array<ArrayBuffer>> {
		const sizes = items.map(({ view }) => view.scales.length * sizeOf(view.patch));
		const length = sizes.reduce((sum, size) => sum + size, 0);
		const target = buffer?.length === length ? buffer : new Float32Array(length);
		let at = 0;
		for (const [n, item] of items.entries()) {
			const size = sizes[n] ?? 0;
			const held = this.#hold(item);
			if (held !== undefined) await held;
			this.#place(item, target.subarray(at, at + size));
			at += size;
		}
		return target;
	}

	/** Makes sure that the window holds a tile's sections. */
	#hold({ view, start }: CutItem<WindowView>): Promise<void> | undefined {
		const { offset, shape, before, patch } = view;
		const first = (start[0] ?? 0) - (before[0] ?? 0);
		return this.#window.hold(offset[0] + Math.max(0, first), offset[0] + Math.min(shape[0], first + patch[0]));
	}

	#place({ view, start, flips }: CutItem<WindowView>, target: Float32Array): void {
		const scalers = this.#scalersOf(view.scales);
		if (flips.length === 0) {
			cutTile(this.#window, view, scalers, start, target);
			return;
		}
		if (this.#scratch.length !== target.length) this.#scratch = new Float32Array(target.length);
		cutTile(this.#window, view, scalers, start, this.#scratch);
		flipInto(this.#scratch, target, view.scales.length, view.networkPatch, flips);
	}

	#scalersOf(scales: readonly ChannelScale[]): readonly Scaler[] {
		const key = JSON.stringify(scales);
		const known = this.#scalers.get(key);
		if (known !== undefined) return known;
		if (this.#scalers.size >= MOST_SCALERS) this.#scalers.clear();
		const made = scales.map((scale) => scalerOf(this.#dtype, scale));
		this.#scalers.set(key, made);
		return made;
	}
}

/** Writes the tile at `start` (of the padded volume) to `target`, float32 [C, ...patch]. */
function cutTile(
	window: Window,
	{ shape, before, patch, offset }: WindowView,
	scalers: readonly Scaler[],
	start: readonly number[],
	target: Float32Array,
): void {
	const first = start.map((value, axis) => value - (before[axis] ?? 0));
	const low = first.map((value) => Math.max(0, -value));
	const high = first.map((value, axis) => Math.min(patch[axis] ?? 1, (shape[axis] ?? 1) - value));
	const isWhole = low.every((value) => value === 0) && high.every((value, axis) => value === patch[axis]);
	if (!isWhole) target.fill(0);
	const [z0 = 0, y0 = 0, x0 = 0] = first.map((value, axis) => value + (offset[axis] ?? 0));
	const [zFrom = 0, yFrom = 0, xFrom = 0] = low;
	const [zTo = 0, yTo = 0, xTo = 0] = high;
	for (let z = zFrom; z < zTo; z++) {
		const { from, pieces } = window.at(z0 + z);
		const plane = { z: z0 + z - from, y0, x0, yFrom, xFrom, yTo, xTo };
		for (const piece of pieces) {
			for (const [channel, scale] of scalers.entries()) {
				scalePiece(piece, plane, channel, scale, target, (channel * patch[0] + z) * patch[1] * patch[2], patch[2]);
			}
		}
	}
}

/** A section of a tile: its first voxel lies at row `y0` and column `x0` of the source, rows and columns of it are wanted. */
type TileSection = {
	/** Within the slab. */
	readonly z: number;
	readonly y0: number;
	readonly x0: number;
	readonly yFrom: number;
	readonly xFrom: number;
	readonly yTo: number;
	readonly xTo: number;
};

/** Writes what of a section lies in a piece to `target`, where the section begins at `to`. */
function scalePiece(
	{ box, array }: Piece,
	{ z, y0, x0, yFrom, xFrom, yTo, xTo }: TileSection,
	channel: number,
	scale: Scaler,
	target: Float32Array,
	to: number,
	pitch: number,
): void {
	const [, top = 0, left = 0] = box.start;
	const [, bottom = 0, right = 0] = box.stop;
	const [, depth = 0, height = 0, width = 0] = array.shape;
	const [first, last] = [Math.max(yFrom, top - y0), Math.min(yTo, bottom - y0)];
	const begin = Math.max(xFrom, left - x0);
	const count = Math.min(xTo, right - x0) - begin;
	if (count <= 0) return;
	const section = (channel * depth + z) * height;
	for (let y = first; y < last; y++) {
		scale(array.data, (section + y0 + y - top) * width + x0 + begin - left, target, to + y * pitch + begin, count);
	}
}
