/**
 * The element type of label images.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";

/** Labels of voxels. */
export type LabelArray = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/**
 * uint8 where `largest` is below 255, else uint16: nnU-Net's rule when it writes segmentations.
 *
 * @throws MODEL for labels that are negative, not whole or above 65535
 */
export function labelDType(largest: number): "uint8" | "uint16" {
	if (Number.isSafeInteger(largest) && largest >= 0 && largest <= 65535) return largest < 255 ? "uint8" : "uint16";
	throw new NnvolError(
		"MODEL",
		`labels: expected whole numbers from 0 to 65535, found ${largest}; check "labels" and "regions_class_order" in dataset.json`,
		{ fields: { label: largest } },
	);
}

/** Zero labels for `length` voxels, in the type that holds labels up to `largest`. */
export function allocateLabels(largest: number, length: number): LabelArray {
	return labelDType(largest) === "uint8" ? new Uint8Array(length) : new Uint16Array(length);
}
