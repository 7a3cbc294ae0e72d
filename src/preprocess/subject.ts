/**
 * What one pass of the network sees: an image (or one section of it), transposed, cropped to its non-zero part, normalised.
 *
 * @module
 */
import { cut, type NdArray } from "../core/array.ts";
import { type Box, boxShape, shift } from "../core/box.ts";
import { NnvolError } from "../core/errors.ts";
import { shapeText, type Zyx, zyx } from "../core/shape.ts";
import { toFloat32 } from "../image/cast.ts";
import { nonzeroBox } from "../image/nonzero.ts";
import { transpose } from "../image/transpose.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Image } from "./image.ts";
import { channelsOf, normaliseChannels, type Statistics } from "./normalise.ts";
import { resampledShape, targetSpacing } from "./spacing.ts";

/** nnU-Net's reader of plain 2D images, which knows no spacing: what they train is never resampled. */
const PLAIN_IMAGES = "NaturalImage2DIO";

/** Voxels ready for the network. */
export type Subject = {
	/** float32, C, Z, Y, X of the cropped part, after transposition. */
	readonly data: Float32Array;
	readonly channels: number;
	/** Extents of the cropped part. */
	readonly shape: Zyx;
	/** The cropped part within the transposed image (z, y, x). */
	readonly crop: Box;
	/** First and last (exclusive) section of the transposed image that this subject stands for. */
	readonly sections: readonly [number, number];
};

/** An image after transposition, still in its own element type; `shape` is its extents then. */
export type Oriented = { readonly array: NdArray; readonly shape: Zyx };

/** Applies the model's `transpose_forward` to the spatial axes. */
export function orient(image: Image, spec: ModelSpec): Oriented {
	const array = transpose(image.array, [0, ...spec.transposeForward.map((axis) => axis + 1)]);
	return { array, shape: zyx(array.shape.slice(1)) };
}

/** Where the subjects of an oriented image lie along its first spatial axis: one range each. */
export function subjectRanges(shape: Zyx, sectionwise: boolean): (readonly [number, number])[] {
	if (!sectionwise) return [[0, shape[0]]];
	return Array.from({ length: shape[0] }, (_, z) => [z, z + 1] as const);
}

/** Makes the subject of sections `from <= z < to`. */
export function prepareSubject(
	oriented: Oriented,
	from: number,
	to: number,
	spec: ModelSpec,
	statistics: Statistics,
): Subject {
	const [channels = 0] = oriented.array.shape;
	const part = cut(oriented.array, {
		start: [0, from, 0, 0],
		stop: [channels, to, oriented.shape[1], oriented.shape[2]],
	});
	const floats = toFloat32(part);
	const box = nonzeroBox(channelsOf(floats), part.shape.slice(1));
	const inside = cut(floats, { start: [0, ...box.start], stop: [channels, ...box.stop] });
	const shape = zyx(boxShape(box));
	normaliseChannels(inside, spec.normalization, statistics);
	return { data: inside.data, channels, shape, crop: shift(box, [from, 0, 0]), sections: [from, to] };
}

/**
 * Makes sure that nothing needs resampling. A model of plain 2D images knows no spacing and takes the voxels as they are.
 *
 * @throws UNBUILT where the image's spacing differs so much from the model's that its shape would change
 */
export function requireNoResampling(image: Image, spec: ModelSpec): void {
	if (image.spacing === undefined || spec.reader === PLAIN_IMAGES) return;
	const spacing = permute(image.spacing, spec.transposeForward);
	const shape = permute(image.shape, spec.transposeForward);
	const target = targetSpacing(spec, spacing);
	const resampled = resampledShape(shape, spacing, target);
	if (resampled.every((extent, axis) => extent === shape[axis])) return;
	throw new NnvolError(
		"UNBUILT",
		`the image has a spacing of ${spacing.join(" x ")} (z, y, x), the model works at ${target.join(" x ")}: it would be resampled from ${shapeText(shape)} to ${shapeText(resampled)}, which is not built yet; resample it before, or where the file's spacing is wrong, correct it or give data.spacing in a configuration`,
		{ fields: { spacing, target } },
	);
}

function permute(values: Zyx, order: readonly number[]): Zyx {
	return zyx(order.map((axis) => values[axis] ?? 1));
}
