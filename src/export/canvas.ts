/**
 * The output of a case in the making: subjects are put in place, then the axes are turned back.
 *
 * @module
 */
import { type NdArray, ndarray, zeros } from "../core/array.ts";
import { type Box, boxShape } from "../core/box.ts";
import type { DType, NumberDType } from "../core/dtype.ts";
import type { Zyx } from "../core/shape.ts";
import { transpose } from "../image/transpose.ts";

/** Channels over a whole (transposed) image, C, Z, Y, X. */
export type Canvas<D extends DType> = NdArray<D>;

/** A canvas of zeros. */
export function blankCanvas<D extends DType>(dtype: D, channels: number, shape: Zyx): Canvas<D> {
	return zeros(dtype, [channels, ...shape]);
}

/** Voxels to be placed. */
type Values = Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/** Some rows of a plane of a subject: `z` and `y` count in its `crop`, whose width every row has. */
export type Rows = { readonly z: number; readonly y: number; readonly rows: number };

/**
 * Puts rows of a subject in place: all channels from `first` on that `values` [channels, rows, X] hold. Element types may
 * differ where the values fit the canvas (labels of 8 bits on a canvas of 16).
 */
export function placeRows(canvas: Canvas<NumberDType>, first: number, values: Values, at: Rows, crop: Box): void {
	const [, depth = 0, height = 0, width = 0] = canvas.shape;
	const [z = 0, y = 0, x = 0] = crop.start;
	const row = (crop.stop[2] ?? 0) - x;
	const channels = values.length / (at.rows * row);
	// rows that are whole in the canvas lie in one piece
	const [pieces, length] = row === width ? [1, at.rows * row] : [at.rows, row];
	for (let n = 0; n < channels * pieces; n++) {
		const channel = first + Math.floor(n / pieces);
		const to = ((channel * depth + z + at.z) * height + y + at.y + (n % pieces)) * width + x;
		canvas.data.set(values.subarray(n * length, (n + 1) * length), to);
	}
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
