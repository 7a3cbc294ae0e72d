/**
 * Median filter.
 *
 * Beyond its borders the volume is mirrored, the voxel at the border twice. Three ways give the same: counts for masks, a
 * histogram that slides along x for bytes (Huang, Yang and Tang 1979), and selection among all values for float32.
 *
 * @module
 */
import { asZyx, type Shape, shapeText, sizeOf, type Zyx } from "../core/shape.ts";
import { medianOfBits } from "./median-bits.ts";
import { medianOfBytes } from "./median-bytes.ts";
import { mirroredPlaces } from "./mirrored-places.ts";

/**
 * The median of the box of `size` voxels around each voxel, C-ordered over `shape` (up to three axes), of the same type as
 * `values`. Of a box with an even number of voxels the higher of the two in the middle is taken, and a box of an even size reaches
 * one voxel farther back. As `scipy.ndimage.median_filter(values, size)`. Values must not be NaN.
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
	const extent = asZyx(shape);
	const box = asZyx(size);
	if (values instanceof Float32Array) return medianOfFloats(values, extent, box);
	return values.every((value) => value <= 1) ? medianOfBits(values, extent, box) : medianOfBytes(values, extent, box);
}

function medianOfFloats(values: Float32Array, [depth, height, width]: Zyx, size: Zyx): Float32Array<ArrayBuffer> {
	const out = new Float32Array(values.length);
	const [zs, ys, xs] = [
		mirroredPlaces(depth, size[0]),
		mirroredPlaces(height, size[1]),
		mirroredPlaces(width, size[2]),
	];
	const box = new Float32Array(size[0] * size[1] * size[2]);
	const rows = new Int32Array(size[0] * size[1]);
	for (let row = 0, at = 0; row < depth * height; row++) {
		const y = row % height;
		const z = (row - y) / height;
		for (let i = 0; i < rows.length; i++) {
			rows[i] = ((zs[z + Math.floor(i / size[1])] ?? 0) * height + (ys[y + (i % size[1])] ?? 0)) * width;
		}
		for (let x = 0; x < width; x++, at++) {
			fillBox(box, values, rows, xs, x, size[2]);
			out[at] = select(box, box.length >> 1);
		}
	}
	return out;
}

function fillBox(
	box: Float32Array,
	values: Float32Array,
	rows: Int32Array,
	xs: Int32Array,
	x: number,
	count: number,
): void {
	let to = 0;
	for (let row = 0; row < rows.length; row++) {
		const start = rows[row] ?? 0;
		for (let i = 0; i < count; i++) box[to++] = values[start + (xs[x + i] ?? 0)] ?? 0;
	}
}

/** The value of rank `rank` (from 0) of `box`, whose order is lost (Hoare's selection). */
function select(box: Float32Array, rank: number): number {
	let low = 0;
	let high = box.length - 1;
	while (low < high) {
		const split = partition(box, low, high);
		if (rank <= split) high = split;
		else low = split + 1;
	}
	return box[rank] ?? 0;
}

/** Orders `box` from `low` to `high` so that nothing up to the place that is returned is above anything after it. */
function partition(box: Float32Array, low: number, high: number): number {
	const pivot = box[(low + high) >> 1] ?? 0;
	let i = low;
	let j = high;
	for (;;) {
		while ((box[i] ?? 0) < pivot) i++;
		while ((box[j] ?? 0) > pivot) j--;
		if (i >= j) return j;
		const swapped = box[i] ?? 0;
		box[i++] = box[j] ?? 0;
		box[j--] = swapped;
	}
}
