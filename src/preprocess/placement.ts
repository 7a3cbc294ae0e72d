/**
 * How results of an image go back to the space of its file, and what nnU-Net keeps of a case for that.
 *
 * Plain data, JSON-able: made when an image is read, used when its results are written, whatever format they go to.
 *
 * @module
 */
import { hasDType, type NdArray } from "../core/array.ts";
import { type Affine, type Geometry, plainGeometry, withDimensions } from "../core/geometry.ts";
import { labelArray, narrowest } from "../image/labels.ts";
import { isStill, type Turn, turnArray } from "./reorient.ts";

/** What nnU-Net's reader class keeps of an image besides its spacing. */
export type ReaderProperties =
	| { readonly kind: "plain" }
	| {
			readonly kind: "sitk";
			/** After reorientation, where the class does that. */
			readonly geometry: Geometry;
			/** Letters of the file's own axes: "LPS". */
			readonly orientation?: string;
	  }
	| { readonly kind: "nibabel"; readonly original: Affine; readonly reoriented?: Affine };

/** The way back from an image to its file. */
export type Placement = {
	/** From the image's axes to the file's. */
	readonly turn: Turn;
	/** Of the file; undefined where it has none. */
	readonly geometry?: Geometry;
	/** Of the file, where nnU-Net's class writes through nibabel. */
	readonly affine?: Affine;
	/** Of the file, z, y, x. */
	readonly spacing?: readonly number[];
	/** "uint8": the class writes labels of up to 255 in 8 bits, else those of up to 254. */
	readonly labels: "by-values" | "uint8";
	readonly properties: ReaderProperties;
};

/** Where results of an image are put that has no file, or whose file has no place in the world. */
export function plainPlacement(spacing: readonly number[] | undefined, turn: Turn): Placement {
	const base = { turn, labels: "by-values", properties: { kind: "plain" } } as const;
	return spacing === undefined ? base : { ...base, spacing };
}

/** Turns results back to the file's axes. `axes` names those of `array`: "zyx", "czyx"; a single image ("yx", "cyx") never turns. */
export function restoreAxes(array: NdArray, axes: string, { turn }: Placement): NdArray {
	return axes.includes("z") && !isStill(turn) ? turnArray(array, turn) : array;
}

/** How nnU-Net's class `reader` chooses the element type of labels: the one that reorients through ITK keeps to 8 bits. */
export function labelsWrittenBy(reader: string | undefined): Placement["labels"] {
	return reader === "SimpleITKIOWithReorient" ? "uint8" : "by-values";
}

/** Labels in the element type that nnU-Net's class writes; other arrays as they are. */
export function restoreLabels(array: NdArray, { labels }: Pick<Placement, "labels">): NdArray {
	if (labels !== "uint8" || !hasDType(array, "uint16")) return array;
	// the class wraps higher labels around, which no one can want
	return labelArray(narrowest(array.data, 255), array.shape);
}

/** Where an array with `axes` is to lie, for the formats that say it: the file's place, cut or filled up to its dimensions. */
export function placeFor(
	axes: string,
	{ geometry, affine, spacing }: Placement,
): { readonly geometry: Geometry; readonly affine?: Affine } {
	const dimensions = axes.includes("z") ? 3 : 2;
	const found = geometry ?? plainGeometry(dimensions, spacing);
	const fitted = withDimensions(found, dimensions);
	return affine === undefined ? { geometry: fitted } : { geometry: fitted, affine };
}
