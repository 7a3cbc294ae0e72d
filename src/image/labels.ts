/**
 * The element type of label images.
 *
 * @module
 */
import { type NdArray, ndarray } from "../core/array.ts";
import { NnvolError } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";

/** Labels of voxels. */
export type LabelArray = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/** Highest label that nnU-Net's writers put into 8 bits. */
const MOST_IN_A_BYTE = 254;

/**
 * uint8 where `largest` is below 255, else uint16: nnU-Net's rule when it writes segmentations.
 *
 * @throws MODEL for labels that are negative, not whole or above 65535
 */
export function labelDType(largest: number): "uint8" | "uint16" {
	if (Number.isSafeInteger(largest) && largest >= 0 && largest <= 65535)
		return largest <= MOST_IN_A_BYTE ? "uint8" : "uint16";
	throw new NnvolError(
		"MODEL",
		`labels: expected whole numbers from 0 to 65535, found ${largest}; check "labels" and "regions_class_order" in dataset.json`,
		{ fields: { label: largest } },
	);
}

/** The narrowest labels for a file: 8 bits where the highest found is at most `most`, else 16. */
export function narrowest(labels: LabelArray, most: number = MOST_IN_A_BYTE): LabelArray {
	let highest = 0;
	for (let i = 0; i < labels.length; i++) highest = Math.max(highest, labels[i] ?? 0);
	if (highest <= most) return labels instanceof Uint8Array ? labels : new Uint8Array(labels);
	return labels instanceof Uint16Array ? labels : new Uint16Array(labels);
}

/** Labels as an array of `shape`. */
export function labelArray(labels: LabelArray, shape: Shape): NdArray<"uint8" | "uint16"> {
	return labels instanceof Uint8Array ? ndarray("uint8", shape, labels) : ndarray("uint16", shape, labels);
}

/** Zero labels for `length` voxels, in the type that holds labels up to `largest`. */
export function allocateLabels(largest: number, length: number): LabelArray {
	return labelDType(largest) === "uint8" ? new Uint8Array(length) : new Uint16Array(length);
}
