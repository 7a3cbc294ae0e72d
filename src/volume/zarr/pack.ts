/**
 * The steps by which the bytes of a chunk are packed, by name.
 *
 * Unpacking knows how many bytes are due, so that what is damaged or hostile cannot fill the memory.
 *
 * @module
 */
import { promisify } from "node:util";
import { gunzip, gzip, inflate } from "node:zlib";
import { viewOf } from "../../core/bytes.ts";
import { packBlosc, unpackBlosc } from "./blosc.ts";
import { crc32c } from "./crc32c.ts";
import { packLz4, unpackLz4 } from "./lz4.ts";
import { undelta, unshuffle } from "./shuffle.ts";
import type { Packing } from "./storage.ts";
import { packZstd, unpackZstd } from "./zstd.ts";

/** What is known of the bytes: how many there may be at most, and how many an element has. */
export type Payload = { readonly most: number; readonly width: number };

type Config = Packing["config"];

type Packer = {
	readonly unpack: (bytes: Uint8Array, payload: Payload, config: Config) => Uint8Array | Promise<Uint8Array>;
	/** Undefined for what is only read. */
	readonly pack?: (bytes: Uint8Array, width: number, config: Config) => Uint8Array | Promise<Uint8Array>;
};

const inflateGzip = promisify(gunzip);
const inflateZlib = promisify(inflate);
const deflateGzip = promisify(gzip);

/** Output is taken in pieces of at most so much. */
const PIECE_BYTES = 1 << 24;

const PACKERS: Readonly<Record<string, Packer>> = {
	gzip: {
		unpack: (bytes, { most }) => inflateGzip(bytes, zlibOptions(most)),
		pack: (bytes, _, config) => deflateGzip(bytes, { level: numberOf(config["level"], 1) }),
	},
	zlib: { unpack: (bytes, { most }) => inflateZlib(bytes, zlibOptions(most)) },
	zstd: {
		unpack: (bytes, { most }) => unpackZstd(bytes, most),
		pack: (bytes, _, config) => packZstd(bytes, numberOf(config["level"], 1)),
	},
	lz4: { unpack: (bytes, { most }) => unpackLz4(bytes, most), pack: (bytes) => packLz4(bytes) },
	blosc: {
		unpack: (bytes, { most }) => unpackBlosc(bytes, most),
		pack: (bytes, width) => packBlosc(bytes, width),
	},
	crc32c: { unpack: withoutChecksum, pack: withChecksum },
	shuffle: { unpack: (bytes, { width }, config) => unshuffle(bytes, numberOf(config["elementsize"], width)) },
	delta: { unpack: (bytes, _, config) => undelta(bytes, String(config["dtype"])) },
};

/** True where the packing `id` can be undone, under its own name or numcodecs'. */
export function canUnpack(id: string): boolean {
	return Object.hasOwn(PACKERS, nameOf(id));
}

/** Names of all that can be unpacked, for messages. */
export const UNPACKED = ["blosc", "zstd", "gzip", "zlib", "lz4", "shuffle", "delta", "crc32c"] as const;

/** Undoes `packings`. @throws Error naming what is damaged; TypeError for a name that is not known */
export async function unpackBytes(
	bytes: Uint8Array,
	packings: readonly Packing[],
	size: number,
	width: number,
): Promise<Uint8Array> {
	// what one step adds that the next takes away: checksums, headers, blocks that did not get smaller
	const most = packings.length > 1 ? size + (size >> 6) + 65_536 : size;
	let unpacked = bytes;
	for (const { id, config } of packings.toReversed()) {
		unpacked = await packerOf(id).unpack(unpacked, { most, width }, config);
	}
	return unpacked;
}

/** Does `packings`. @throws TypeError for one that is only read */
export async function packBytes(bytes: Uint8Array, packings: readonly Packing[], width: number): Promise<Uint8Array> {
	let packed = bytes;
	for (const { id, config } of packings) {
		const { pack } = packerOf(id);
		if (pack === undefined) throw new TypeError(`"${id}" is only read, not written`);
		packed = await pack(packed, width, config);
	}
	return packed;
}

function packerOf(id: string): Packer {
	const packer = PACKERS[nameOf(id)];
	if (packer === undefined) throw new TypeError(`there is no codec "${id}"`);
	return packer;
}

function nameOf(id: string): string {
	return id.replace(/^numcodecs\./, "");
}

function numberOf(value: unknown, otherwise: number): number {
	return typeof value === "number" ? value : otherwise;
}

/** A buffer of the size that is due spares putting pieces together. */
function zlibOptions(most: number): { maxOutputLength: number; chunkSize: number } {
	return { maxOutputLength: most, chunkSize: Math.min(PIECE_BYTES, Math.max(64, most)) };
}

function withChecksum(bytes: Uint8Array): Uint8Array {
	const summed = new Uint8Array(bytes.length + 4);
	summed.set(bytes);
	viewOf(summed).setUint32(bytes.length, crc32c(bytes), true);
	return summed;
}

/** @throws RangeError where the checksum behind the bytes is not theirs */
function withoutChecksum(bytes: Uint8Array): Uint8Array {
	const data = bytes.subarray(0, Math.max(0, bytes.length - 4));
	const wanted = bytes.length < 4 ? Number.NaN : viewOf(bytes).getUint32(bytes.length - 4, true);
	if (crc32c(data) !== wanted) throw new RangeError("the crc32c checksum does not fit the bytes");
	return data;
}
