/**
 * A PNG file's bytes to the array that nnU-Net reads it as.
 *
 * @module
 */
import { promisify } from "node:util";
import { inflate } from "node:zlib";
import { type NdArray, ndarray } from "../../core/array.ts";
import { DEFLATE_RATIO } from "../../core/deflate.ts";
import type { DataOf } from "../../core/dtype.ts";
import { volumeError } from "../fault.ts";
import { painted } from "../palette.ts";
import { type PngChunks, parseChunks } from "./chunks.ts";
import { arrayOf, COLOUR, type PngHeader } from "./header.ts";
import { inflatedBytes, type Samples, unpackSamples } from "./scanlines.ts";

/** Larger images are refused: a PNG can only be read whole. */
const MOST_BYTES = 2 ** 31;

const AGAIN = "copy or make it again";

/**
 * Decodes a whole PNG.
 *
 * Lossless but where nnU-Net's reader is not (colour of 16 bits keeps its high byte, see `arrayOf`). Grey of 1 bit
 * reads 0 and 1; grey of 2 and 4 bits is stretched to 0..255 (times 85 and 17).
 *
 * @throws VOLUME where the file is damaged
 */
export async function decodePng(path: string, file: Uint8Array): Promise<NdArray> {
	const chunks = parseChunks(file);
	if (typeof chunks === "string") throw volumeError(path, `damaged PNG: ${chunks}; ${AGAIN}`);
	const samples = unpackSamples(chunks.header, await inflateImage(path, chunks));
	if (typeof samples === "string") throw volumeError(path, `damaged PNG: it has ${samples}; ${AGAIN}`);
	const { dtype, shape } = arrayOf(chunks.header);
	return ndarray(dtype, shape, convert(chunks, samples));
}

/** @throws VOLUME where the image is larger than is read at once, or than `stored` bytes of deflated pixels can be */
export function checkSize(path: string, header: PngHeader, stored: number): void {
	const wanted = inflatedBytes(header);
	const size = `${header.width}x${header.height}`;
	if (wanted > stored * DEFLATE_RATIO) {
		throw volumeError(path, `damaged PNG: ${size} pixels cannot come from ${stored} bytes of data; ${AGAIN}`);
	}
	if (wanted > MOST_BYTES) {
		throw volumeError(path, `${size} pixels are too many for a PNG to be read at once; save it as TIFF, HDF5 or Zarr`);
	}
}

async function inflateImage(path: string, { header, data }: PngChunks): Promise<Uint8Array> {
	const stored = data.reduce((bytes, part) => bytes + part.length, 0);
	checkSize(path, header, stored);
	const wanted = inflatedBytes(header);
	const size = `${header.width}x${header.height}`;
	const inflated = await promisify(inflate)(Buffer.concat(data), { maxOutputLength: wanted + 65536 }).catch((cause) => {
		throw volumeError(path, `damaged PNG: its data cannot be inflated; ${AGAIN}`, cause);
	});
	if (inflated.length < wanted) {
		throw volumeError(path, `damaged PNG: ${size} pixels need ${wanted} bytes, found ${inflated.length}; ${AGAIN}`);
	}
	return inflated;
}

function convert({ header, palette }: PngChunks, samples: Samples): Samples {
	const { depth, colour } = header;
	if (colour === COLOUR.palette) return painted(palette, samples);
	if (colour === COLOUR.grey)
		return depth === 2 || depth === 4 ? samples.map((v) => (v * 255) / (2 ** depth - 1)) : samples;
	if (depth === 8) return samples;
	return colour === COLOUR.greyAlpha ? greyAlphaHighBytes(samples) : Uint8Array.from(samples, (v) => v >> 8);
}

function greyAlphaHighBytes(samples: Samples): DataOf<"uint8"> {
	const target = new Uint8Array(samples.length * 2);
	for (let pixel = 0; pixel < samples.length / 2; pixel++) {
		const grey = (samples[2 * pixel] ?? 0) >> 8;
		target.fill(grey, 4 * pixel, 4 * pixel + 3);
		target[4 * pixel + 3] = (samples[2 * pixel + 1] ?? 0) >> 8;
	}
	return target;
}
