/**
 * Exact Euclidean distance transforms, with a spacing an axis.
 *
 * A voxel's squared distance is found an axis after the other: along x by scanning, along y and z as the lower envelope of
 * parabolas (Felzenszwalb and Huttenlocher 2012). Along a line only runs of one label are looked at: whatever lies behind
 * the end of a run is farther than the end.
 *
 * @module
 */
import { asZyx, type Shape, shapeText, sizeOf, type Zyx } from "../core/shape.ts";
import { type Envelope, envelopeFor, lowerRun } from "./parabolas.ts";

/** Labels of up to 32 bits, one a voxel; 0 is background. */
export type LabelVoxels = Uint8Array | Uint16Array | Uint32Array;

/** Whether everything outside the volume is background (`edt`'s `black_border`), or nothing is there. */
export type Border = "background" | "ignored";

/** The lines of one axis: where each begins, and how far its voxels lie apart. */
type Axis = { readonly length: number; readonly stride: number; readonly spacing: number; readonly bounded: boolean };

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
	const bits = new Uint8Array(mask.length);
	for (let i = 0; i < bits.length; i++) bits[i] = mask[i] === 0 ? 0 : 1;
	return distanceLabels(bits, shape, spacing, border);
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
	const squared = squaredDistance(labels, shape, spacing, border);
	for (let i = 0; i < squared.length; i++) squared[i] = Math.sqrt(squared[i] ?? 0);
	return squared;
}

/**
 * The squares of `distanceLabels`.
 *
 * @throws RangeError where the lengths do not fit or a spacing is not above 0
 */
export function squaredDistance(
	labels: LabelVoxels,
	shape: Shape,
	spacing: readonly number[],
	border: Border = "ignored",
): Float32Array<ArrayBuffer> {
	const axes = axesOf(labels.length, shape, spacing, border);
	const squared = new Float32Array(labels.length);
	const envelope = envelopeFor(Math.max(...shape, 1));
	for (const [i, axis] of axes.toReversed().entries()) {
		if (i === 0) scanLines(labels, squared, axis);
		else envelopeLines(labels, squared, axis, envelope);
	}
	return squared;
}

/** The axes of `shape` that `spacing` has numbers for, slowest first. */
function axesOf(voxels: number, shape: Shape, spacing: readonly number[], border: Border): Axis[] {
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

/** Squared distances along x alone: to the end of the run of equal labels. */
function scanLines(labels: LabelVoxels, squared: Float32Array, { length, spacing, bounded }: Axis): void {
	for (let start = 0; start < labels.length; start += length) {
		const end = start + length;
		for (let from = start, to = start; from < end; from = to) {
			const label = labels[from];
			for (to = from + 1; to < end && labels[to] === label; ) to++;
			if (label === 0) continue;
			const before = from > start || bounded ? from - 1 : Number.NEGATIVE_INFINITY;
			const after = to < end || bounded ? to : Number.POSITIVE_INFINITY;
			for (let at = from; at < to; at++) squared[at] = (Math.min(at - before, after - at) * spacing) ** 2;
		}
	}
}

/** Takes the squared distances along an axis into account, line by line. */
function envelopeLines(labels: LabelVoxels, squared: Float32Array, axis: Axis, envelope: Envelope): void {
	const { length, stride, spacing, bounded } = axis;
	const block = length * stride;
	for (let base = 0; base < labels.length; base += block) {
		for (let line = base; line < base + stride; line++) {
			const end = line + block;
			for (let from = line, to = line; from < end; from = to) {
				const label = labels[from];
				for (to = from + stride; to < end && labels[to] === label; ) to += stride;
				if (label === 0) continue;
				const ends = { before: from > line || bounded, after: to < end || bounded };
				lowerRun(squared, from, (to - from) / stride, stride, spacing, ends, envelope);
			}
		}
	}
}
