/**
 * Run-length codes of bitmaps (RLE8, RLE4): palette indices, one byte a pixel, rows in the order of the file.
 *
 * From Microsoft's "Bitmap Compression". Pixels that are skipped are 0; runs are cut at the end of their row, and what
 * lacks at the end is 0, as Pillow has it.
 *
 * @module
 */

/** Unpacks `codes` to `width * height` indices; undefined where they end before the image and do not say so. */
export function unpackRuns(codes: Uint8Array, width: number, height: number, isHalf: boolean): Uint8Array | undefined {
	const pixels = new Uint8Array(width * height);
	let [at, x] = [0, 0];
	for (let i = 0; at < pixels.length; ) {
		const [count, value] = [codes[i], codes[i + 1]];
		if (count === undefined || value === undefined) return undefined;
		i += 2;
		if (count > 0) {
			const run = Math.min(count, width - x);
			for (let n = 0; n < run && at < pixels.length; n++) pixels[at++] = isHalf ? half(value, n) : value;
			x = Math.min(width, x + run);
		} else if (value === 0) {
			at = Math.ceil(at / width) * width;
			x = 0;
		} else if (value === 1) {
			return pixels;
		} else if (value === 2) {
			at += (codes[i] ?? 0) + (codes[i + 1] ?? 0) * width;
			x = at % width;
			i += 2;
		} else {
			const length = isHalf ? (value + 1) >> 1 : value;
			if (i + length > codes.length) return undefined;
			for (let n = 0; n < value && at < pixels.length; n++) {
				pixels[at++] = isHalf ? half(codes[i + (n >> 1)] ?? 0, n) : (codes[i + n] ?? 0);
			}
			x += value;
			i += length + (length % 2);
		}
	}
	return pixels;
}

/** The upper four bits of `byte` for even `n`, else the lower. */
function half(byte: number, n: number): number {
	return n % 2 === 0 ? byte >> 4 : byte & 15;
}
