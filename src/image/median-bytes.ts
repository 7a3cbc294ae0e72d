/**
 * Median filter of bytes by a histogram that slides along x (Huang, Yang and Tang 1979).
 *
 * @module
 */
import type { Zyx } from "../core/shape.ts";
import { mirroredPlaces } from "./mirrored-places.ts";

/** How often each byte occurs, and each group of 16 of them. */
type Histogram = { readonly bytes: Int32Array; readonly groups: Int32Array };

/** As `median`, of bytes; C-ordered over `extent`. */
export function medianOfBytes(values: Uint8Array, [depth, height, width]: Zyx, size: Zyx): Uint8Array<ArrayBuffer> {
	const [zs, ys, xs] = [
		mirroredPlaces(depth, size[0]),
		mirroredPlaces(height, size[1]),
		mirroredPlaces(width, size[2]),
	];
	const histogram: Histogram = { bytes: new Int32Array(256), groups: new Int32Array(16) };
	const rank = (size[0] * size[1] * size[2]) >> 1;
	const rows = new Int32Array(size[0] * size[1]);
	const out = new Uint8Array(values.length);
	for (let row = 0, at = 0; row < depth * height; row++) {
		const y = row % height;
		const z = (row - y) / height;
		for (let i = 0; i < rows.length; i++) {
			rows[i] = ((zs[z + Math.floor(i / size[1])] ?? 0) * height + (ys[y + (i % size[1])] ?? 0)) * width;
		}
		histogram.bytes.fill(0);
		histogram.groups.fill(0);
		for (let i = 0; i < size[2] - 1; i++) count(histogram, values, rows, xs[i] ?? 0, 1);
		for (let x = 0; x < width; x++, at++) {
			count(histogram, values, rows, xs[x + size[2] - 1] ?? 0, 1);
			out[at] = byteOfRank(histogram, rank);
			count(histogram, values, rows, xs[x] ?? 0, -1);
		}
	}
	return out;
}

/** Counts the values at one x in all rows, or takes them away. */
function count({ bytes, groups }: Histogram, values: Uint8Array, rows: Int32Array, x: number, sign: 1 | -1): void {
	for (let row = 0; row < rows.length; row++) {
		const value = values[(rows[row] ?? 0) + x] ?? 0;
		bytes[value] = (bytes[value] ?? 0) + sign;
		groups[value >> 4] = (groups[value >> 4] ?? 0) + sign;
	}
}

function byteOfRank({ bytes, groups }: Histogram, rank: number): number {
	let left = rank;
	let group = 0;
	for (; left >= (groups[group] ?? 0) && group < 15; group++) left -= groups[group] ?? 0;
	let byte = 16 * group;
	for (; left >= (bytes[byte] ?? 0) && byte < 255; byte++) left -= bytes[byte] ?? 0;
	return byte;
}
