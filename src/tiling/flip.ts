/**
 * Mirroring of channel-first tiles.
 *
 * Layout: float32 [channels, ...shape], C-ordered, up to three spatial axes; `axes` index `shape`.
 *
 * @module
 */
import { asZyx, type Shape, shapeText, sizeOf } from "../core/shape.ts";

/** Writes `source`, mirrored along `axes`, over `target`; two different arrays of the same size. */
export function flipInto(
	source: Float32Array,
	target: Float32Array,
	channels: number,
	shape: Shape,
	axes: readonly number[],
): void {
	eachRow(flipsOf(source, target, channels, shape, axes), channels, shape, (s, t, width, flipped) => {
		if (flipped) reverseRow(source, s, target, t, width);
		else target.set(source.subarray(s, s + width), t);
	});
}

/** Adds `source`, mirrored along `axes`, to `target` (sums rounded to float32); two different arrays of the same size. */
export function addFlipped(
	source: Float32Array,
	target: Float32Array,
	channels: number,
	shape: Shape,
	axes: readonly number[],
): void {
	eachRow(flipsOf(source, target, channels, shape, axes), channels, shape, (s, t, width, flipped) => {
		if (flipped) addReversedRow(source, s, target, t, width);
		else addRow(source, s, target, t, width);
	});
}

/** Whether z, y and x are flipped. */
type Flips = readonly [boolean, boolean, boolean];

/** Where a row begins in source and target, its length, and whether it is read from its end. */
type RowWork = (source: number, target: number, width: number, flipped: boolean) => void;

function eachRow([flipZ, flipY, flipX]: Flips, channels: number, shape: Shape, work: RowWork): void {
	const [depth, height, width] = asZyx(shape);
	for (let plane = 0; plane < channels * depth; plane++) {
		const from = flipZ ? mirrored(plane, depth) : plane;
		for (let y = 0; y < height; y++) {
			work((from * height + (flipY ? height - 1 - y : y)) * width, (plane * height + y) * width, width, flipX);
		}
	}
}

/** The plane that lies opposite within its channel's `depth` planes. */
function mirrored(plane: number, depth: number): number {
	const z = plane % depth;
	return plane - z + (depth - 1 - z);
}

function reverseRow(source: Float32Array, s: number, target: Float32Array, t: number, width: number): void {
	for (let x = 0; x < width; x++) target[t + x] = source[s + width - 1 - x] ?? 0;
}

function addRow(source: Float32Array, s: number, target: Float32Array, t: number, width: number): void {
	for (let x = 0; x < width; x++) target[t + x] = (target[t + x] ?? 0) + (source[s + x] ?? 0);
}

function addReversedRow(source: Float32Array, s: number, target: Float32Array, t: number, width: number): void {
	for (let x = 0; x < width; x++) target[t + x] = (target[t + x] ?? 0) + (source[s + width - 1 - x] ?? 0);
}

/** Whether z, y and x are flipped. @throws RangeError where arrays, shape and axes do not fit */
function flipsOf(
	source: Float32Array,
	target: Float32Array,
	channels: number,
	shape: Shape,
	axes: readonly number[],
): readonly [boolean, boolean, boolean] {
	const size = channels * sizeOf(shape);
	if (source.length !== size || target.length !== size || source === target) {
		throw new RangeError(
			`flip: expected two arrays of ${channels} channels of ${shapeText(shape)}, found ${source.length} and ${target.length} elements`,
		);
	}
	if (axes.some((axis) => !Number.isSafeInteger(axis) || axis < 0 || axis >= shape.length)) {
		throw new RangeError(`flip: axes [${axes.join(", ")}] of a tile with axes 0 to ${shape.length - 1}`);
	}
	const missing = 3 - shape.length;
	return [axes.includes(-missing), axes.includes(1 - missing), axes.includes(2 - missing)];
}
