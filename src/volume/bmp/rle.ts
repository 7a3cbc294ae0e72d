/**
 * Run-length codes of bitmaps (RLE8, RLE4): palette indices, one byte a pixel, rows in the order of the file.
 *
 * From Microsoft's "Bitmap Compression". Pixels that are skipped are 0; runs are cut at the end of their row, and what
 * lacks at the end is 0, as Pillow has it.
 *
 * @module
 */

/** Unpacks `codes` to `width * height` indices; undefined where they end before the image and do not say so. */
export function unpackRuns(
	codes: Uint8Array,
	width: number,
	height: number,
	isHalf: boolean,
): Uint8Array<ArrayBuffer> | undefined {
	const image: Image = { pixels: new Uint8Array(width * height), width, at: 0, x: 0 };
	for (let i = 0; image.at < image.pixels.length; ) {
		const next = putCode(image, codes, i, isHalf);
		if (next > codes.length) return undefined;
		i = next;
	}
	return image.pixels;
}

/** Puts what the code at `i` tells and gives the place of the next, beyond the end where this one is not whole. */
function putCode(image: Image, codes: Uint8Array, i: number, isHalf: boolean): number {
	const [count = 0, value = END] = [codes[i], codes[i + 1]];
	const next = i + 2;
	if (next > codes.length) return next;
	if (count > 0) {
		putRun(image, Math.min(count, image.width - image.x), value, isHalf);
		return next;
	}
	if (value === SKIP) {
		skip(image, codes[next] ?? 0, codes[next + 1] ?? 0);
		return next + 2;
	}
	if (value === END) image.at = image.pixels.length;
	if (value === END_OF_ROW) skip(image, (image.width - (image.at % image.width)) % image.width, 0);
	if (value <= SKIP) return next;
	const length = isHalf ? (value + 1) >> 1 : value;
	putPixels(image, codes.subarray(next, next + length), value, isHalf);
	// the byte that makes codes even may be missing at the end
	return next + length + (next + length < codes.length ? length % 2 : 0);
}

/** What stands behind a count of 0; other values count pixels that follow. */
const [END_OF_ROW, END, SKIP] = [0, 1, 2];

/** Where the next pixel goes, and how far its row is. */
type Image = { readonly pixels: Uint8Array<ArrayBuffer>; readonly width: number; at: number; x: number };

function skip(image: Image, right: number, up: number): void {
	image.at += right + up * image.width;
	image.x = image.at % image.width;
}

function putRun(image: Image, length: number, value: number, isHalf: boolean): void {
	const { pixels } = image;
	for (let n = 0; n < length; n++) pixels[image.at + n] = isHalf ? half(value, n) : value;
	image.at += Math.max(0, length);
	image.x += Math.max(0, length);
}

function putPixels(image: Image, bytes: Uint8Array, count: number, isHalf: boolean): void {
	const { pixels } = image;
	for (let n = 0; n < count; n++) pixels[image.at + n] = isHalf ? half(bytes[n >> 1] ?? 0, n) : (bytes[n] ?? 0);
	image.at += count;
	image.x += count;
}

/** The upper four bits of `byte` for even `n`, else the lower. */
function half(byte: number, n: number): number {
	return n % 2 === 0 ? byte >> 4 : byte & 15;
}
