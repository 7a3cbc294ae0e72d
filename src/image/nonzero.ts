/**
 * The box that holds every voxel that is not zero in some channel: what nnU-Net crops to.
 *
 * Holes inside the foreground never change the box, so they are not filled here.
 *
 * @module
 */
import { type Box, wholeBox } from "../core/box.ts";
import type { DataOf, NumberDType } from "../core/dtype.ts";
import { asZyx, type Shape, shapeText, sizeOf } from "../core/shape.ts";

/** Inclusive bounds found so far, z, y, x. */
type Bounds = { readonly low: [number, number, number]; readonly high: [number, number, number] };

/**
 * Half-open box (axes as in `shape`, up to three) around the voxels that are not 0 in one of `channels`, each C-ordered
 * over `shape`; the whole box where all are 0. NaN is not zero.
 *
 * @throws RangeError where a channel's length is not the shape's
 */
export function nonzeroBox(channels: readonly DataOf<NumberDType>[], shape: Shape): Box {
	return nonzeroPart(channels, shape) ?? wholeBox(shape);
}

/** As `nonzeroBox`, undefined where all are 0: for parts of a volume, to be joined by `joinBoxes`. */
export function nonzeroPart(channels: readonly DataOf<NumberDType>[], shape: Shape): Box | undefined {
	const bounds: Bounds = { low: [Infinity, Infinity, Infinity], high: [-1, -1, -1] };
	for (const data of channels) {
		if (data.length !== sizeOf(shape)) {
			throw new RangeError(`nonzeroBox: expected ${shapeText(shape)} voxels a channel, found ${data.length}`);
		}
		widen(bounds, data, shape);
	}
	if (bounds.high[0] < 0) return undefined;
	const skip = 3 - shape.length;
	return { start: bounds.low.slice(skip), stop: bounds.high.slice(skip).map((last) => last + 1) };
}

/** The smallest box around both; undefined stands for no voxel. */
export function joinBoxes(a: Box | undefined, b: Box | undefined): Box | undefined {
	if (a === undefined || b === undefined) return a ?? b;
	return {
		start: a.start.map((start, axis) => Math.min(start, b.start[axis] ?? start)),
		stop: a.stop.map((stop, axis) => Math.max(stop, b.stop[axis] ?? stop)),
	};
}

/** 1 where one of `channels` is not 0, else 0: nnU-Net's mask before its holes are filled. */
export function nonzeroMask(channels: readonly DataOf<NumberDType>[], shape: Shape): Uint8Array<ArrayBuffer> {
	const mask = new Uint8Array(sizeOf(shape));
	for (const data of channels) {
		if (data.length !== mask.length) {
			throw new RangeError(`nonzeroMask: expected ${shapeText(shape)} voxels a channel, found ${data.length}`);
		}
		for (let i = 0; i < mask.length; i++) if (data[i] !== 0) mask[i] = 1;
	}
	return mask;
}

function widen(bounds: Bounds, data: DataOf<NumberDType>, shape: Shape): void {
	const [depth, height, width] = asZyx(shape);
	const { low, high } = bounds;
	for (let z = 0; z < depth; z++) {
		for (let y = 0; y < height; y++) {
			const row = (z * height + y) * width;
			const first = firstNonzero(data, row, width);
			if (first < 0) continue;
			const last = lastNonzero(data, row, width);
			low[0] = Math.min(low[0], z);
			low[1] = Math.min(low[1], y);
			low[2] = Math.min(low[2], first);
			high[0] = Math.max(high[0], z);
			high[1] = Math.max(high[1], y);
			high[2] = Math.max(high[2], last);
		}
	}
}

function firstNonzero(data: DataOf<NumberDType>, row: number, width: number): number {
	for (let x = 0; x < width; x++) if (data[row + x] !== 0) return x;
	return -1;
}

function lastNonzero(data: DataOf<NumberDType>, row: number, width: number): number {
	for (let x = width - 1; x >= 0; x--) if (data[row + x] !== 0) return x;
	return -1;
}
