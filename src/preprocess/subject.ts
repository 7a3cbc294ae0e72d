/**
 * What one pass of the network sees: an image (or one section of it), transposed, cropped to its non-zero part, normalised, resampled.
 *
 * @module
 */
import { cut, type NdArray } from "../core/array.ts";
import { type Box, boxShape, shift } from "../core/box.ts";
import type { DType, NumberDType } from "../core/dtype.ts";
import { NnvolError } from "../core/errors.ts";
import { sameShape, shapeText, sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { toFloat32 } from "../image/cast.ts";
import { nonzeroBox } from "../image/nonzero.ts";
import { transpose } from "../image/transpose.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Image } from "./image.ts";
import { channelsOf, imageMask, normaliseChannels } from "./normalise.ts";
import { oneHot } from "./previous.ts";
import { resampleData, resampleSegmentation } from "./resample.ts";
import type { Statistics } from "./scale.ts";
import { PLAIN_SPACING, resampledShape, targetSpacing } from "./spacing.ts";

/** nnU-Net's reader of plain 2D images, which knows no spacing: what they train is never resampled. */
const PLAIN_IMAGES = "NaturalImage2DIO";

/** Voxels ready for the network. */
export type Subject = {
	/** float32, C, Z, Y, X: the cropped part after transposition, at the model's spacing; labels of a previous stage behind the image's channels. */
	readonly data: Float32Array;
	readonly channels: number;
	/** Extents of `data`. */
	readonly shape: Zyx;
	/** The cropped part within the transposed image (z, y, x), before it was resampled. */
	readonly crop: Box;
	/** First and last (exclusive) section of the transposed image that this subject stands for. */
	readonly sections: readonly [number, number];
	/** Spacing (z, y, x) of the transposed image, and of `data`. */
	readonly spacing: { readonly image: Zyx; readonly network: Zyx };
};

/** An image after transposition, still in its own element type; `shape` is its extents then, `spacing` undefined where nothing says it. */
export type Oriented = { readonly array: NdArray; readonly shape: Zyx; readonly spacing?: Zyx };

/** Applies the model's `transpose_forward` to the spatial axes. */
export function orient(image: Pick<Image, "array" | "spacing">, spec: ModelSpec): Oriented {
	const array = transpose(image.array, [0, ...spec.transposeForward.map((axis) => axis + 1)]);
	const shape = zyx(array.shape.slice(1));
	const spacing = orientSpacing(image.spacing, spec);
	return spacing === undefined ? { array, shape } : { array, shape, spacing };
}

/** The spacing of an image (z, y, x) after transposition; undefined where nothing says it. */
export function orientSpacing(spacing: Zyx | undefined, spec: ModelSpec): Zyx | undefined {
	const known = spec.reader === PLAIN_IMAGES ? PLAIN_SPACING : spacing;
	return known === undefined ? undefined : permute(known, spec.transposeForward);
}

/** Where the subjects of an oriented image lie along its first spatial axis: one range each. */
export function subjectRanges(shape: Zyx, sectionwise: boolean): (readonly [number, number])[] {
	if (!sectionwise) return [[0, shape[0]]];
	return Array.from({ length: shape[0] }, (_, z) => [z, z + 1] as const);
}

/** What a subject is made with, besides the image. */
export type SubjectOptions = {
	readonly statistics: Statistics;
	/** Labels of the previous stage of a cascade, transposed as the image: Z, Y, X. */
	readonly previous?: NdArray<"int16">;
};

/**
 * Makes the subject of sections `from <= z < to`: cropped, normalised, resampled, in nnU-Net's order.
 *
 * @throws INPUT where nothing would be left at the model's spacing
 */
export function prepareSubject(
	oriented: Oriented,
	from: number,
	to: number,
	spec: ModelSpec,
	options: SubjectOptions,
): Subject {
	const part = sectionsOf(oriented.array, from, to);
	const [channels = 0, ...extents] = part.shape;
	const box = nonzeroBox(channelsOf(comparable(part)), extents);
	const floats = toFloat32(copyOf(part, { start: [0, ...box.start], stop: [channels, ...box.stop] }));
	const crop = shift(box, [from, 0, 0]);
	const labels = options.previous === undefined ? undefined : cut(options.previous, crop);
	const masked = spec.normalization.some((scheme) => scheme.kind === "zscore" && scheme.useMask);
	const mask = masked || labels !== undefined ? imageMask(floats) : undefined;
	if (labels !== undefined && mask !== undefined) markOutside(labels.data, mask);
	normaliseChannels(floats, spec.normalization, options.statistics, masked ? mask : undefined);
	const place = placeOf(zyx(boxShape(crop)), oriented.spacing, spec);
	const { image, network } = place.spacing;
	const resampled = resampleData(floats, place.shape, image, network, spec.resampling.data);
	const shape = zyx(resampled.shape.slice(1)); // plans may say that nothing is resampled whatever the spacing
	const base = { shape, crop, sections: [from, to] as const, spacing: place.spacing };
	if (labels === undefined) return { ...base, data: resampled.data, channels };
	const previous = resampleSegmentation(labels, place.shape, image, network, spec.resampling.segmentation);
	requireSameGrid(shape, zyx(previous.shape));
	const values = spec.previousLabels ?? [];
	return { ...base, data: joined(resampled.data, oneHot(previous.data, values)), channels: channels + values.length };
}

/** The array itself where all its sections are wanted: no copy. */
function sectionsOf(array: NdArray, from: number, to: number): NdArray {
	const [channels = 0, depth = 0, height = 0, width = 0] = array.shape;
	if (from === 0 && to === depth) return array;
	return cut(array, { start: [0, from, 0, 0], stop: [channels, to, height, width] });
}

/** The voxels of `box`, to be turned to float32 and changed: no copy where that makes one of the whole anyway. */
function copyOf(array: NdArray, box: Box): NdArray {
	const isWhole = array.dtype !== "float32" && sameShape(boxShape(box), array.shape);
	return isWhole ? array : cut(array, box);
}

/** Element types that are held against zero as float32: big integers, halves, and doubles, of which small ones become zero. */
const NOT_COMPARED: readonly DType[] = ["uint64", "int64", "float16", "float64"];

/** Elements that can be held against zero. */
function comparable(array: NdArray): NdArray<NumberDType> {
	return isNumeric(array) ? array : toFloat32(array);
}

function isNumeric(array: NdArray): array is NdArray<NumberDType> {
	return !NOT_COMPARED.includes(array.dtype);
}

/** Plans may resample images and labels by functions that do not fit each other. @throws MODEL */
function requireSameGrid(image: Zyx, labels: Zyx): void {
	if (sameShape(image, labels)) return;
	throw new NnvolError(
		"MODEL",
		`the model's plans make an image of ${shapeText(image)} and labels of the previous stage of ${shapeText(labels)} voxels from one case; resampling_fn_data and resampling_fn_seg in plans.json must fit each other`,
	);
}

/** -1 where the previous stage saw background outside of the image's foreground; `labels` are changed. */
function markOutside(labels: Int16Array, mask: Uint8Array): void {
	for (let i = 0; i < labels.length; i++) {
		if (mask[i] === 0 && labels[i] === 0) labels[i] = -1;
		else mask[i] = 1; // masked statistics are taken wherever the labels are not -1
	}
}

/** Extents and spacings of a cropped part of `shape` in the network's space. Without a spacing nothing is resampled. */
export function placeOf(shape: Zyx, spacing: Zyx | undefined, spec: ModelSpec): Pick<Subject, "shape" | "spacing"> {
	const image = spacing ?? zyx(spec.spacing.length === 2 ? [1, ...spec.spacing] : spec.spacing);
	const network = targetSpacing(spec, image);
	const resampled = resampledShape(shape, image, network);
	if (sizeOf(resampled) > 0) return { shape: resampled, spacing: { image, network } };
	throw new NnvolError(
		"INPUT",
		`at the model's spacing (${network.join(" x ")}, z, y, x) nothing is left of ${shapeText(shape)} voxels of ${image.join(" x ")}; is the spacing of the image right? data.spacing in a configuration overrules it`,
		{ fields: { spacing: image, target: network, shape } },
	);
}

function joined(a: Float32Array, b: Float32Array): Float32Array<ArrayBuffer> {
	const all = new Float32Array(a.length + b.length);
	all.set(a);
	all.set(b, a.length);
	return all;
}

function permute(values: Zyx, order: readonly number[]): Zyx {
	return zyx(order.map((axis) => values[axis] ?? 1));
}
