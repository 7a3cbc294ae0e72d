/**
 * One chunk's bytes to voxels and back, by the encoding of its scale.
 *
 * Raw chunks and our arrays have the same order. Images hold a chunk as x across and y, z down, colours side by side.
 *
 * @module
 */
import { bytesOf, hasDType, type NdArray, ndarray } from "../../core/array.ts";
import { DTYPES, viewAs } from "../../core/dtype.ts";
import { errorText, isNnvolError } from "../../core/errors.ts";
import { type Shape, shapeText, sizeOf, type Zyx, zyx } from "../../core/shape.ts";
import { volumeError } from "../fault.ts";
import { pixelsOf } from "./pictures.ts";
import type { Place } from "./place.ts";
import { decodeSegmentation } from "./segmentation-decode.ts";
import { encodeSegmentation } from "./segmentation-encode.ts";

/** The voxels of the chunk `key`, whose extents are `shape`. @throws VOLUME naming the key where it is damaged */
export async function decodeChunk(place: Place, key: string, shape: Shape, bytes: Uint8Array): Promise<NdArray> {
	try {
		return ndarray(place.dtype, shape, viewAs(place.dtype, await unpacked(place, shape, bytes)));
	} catch (cause) {
		if (isNnvolError(cause, "UNBUILT")) throw cause;
		throw volumeError(place.root, `the chunk ${key} is damaged: ${errorText(cause)}; copy or make it again`, cause);
	}
}

/** The bytes of a chunk. @throws VOLUME where the encoding cannot hold it */
export function encodeChunk(place: Place, key: string, array: NdArray): Uint8Array {
	if (place.encoding === "raw") return bytesOf(array);
	const words = wordsOf(place);
	const labels = new Uint32Array(bytesOf(array).slice().buffer);
	const packed = encodeSegmentation(labels, place.channels, spatial(array.shape), place.block, words);
	if (typeof packed === "string") throw volumeError(place.root, `the chunk ${key} cannot be written: ${packed}`);
	return new Uint8Array(packed.buffer);
}

/** Most bytes that a chunk of `shape` can have before it is packed once more: 1 GiB, or what its encoding needs at worst. */
export function mostBytes(place: Place, shape: Shape): number {
	const raw = sizeOf(shape) * DTYPES[place.dtype].bytes;
	if (place.encoding !== "compressed_segmentation") return place.encoding === "raw" ? raw : 2 * raw + (1 << 20);
	const block = sizeOf(place.block);
	const blocks = spatial(shape).reduce((n, extent, axis) => n * Math.ceil(extent / (place.block[axis] ?? 1)), 1);
	return Math.min(2 ** 30, place.channels * (4 + blocks * (8 + block * (4 + DTYPES[place.dtype].bytes))));
}

/** True where `bytes` begin as an unpacked chunk does; gzip is told from all of them. */
export function isPlain(place: Place, shape: Shape, bytes: Uint8Array): boolean {
	const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
	if (place.encoding === "raw") return !isGzip || bytes.length === sizeOf(shape) * DTYPES[place.dtype].bytes;
	// a segmentation begins with the place of its first channel: the number of channels, at most 65536
	return !isGzip || (place.encoding === "compressed_segmentation" && bytes[2] === 0 && bytes[3] === 0);
}

async function unpacked(place: Place, shape: Shape, bytes: Uint8Array): Promise<Uint8Array> {
	const expected = sizeOf(shape) * DTYPES[place.dtype].bytes;
	if (place.encoding === "raw") {
		if (bytes.length !== expected) throw new RangeError(`expected ${expected} bytes, found ${bytes.length}`);
		return bytes;
	}
	if (place.encoding === "compressed_segmentation") {
		const words = decodeSegmentation(bytes, place.channels, spatial(shape), place.block, wordsOf(place));
		if (typeof words === "string") throw new RangeError(words);
		return new Uint8Array(words.buffer);
	}
	return planar(place, shape, await pixelsOf(place, sizeOf(spatial(shape)), bytes));
}

/** Colours side by side as channels one behind the other. */
function planar(place: Place, shape: Shape, image: NdArray): Uint8Array {
	const [height = 1, width = 1, colours = 1] = image.shape;
	const count = sizeOf(spatial(shape));
	if (image.dtype !== place.dtype || colours !== place.channels || height * width !== count) {
		const wanted = `${count} pixels of ${place.channels} channels of ${place.dtype}`;
		throw new RangeError(`expected an image of ${wanted}, found ${shapeText(image.shape)} of ${image.dtype}`);
	}
	if (colours === 1) return bytesOf(image);
	if (hasDType(image, "uint8"))
		return new Uint8Array(split(image.data, new Uint8Array(count * colours), colours).buffer);
	if (hasDType(image, "uint16")) {
		return new Uint8Array(split(image.data, new Uint16Array(count * colours), colours).buffer);
	}
	throw new RangeError(`cannot hold ${image.dtype}`);
}

function split<T extends Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>>(from: T, to: T, colours: number): T {
	const count = from.length / colours;
	for (let colour = 0; colour < colours; colour++) {
		for (let pixel = 0, at = colour; pixel < count; pixel++, at += colours) to[colour * count + pixel] = from[at] ?? 0;
	}
	return to;
}

function wordsOf({ dtype }: Place): 1 | 2 {
	return DTYPES[dtype].bytes === 8 ? 2 : 1;
}

function spatial(shape: Shape): Zyx {
	return zyx(shape.slice(-3));
}
