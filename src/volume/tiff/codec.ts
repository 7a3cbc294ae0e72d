/**
 * Unpacks the bytes of a strip or tile. The only file that imports geotiff, for its zstd decoder.
 *
 * @module
 */
import { promisify } from "node:util";
import { inflate } from "node:zlib";
import { DEFLATE_RATIO } from "../../core/deflate.ts";
import { unpackBytes, unpackLzw } from "./lzw.ts";

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

const zstd: Codec = {
	name: "zstd",
	ratio: 65536,
	unpack: async (bytes) => {
		const { getDecoder } = await import("geotiff");
		const parameters = { tileWidth: 1, tileHeight: 1, predictor: 1, bitsPerSample: 8, planarConfiguration: 1 };
		const decoder = await getDecoder(50000, parameters);
		return new Uint8Array(await decoder.decode(new Uint8Array(bytes).buffer));
	},
};

/** Compressions by TIFF's numbers. */
export const COMPRESSIONS: Readonly<Record<number, Codec>> = {
	1: { name: "none", ratio: 1, unpack: async (bytes) => bytes },
	5: { name: "LZW", ratio: 4096, unpack: async (bytes, limit) => unpackLzw(bytes, limit) },
	8: deflate,
	32946: deflate,
	32773: { name: "PackBits", ratio: 64, unpack: async (bytes, limit) => unpackBytes(bytes, limit) },
	50000: zstd,
};
