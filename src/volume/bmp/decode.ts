/**
 * A BMP file's pixels to the array that nnU-Net reads it as.
 *
 * @module
 */
import { type NdArray, ndarray } from "../../core/array.ts";
import { volumeError } from "../fault.ts";
import { painted } from "../palette.ts";
import { arrayOf, type BmpHeader, COMPRESSION } from "./header.ts";
import { unpackRuns } from "./rle.ts";

/** Larger images are refused: a BMP is read whole. */
const MOST_BYTES = 2 ** 31;

/** @throws VOLUME where the image is larger than is read at once, or than the file of `size` bytes can be */
export function checkSize(path: string, { width, height, bits, compression, at }: BmpHeader, size: number): void {
	if (width * height * 4 > MOST_BYTES) {
		throw volumeError(
			path,
			`${width}x${height} pixels are too many for a BMP to be read at once; save it as TIFF or Zarr`,
		);
	}
	// two bytes of run-length codes skip 255 rows at most
	const isPacked = compression === COMPRESSION.rle8 || compression === COMPRESSION.rle4;
	const needed = isPacked ? height / 128 : height * strideOf(width, bits);
	if (size - at >= needed) return;
	throw volumeError(
		path,
		`damaged or truncated BMP: ${width}x${height} pixels of ${bits} bits need ${Math.ceil(needed)} bytes, found ${Math.max(0, size - at)}; copy or make it again`,
	);
}

/** Decodes the whole image. @throws VOLUME where it is damaged */
export function decodeBmp(path: string, header: BmpHeader, file: Uint8Array): NdArray {
	checkSize(path, header, file.length);
	const { shape } = arrayOf(header);
	const pixels = header.bits <= 8 ? decodeIndexed(path, header, file) : decodeColour(header, file);
	return ndarray("uint8", shape, pixels);
}

/** Bytes of a row: whole 4-byte words. */
function strideOf(width: number, bits: number): number {
	return Math.ceil((width * bits) / 32) * 4;
}

function decodeIndexed(path: string, header: BmpHeader, file: Uint8Array): Uint8Array<ArrayBuffer> {
	const { width, height, isTopDown, palette } = header;
	const stored = indicesOf(header, file);
	if (stored === undefined) {
		throw volumeError(
			path,
			"damaged or truncated BMP: its run-length codes end before the image; copy or make it again",
		);
	}
	const indices = new Uint8Array(width * height);
	for (let y = 0; y < height; y++) {
		const from = (isTopDown ? y : height - 1 - y) * width;
		indices.set(stored.subarray(from, from + width), y * width);
	}
	return palette === undefined ? indices : painted(palette, indices);
}

/** A byte a pixel, rows as in the file. */
function indicesOf({ width, height, bits, compression, at }: BmpHeader, file: Uint8Array): Uint8Array | undefined {
	const bytes = file.subarray(at);
	if (compression !== COMPRESSION.none) return unpackRuns(bytes, width, height, compression === COMPRESSION.rle4);
	const stride = strideOf(width, bits);
	const target = new Uint8Array(width * height);
	const [each, most] = [8 / bits, 2 ** bits - 1];
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			const byte = bytes[y * stride + Math.floor(x / each)] ?? 0;
			target[y * width + x] = (byte >> (8 - bits * ((x % each) + 1))) & most;
		}
	}
	return target;
}

function decodeColour(header: BmpHeader, file: Uint8Array): Uint8Array<ArrayBuffer> {
	const { width, height, isTopDown, bits, order, at } = header;
	const stride = strideOf(width, bits);
	const channels = bits === 16 ? 3 : order.length;
	const target = new Uint8Array(width * height * channels);
	for (let y = 0; y < height; y++) {
		const row = file.subarray(at + (isTopDown ? y : height - 1 - y) * stride);
		const into = target.subarray(y * width * channels, (y + 1) * width * channels);
		if (bits === 16) paintRow16(row, header.isWideGreen, into);
		else copyRow(row, bits / 8, order, into);
	}
	return target;
}

function copyRow(row: Uint8Array, bytes: number, order: readonly number[], into: Uint8Array): void {
	const channels = order.length;
	for (const [c, place] of order.entries()) {
		for (let from = place, to = c; to < into.length; from += bytes, to += channels) into[to] = row[from] ?? 0;
	}
}

/** Red, green, blue of 5, 5 or 6, 5 bits, stretched to 0..255 and cut off, as Pillow does. */
function paintRow16(row: Uint8Array, isWideGreen: boolean, into: Uint8Array): void {
	const [red, most] = isWideGreen ? [11, 63] : [10, 31];
	for (let from = 0, to = 0; to < into.length; from += 2, to += 3) {
		const pixel = (row[from] ?? 0) | ((row[from + 1] ?? 0) << 8);
		into[to] = (((pixel >> red) & 31) * 255) / 31;
		into[to + 1] = (((pixel >> 5) & most) * 255) / most;
		into[to + 2] = ((pixel & 31) * 255) / 31;
	}
}
