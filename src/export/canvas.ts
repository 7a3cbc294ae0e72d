/**
 * The output of a case in the making: subjects are put in place, then the axes are turned back.
 *
 * @module
 */
import { copyBox, type NdArray, ndarray, zeros } from "../core/array.ts";
import { type Box, boxShape, wholeBox } from "../core/box.ts";
import type { DType } from "../core/dtype.ts";
import type { Zyx } from "../core/shape.ts";
import { transpose } from "../image/transpose.ts";

/** Channels over a whole (transposed) image, C, Z, Y, X. */
export type Canvas<D extends DType> = NdArray<D>;

/** A canvas of zeros. */
export function blankCanvas<D extends DType>(dtype: D, channels: number, shape: Zyx): Canvas<D> {
	return zeros(dtype, [channels, ...shape]);
}

/** Puts a subject's channels, C, Z, Y, X of `crop`, in place. */
export function place(canvas: Canvas<DType>, subject: NdArray, crop: Box): void {
	copyBox(subject, wholeBox(subject.shape), canvas, [0, ...crop.start]);
}

/** The canvas with its spatial axes in the image's own order (`transpose_backward`). */
export function turnBack<D extends DType>(canvas: Canvas<D>, transposeBackward: readonly number[]): Canvas<D> {
	return transpose(canvas, [0, ...transposeBackward.map((axis) => axis + 1)]);
}

/** Drops the section axis of a single 2D image, and the channel axis where `channelAxis` is false. */
export function outputArray(canvas: NdArray, rank: 2 | 3, channelAxis: boolean): { array: NdArray; axes: string } {
	const spatial = rank === 2 ? canvas.shape.slice(2) : canvas.shape.slice(1);
	const axes = rank === 2 ? "yx" : "zyx";
	if (!channelAxis) return { array: ndarray(canvas.dtype, spatial, canvas.data), axes };
	return { array: ndarray(canvas.dtype, [canvas.shape[0] ?? 1, ...spatial], canvas.data), axes: `c${axes}` };
}

/** Sets channel 0 to one outside `crop` for the sections the crop lies in: what is cut away is background. */
export function fillBackground(canvas: Canvas<"float32">, crop: Box, from: number, to: number): void {
	const [, , height = 0, width = 0] = canvas.shape;
	canvas.data.fill(1, from * height * width, to * height * width);
	const size = boxShape(crop);
	const [z0 = 0, y0 = 0, x0 = 0] = crop.start;
	for (let z = z0; z < z0 + (size[0] ?? 0); z++) {
		for (let y = y0; y < y0 + (size[1] ?? 0); y++) {
			const row = (z * height + y) * width + x0;
			canvas.data.fill(0, row, row + (size[2] ?? 0));
		}
	}
}
