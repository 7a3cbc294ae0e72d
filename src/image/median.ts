/**
 * Median filter.
 *
 * @module
 */
import { asZyx, type Shape, shapeText, sizeOf, type Zyx } from "../core/shape.ts";

/**
 * The median of the box of `size` voxels around each voxel, C-ordered over `shape` (up to three axes), of the same type as `values`.
 * Beyond its borders the volume is mirrored, the voxel at the border twice. Of a box with an even number of voxels the higher
 * of the two in the middle is taken, and the box of an even size reaches one voxel farther back. As
 * `scipy.ndimage.median_filter(values, size)`. Values must not be NaN.
 *
 * @throws RangeError where the length is not the shape's, or `size` is not a whole number above 0 for each axis
 */
export function median(values: Uint8Array, shape: Shape, size: readonly number[]): Uint8Array<ArrayBuffer>;
export function median(values: Float32Array, shape: Shape, size: readonly number[]): Float32Array<ArrayBuffer>;
export function median(
	values: Uint8Array | Float32Array,
	shape: Shape,
	size: readonly number[],
): Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer> {
	const fits = values.length === sizeOf(shape) && size.length === shape.length && shape.length <= 3;
	if (!fits || !size.every((extent) => Number.isInteger(extent) && extent > 0)) {
		throw new RangeError(
			`median: expected values of ${shapeText(shape)} and a whole number above 0 for each axis, found ${values.length} values and a size of [${size.join(", ")}]`,
		);
	}
	const out = values instanceof Uint8Array ? new Uint8Array(values.length) : new Float32Array(values.length);
	filter(values, out, asZyx(shape), asZyx(size));
	return out;
}

function filter(values: Uint8Array | Float32Array, out: Uint8Array | Float32Array, extent: Zyx, size: Zyx): void {
	const [depth, height, width] = extent;
	const [zs, ys, xs] = [mirrored(depth, size[0]), mirrored(height, size[1]), mirrored(width, size[2])];
	const box = new Float32Array(size[0] * size[1] * size[2]);
	for (let z = 0, at = 0; z < depth; z++) {
		for (let y = 0; y < height; y++) {
			for (let x = 0; x < width; x++, at++) {
				let count = 0;
				for (let k = 0; k < size[0]; k++) {
					const plane = (zs[z + k] ?? 0) * height;
					for (let j = 0; j < size[1]; j++) {
						const row = (plane + (ys[y + j] ?? 0)) * width;
						for (let i = 0; i < size[2]; i++) box[count++] = values[row + (xs[x + i] ?? 0)] ?? 0;
					}
				}
				out[at] = select(box, count >> 1);
			}
		}
	}
}

/** For each place from the first one that a box of `size` touches on, the place in the volume whose value counts there. */
function mirrored(length: number, size: number): Int32Array {
	const before = size >> 1;
	return Int32Array.from({ length: length + size - 1 }, (_, i) => {
		const turn = (((i - before) % (2 * length)) + 2 * length) % (2 * length);
		return turn < length ? turn : 2 * length - 1 - turn;
	});
}

/** The value of rank `rank` (from 0) of `box`, whose order is lost (Hoare's selection). */
function select(box: Float32Array, rank: number): number {
	let low = 0;
	let high = box.length - 1;
	while (low < high) {
		const pivot = box[rank] ?? 0;
		let i = low;
		let j = high;
		while (i <= j) {
			while ((box[i] ?? 0) < pivot) i++;
			while ((box[j] ?? 0) > pivot) j--;
			if (i > j) break;
			const swapped = box[i] ?? 0;
			box[i++] = box[j] ?? 0;
			box[j--] = swapped;
		}
		if (j < rank) low = i;
		if (i > rank) high = j;
	}
	return box[rank] ?? 0;
}
