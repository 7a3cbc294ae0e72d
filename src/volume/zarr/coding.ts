/**
 * From the voxels of one chunk to its bytes and back.
 *
 * @module
 */

import { bytesOf, type NdArray } from "../../core/array.ts";
import { swappedCopy } from "../../core/bytes.ts";
import { DTYPES, type DType } from "../../core/dtype.ts";
import { type Shape, sizeOf, stridesOf } from "../../core/shape.ts";
import { toCOrder } from "./chunks.ts";
import { packBytes, unpackBytes } from "./pack.ts";
import type { Coding } from "./storage.ts";

/** The bytes of a chunk. Only chunks in C order and little-endian are written. */
export function encodeChunk(chunk: NdArray, { packings }: Coding): Promise<Uint8Array> {
	return packBytes(bytesOf(chunk), packings, DTYPES[chunk.dtype].bytes);
}

/**
 * The voxels of a chunk of `shape`. Where nothing is packed they lie over `bytes` themselves.
 *
 * @throws Error naming what is damaged: also where the voxels are more or fewer than those of the chunk
 */
export async function decodeChunk(dtype: DType, shape: Shape, coding: Coding, bytes: Uint8Array): Promise<NdArray> {
	const width = DTYPES[dtype].bytes;
	const size = sizeOf(shape) * width;
	const plain = await unpackBytes(bytes, coding.packings, size, width);
	if (plain.length !== size) throw new RangeError(`expected ${size} bytes, found ${plain.length}`);
	const little = coding.bigEndian && width > 1 ? swappedCopy(plain, width) : plain;
	return toCOrder(dtype, shape, little, stridesIn(shape, coding.order));
}

/** Strides, in elements, of the axes of the array in a chunk that is stored with its axes in `order`. */
function stridesIn(shape: Shape, order: readonly number[] | undefined): readonly number[] {
	if (order === undefined) return stridesOf(shape);
	const stored = stridesOf(order.map((axis) => shape[axis] ?? 1));
	return shape.map((_, axis) => stored[order.indexOf(axis)] ?? 1);
}
