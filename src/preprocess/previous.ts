/**
 * The segmentation of a cascade's previous stage as input channels of the next.
 *
 * @module
 */
import { type NdArray, ndarray } from "../core/array.ts";
import { NnvolError } from "../core/errors.ts";

/** Highest label that a segmentation may hold here: nnU-Net keeps them in 16 bits with a sign. */
const HIGHEST = 32767;

/** One channel a label, 1 where the voxel has it and 0 elsewhere: float32 [values, voxels]. -1 and background are in none. */
export function oneHot(labels: Int16Array, values: readonly number[]): Float32Array<ArrayBuffer> {
	const channels = new Float32Array(values.length * labels.length);
	for (const [channel, value] of values.entries()) {
		const offset = channel * labels.length;
		for (let i = 0; i < labels.length; i++) if (labels[i] === value) channels[offset + i] = 1;
	}
	return channels;
}

/** A segmentation as read, 1, Z, Y, X or Z, Y, X of any element type, as int16. @throws INPUT for values that are no labels */
export function labelsOfImage(array: NdArray, path: string): NdArray<"int16"> {
	const shape = array.shape.slice(-3);
	const labels = new Int16Array(array.data.length);
	for (let i = 0; i < labels.length; i++) {
		const value = Number(array.data[i]);
		if (!Number.isInteger(value) || value < 0 || value > HIGHEST) {
			throw new NnvolError(
				"INPUT",
				`${path}: expected labels (whole numbers from 0 to ${HIGHEST}), found ${value}; is it a segmentation of the previous stage?`,
				{ fields: { path, value } },
			);
		}
		labels[i] = value;
	}
	return ndarray("int16", shape, labels);
}
