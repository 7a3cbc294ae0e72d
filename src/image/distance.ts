/**
 * Exact Euclidean distance transforms, with a spacing an axis.
 *
 * A voxel's squared distance is found an axis after the other: along x by scanning, along y and z by looking as far as something
 * nearer can lie, or, where that is far, as the lower envelope of parabolas (Felzenszwalb and Huttenlocher 2012). Along a
 * line only runs of one label are looked at: whatever lies behind the end of a run is farther than the end.
 *
 * @module
 */
import { asZyx, type Shape, shapeText, sizeOf, type Zyx } from "../core/shape.ts";
import { acrossLines, type LineAxis, scanLines } from "./distance-lines.ts";
import { letGo } from "./wasm.ts";

/** Labels of up to 32 bits, one a voxel; 0 is background. */
export type LabelVoxels = Uint8Array | Uint16Array | Uint32Array;

/** Whether everything outside the volume is background (`edt`'s `black_border`), or nothing is there. */
export type Border = "background" | "ignored";

/**
 * Distance of each voxel of `mask` that is not 0 to the nearest one that is, between their centres in units of `spacing`; 0 on
 * the background. C-ordered over `shape`, whose last one to three axes `spacing` has a number for. Infinity where there is no
 * background. As `scipy.ndimage.distance_transform_edt(mask, sampling)`, rounded to float32, and `edt.edt`.
 *
 * @throws RangeError where the lengths do not fit or a spacing is not above 0
 */
export function distance(
	mask: Uint8Array,
	shape: Shape,
	spacing: readonly number[],
	border: Border = "ignored",
): Float32Array<ArrayBuffer> {
	return transformed(mask, axesOf(mask.length, shape, spacing, border), true);
}

/**
 * As `distance`, of each labelled voxel to the nearest one with another label, 0 among them: as `edt.edt` of labels.
 *
 * @throws RangeError where the lengths do not fit or a spacing is not above 0
 */
export function distanceLabels(
	labels: LabelVoxels,
	shape: Shape,
	spacing: readonly number[],
	border: Border = "ignored",
): Float32Array<ArrayBuffer> {
	const wide = labels instanceof Uint32Array ? labels : new Uint32Array(labels);
	return transformed(wide, axesOf(labels.length, shape, spacing, border), true);
}

/**
 * The squares of `distance`.
 *
 * @throws RangeError where the lengths do not fit or a spacing is not above 0
 */
export function squaredDistance(
	mask: Uint8Array,
	shape: Shape,
	spacing: readonly number[],
	border: Border = "ignored",
): Float32Array<ArrayBuffer> {
	return transformed(mask, axesOf(mask.length, shape, spacing, border), false);
}

/** Axis after axis, the fastest first; bytes are a mask. */
function transformed(
	labels: Uint8Array | Uint32Array,
	axes: readonly LineAxis[],
	wantsRoots: boolean,
): Float32Array<ArrayBuffer> {
	const squared = new Float32Array(labels.length);
	const [first, ...others] = axes.toReversed();
	if (first === undefined || labels.length === 0) return squared;
	scanLines(labels, squared, first);
	const owners = labels instanceof Uint32Array ? labels : undefined;
	for (const [i, axis] of others.entries()) {
		acrossLines(owners, squared, axis, wantsRoots && i === others.length - 1);
	}
	letGo();
	return others.length === 0 && wantsRoots ? squared.map(Math.sqrt) : squared;
}

/** The axes of `shape` that `spacing` has numbers for, slowest first. */
function axesOf(voxels: number, shape: Shape, spacing: readonly number[], border: Border): LineAxis[] {
	const missing = shape.length - spacing.length;
	const fits = voxels === sizeOf(shape) && missing >= 0 && spacing.length > 0 && shape.length <= 3;
	if (!fits || shape.slice(0, missing).some((extent) => extent !== 1) || !spacing.every((step) => step > 0)) {
		throw new RangeError(
			`distance: expected as many voxels as ${shapeText(shape)} has and a spacing above 0 for each axis, found ${voxels} voxels and a spacing of [${spacing.join(", ")}]`,
		);
	}
	const [, height, width] = asZyx(shape);
	const strides: Zyx = [height * width, width, 1];
	const extents = asZyx(shape);
	return spacing.map((step, i) => {
		const axis = 3 - spacing.length + i;
		const length = extents[axis] ?? 1;
		return { length, stride: strides[axis] ?? 1, spacing: step, bounded: border === "background" };
	});
}
