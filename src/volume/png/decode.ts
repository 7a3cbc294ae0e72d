/**
 * A PNG file's bytes to the array that nnU-Net reads it as.
 *
 * @module
 */
import { promisify } from "node:util";
import { inflate } from "node:zlib";
import { type NdArray, ndarray } from "../../core/array.ts";
import { DEFLATE_RATIO } from "../../core/deflate.ts";
import { volumeError } from "../fault.ts";
import { type PngChunks, parseChunks } from "./chunks.ts";
import { convert } from "./convert.ts";
import { arrayOf, type PngHeader } from "./header.ts";
import { inflatedBytes, unpackSamples } from "./scanlines.ts";

/** Larger images are not read at once: those that are interlaced are refused, others are read band by band. */
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
	return ndarray(dtype, shape, convert(chunks.header, chunks.palette, samples));
}

/** @throws VOLUME where the image is larger than is read at once, or than `stored` bytes of deflated pixels can be */
export function checkSize(path: string, header: PngHeader, stored: number): void {
	const wanted = inflatedBytes(header);
	const size = `${header.width}x${header.height}`;
	if (wanted > stored * DEFLATE_RATIO) {
		throw volumeError(path, `damaged PNG: ${size} pixels cannot come from ${stored} bytes of data; ${AGAIN}`);
	}
	if (wanted > MOST_BYTES && header.interlaced) {
		throw volumeError(
			path,
			`${size} pixels are too many for an interlaced PNG; save it without interlacing, or as TIFF, HDF5 or Zarr`,
		);
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
