/**
 * Volumes that lie over an image: a mask, the segmentation of a cascade's previous stage.
 *
 * Both are read as the image was. Where only one of the two files says how it lies in the world, they are taken to have
 * the same axes: a mask that was saved as TIFF for a NIfTI image is turned as the image is.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import { NnvolError } from "../core/errors.ts";
import { sameShape, shapeText } from "../core/shape.ts";
import type { ModelSpec } from "../model/spec.ts";
import { type Image, readImage } from "./image.ts";
import { inverseTurn, turnArray } from "./reorient.ts";

/** What lies over an image. `name` is what messages call it. */
export type Overlay = { readonly path: string; readonly name: string };

/** Reads one channel, 1, Z, Y, X in the axes of `image`. @throws INPUT where its shape is another; VOLUME */
export async function readOverlay(
	{ path, name }: Overlay,
	image: Image,
	spec: ModelSpec,
	options: { readonly signal?: AbortSignal } = {},
): Promise<NdArray> {
	const found = await readImage([path], { ...spec, channels: [name] }, options);
	const array = hasPlace(found) === hasPlace(image) ? found.array : withAxesOf(found, image);
	if (sameShape(array.shape.slice(1), image.shape)) return array;
	throw new NnvolError(
		"INPUT",
		`the ${name} ${path} is ${shapeText(array.shape.slice(1))}, the image ${shapeText(image.shape)} (z, y, x); they must be equal`,
		{ fields: { path } },
	);
}

function hasPlace({ placement }: Image): boolean {
	return placement.properties.kind !== "plain";
}

/** Back to the file's axes, then on as those of `image` were turned. */
function withAxesOf({ array, rank, placement }: Image, image: Image): NdArray {
	if (rank === 2 || image.rank === 2) return array;
	return turnArray(turnArray(array, placement.turn), inverseTurn(image.placement.turn));
}
