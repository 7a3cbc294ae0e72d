/**
 * The packings of N5 blocks.
 *
 * Unpacking knows how many bytes are due, so that what is damaged or hostile cannot fill the memory.
 *
 * @module
 */
import { promisify } from "node:util";
import { deflate, gunzip, gzip, inflate } from "node:zlib";
import { assertNever } from "../../core/errors.ts";
import type { Compression } from "../volume.ts";
import { packBlosc, unpackBlosc } from "../zarr/blosc.ts";
import { packZstd, unpackZstd } from "../zarr/zstd.ts";
import type { Packing } from "./attributes.ts";
import { packLz4Blocks, unpackLz4Blocks } from "./lz4-blocks.ts";

/** Level of gzip and zstd: the fastest, which is nearly as small on labels. */
const LEVEL = 1;

const unzip = promisify(gunzip);
const zip = promisify(gzip);
const inflateZlib = promisify(inflate);
const deflateZlib = promisify(deflate);

/** How a new array is packed. */
export function packingFor(compression: Compression): Packing | undefined {
	switch (compression) {
		case "none":
			return { name: "raw", document: { type: "raw" } };
		case "gzip":
			return { name: "gzip", document: { type: "gzip", level: LEVEL, useZlib: false } };
		case "zstd":
			return { name: "zstd", document: { type: "zstd", level: LEVEL } };
		case "lz4":
			return { name: "lz4", document: { type: "lz4", blockSize: 65_536 } };
		case "blosc":
			return { name: "blosc", document: { type: "blosc", cname: "zstd", clevel: LEVEL, shuffle: 1, blocksize: 0 } };
		case "compressed_segmentation":
			return undefined;
		default:
			return assertNever(compression);
	}
}

/** The bytes that were packed, `size` of them. @throws Error where they are damaged or longer */
export async function unpackVoxels({ name }: Packing, bytes: Uint8Array, size: number): Promise<Uint8Array> {
	const options = { maxOutputLength: Math.max(size, 1) };
	switch (name) {
		case "raw":
			return bytes;
		case "gzip":
			return unzip(bytes, options);
		case "zlib":
			return inflateZlib(bytes, options);
		case "zstd":
			return unpackZstd(bytes, size);
		case "blosc":
			return unpackBlosc(bytes, size);
		case "lz4":
			return unpackLz4Blocks(bytes, size);
		default:
			return assertNever(name);
	}
}

/** Packs voxels whose elements have `width` bytes. */
export async function packVoxels({ name }: Packing, bytes: Uint8Array, width: number): Promise<Uint8Array> {
	switch (name) {
		case "raw":
			return bytes;
		case "gzip":
			return zip(bytes, { level: LEVEL });
		case "zlib":
			return deflateZlib(bytes, { level: LEVEL });
		case "zstd":
			return packZstd(bytes, LEVEL);
		case "blosc":
			return packBlosc(bytes, width);
		case "lz4":
			return packLz4Blocks(bytes);
		default:
			return assertNever(name);
	}
}
