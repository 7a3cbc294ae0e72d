/**
 * Packs and unpacks the bytes of a strip or tile. Deflate and zstd work off the main thread.
 *
 * @module
 */
import { promisify } from "node:util";
import { inflate, deflate as pack } from "node:zlib";
import { DEFLATE_RATIO } from "../../core/deflate.ts";
import { packZstd, unpackZstd } from "../zarr/zstd.ts";
import { unpackLzw } from "./lzw.ts";
import { unpackBytes } from "./pack-bits.ts";

type Codec = {
	readonly name: string;
	/** The most bytes that one stored byte can become. */
	readonly ratio: number;
	readonly unpack: (bytes: Buffer, limit: number) => Promise<Uint8Array>;
};

const deflate: Codec = {
	name: "deflate",
	ratio: DEFLATE_RATIO,
	unpack: (bytes, limit) => promisify(inflate)(bytes, { maxOutputLength: limit + 65536 }),
};

/** Compressions by TIFF's numbers. */
export const COMPRESSIONS: Readonly<Record<number, Codec>> = {
	1: { name: "none", ratio: 1, unpack: async (bytes) => bytes },
	5: { name: "LZW", ratio: 4096, unpack: unpackLzw },
	8: deflate,
	32946: deflate,
	32773: { name: "PackBits", ratio: 64, unpack: async (bytes, limit) => unpackBytes(bytes, limit) },
	50000: { name: "zstd", ratio: 65536, unpack: (bytes, limit) => unpackZstd(bytes, limit + 65536) },
};

/** Level of zstd: label images become hardly smaller beyond it. */
const ZSTD_LEVEL = 3;

/** A compression that is written: its number, and how bytes are packed. */
export type Packer = { readonly code: number; readonly pack: (bytes: Uint8Array) => Promise<Uint8Array> };

/** Compressions that are written, by the names that layouts use. */
export const PACKERS: Readonly<Record<"none" | "gzip" | "zstd", Packer>> = {
	none: { code: 1, pack: async (bytes) => bytes },
	gzip: { code: 8, pack: (bytes) => promisify(pack)(bytes) },
	zstd: { code: 50000, pack: (bytes) => packZstd(bytes, ZSTD_LEVEL) },
};
