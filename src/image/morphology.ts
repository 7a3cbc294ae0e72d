/**
 * Erosion, dilation, opening and closing of binary masks.
 *
 * A footprint is either a neighbourhood that is applied `radius` times, or a ball. The first goes over bits, 32 voxels at a
 * time; the second is a threshold on a distance transform. An erosion is the dilation of the rest.
 *
 * @module
 */
import { asZyx, type Shape, shapeText, sizeOf } from "../core/shape.ts";
import { type BitRows, packBits, unpackBits } from "./bit-rows.ts";
import type { Connectivity } from "./components.ts";
import { type Border, squaredDistance } from "./distance.ts";
import { growBits } from "./grow-bits.ts";

/** The footprint, and what lies outside the volume. */
export type Footprint = {
	/**
	 * Without `ball`, how many times the neighbourhood is applied (scipy's `iterations`), a whole number; with it, how far the
	 * ball reaches, in units of `spacing`. 1 by default; 0 changes nothing.
	 */
	readonly radius?: number;
	/** The neighbourhood: 1 (a cross, by default) up to the number of axes (a box). */
	readonly connectivity?: Connectivity;
	/** All voxels whose centres are at most `radius` away, as `skimage.morphology.disk` and `ball`. */
	readonly ball?: boolean;
	/** How far voxels lie apart along each axis, for a ball; 1 by default. */
	readonly spacing?: readonly number[];
	/** Whether outside counts as background where a mask is eroded: yes by default, as in scipy; scikit-image ignores it. */
	readonly border?: Border;
};

/**
 * What of `mask` (C-ordered over `shape`, up to three axes; not 0 is foreground) lies in it with its whole footprint, as 0 and 1.
 * As `scipy.ndimage.binary_erosion`.
 *
 * @throws RangeError where length or footprint do not fit the shape
 */
export function erode(mask: Uint8Array, shape: Shape, footprint: Footprint = {}): Uint8Array<ArrayBuffer> {
	return grown(mask, shape, footprint, "background");
}

/**
 * Everything within the footprint of a foreground voxel, as 0 and 1. As `scipy.ndimage.binary_dilation`.
 *
 * @throws RangeError where length or footprint do not fit the shape
 */
export function dilate(mask: Uint8Array, shape: Shape, footprint: Footprint = {}): Uint8Array<ArrayBuffer> {
	return grown(mask, shape, footprint, "foreground");
}

/**
 * Erosion, then dilation: takes away what is too thin for the footprint. As `scipy.ndimage.binary_opening`.
 *
 * @throws RangeError where length or footprint do not fit the shape
 */
export function open(mask: Uint8Array, shape: Shape, footprint: Footprint = {}): Uint8Array<ArrayBuffer> {
	return dilate(erode(mask, shape, footprint), shape, footprint);
}

/**
 * Dilation, then erosion: fills what is too narrow for the footprint. As `scipy.ndimage.binary_closing`, which takes away
 * foreground at the border of the volume unless `border` is "ignored".
 *
 * @throws RangeError where length or footprint do not fit the shape
 */
export function close(mask: Uint8Array, shape: Shape, footprint: Footprint = {}): Uint8Array<ArrayBuffer> {
	return erode(dilate(mask, shape, footprint), shape, footprint);
}

/** `mask` after its foreground, or its background, has grown by the footprint. */
function grown(
	mask: Uint8Array,
	shape: Shape,
	footprint: Footprint,
	which: "foreground" | "background",
): Uint8Array<ArrayBuffer> {
	const { radius = 1, connectivity = 1, ball = false, border = "background" } = footprint;
	const fits = mask.length === sizeOf(shape) && connectivity <= shape.length && shape.length <= 3;
	if (!fits || !(radius >= 0) || (!ball && !Number.isInteger(radius))) {
		throw new RangeError(
			`morphology: expected a mask of ${shapeText(shape)}, a connectivity up to ${shape.length} and a radius from 0 (a whole number, but for balls), found ${mask.length} voxels, ${connectivity} and ${radius}`,
		);
	}
	const outside = which === "background" && border === "background";
	if (ball) return grownByBall(mask, shape, footprint, which, outside);
	const isShrinking = which === "background";
	let rows = packBits(mask, asZyx(shape), isShrinking, outside);
	let other: BitRows = { ...rows, bits: rows.bits.slice() };
	for (let i = 0; i < radius; i++) {
		growBits(rows, other, { rank: shape.length, connectivity, isSetOutside: outside });
		[rows, other] = [other, rows];
	}
	return unpackBits(rows, isShrinking);
}

/** Foreground grows over what is near it; background likewise, and from outside where that is background. */
function grownByBall(
	mask: Uint8Array,
	shape: Shape,
	{ radius = 1, spacing = shape.map(() => 1) }: Footprint,
	which: "foreground" | "background",
	outside: boolean,
): Uint8Array<ArrayBuffer> {
	const inverted = mask.map((v) => ((v === 0) === (which === "foreground") ? 1 : 0));
	const squared = squaredDistance(inverted, shape, spacing, outside ? "background" : "ignored");
	const limit = radius * radius * (1 + 1e-6);
	const out = new Uint8Array(mask.length);
	const far = which === "background" ? 1 : 0;
	for (let i = 0; i < out.length; i++) out[i] = (squared[i] ?? 0) > limit ? far : 1 - far;
	return out;
}
