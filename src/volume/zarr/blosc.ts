/**
 * Blosc 1 chunks (README_CHUNK_FORMAT.rst of c-blosc): a header, offsets of blocks, blocks of one or more packed streams.
 *
 * Blocks of lz4, zstd and zlib, plain or byte-shuffled, are unpacked here; the rest (blosclz, snappy, bit shuffle) by
 * the WebAssembly build of numcodecs. Written are chunks of one block of zstd.
 *
 * @module
 */
import { promisify } from "node:util";
import { inflate } from "node:zlib";
import { viewOf } from "../../core/bytes.ts";
import { bloscByLibrary } from "./library.ts";
import { decodeLz4 } from "./lz4.ts";
import { shuffle, unshuffle } from "./shuffle.ts";
import { packZstd, unpackZstd } from "./zstd.ts";

const HEADER_BYTES = 16;
const SHUFFLED = 1;
const STORED = 2;
const BIT_SHUFFLED = 4;
const ONE_STREAM = 16;

/** Streams of a block are as many as the bytes of an element, up to here, where the block is large enough for it. */
const MAX_STREAMS = 16;
const MIN_STREAM = 128;

type Header = {
	readonly flags: number;
	readonly width: number;
	readonly size: number;
	readonly block: number;
};

type Decoder = (bytes: Uint8Array, target: Uint8Array) => void | Promise<void>;

const inflateZlib = promisify(inflate);

/** By the number in the upper bits of the flags. */
const DECODERS: Readonly<Record<number, Decoder>> = {
	1: decodeLz4,
	3: async (bytes, target) => fill(target, await inflateZlib(bytes, { maxOutputLength: target.length })),
	4: async (bytes, target) => fill(target, await unpackZstd(bytes, target.length)),
};

/** @throws RangeError where the bytes are damaged, cut short, or unpack to more than `most` */
export async function unpackBlosc(bytes: Uint8Array, most: number): Promise<Uint8Array> {
	const header = readHeader(bytes, most);
	const { flags, size, width, block } = header;
	if (size === 0) return new Uint8Array();
	if (flags & STORED) return bytes.slice(HEADER_BYTES, HEADER_BYTES + size);
	const decode = DECODERS[flags >> 5];
	if (decode === undefined || flags & BIT_SHUFFLED) return bloscByLibrary(bytes);
	const target = new Uint8Array(size);
	for (let n = 0, start = 0; start < size; n++, start += block) {
		const part = target.subarray(start, Math.min(size, start + block));
		await unpackBlock(bytes, header, n, part, decode);
		if (flags & SHUFFLED && width > 1) part.set(unshuffle(part, width));
	}
	return target;
}

function readHeader(bytes: Uint8Array, most: number): Header {
	const view = viewOf(bytes);
	const packed = bytes.length < HEADER_BYTES ? Number.NaN : view.getUint32(12, true);
	if (packed !== bytes.length) throw new RangeError(`expected blosc data of ${packed} bytes, found ${bytes.length}`);
	const header = { flags: view.getUint8(2), width: view.getUint8(3), size: view.getUint32(4, true) };
	const block = view.getUint32(8, true);
	if (header.size > most) throw new RangeError(`the blosc data unpacks to ${header.size} bytes, expected ${most}`);
	const blocks = Math.ceil(header.size / block);
	const least = header.flags & STORED ? header.size : blocks * 4;
	if (header.size > 0 && !(block > 0 && block <= header.size && HEADER_BYTES + least <= bytes.length)) {
		throw new RangeError("the blosc data is damaged or cut short");
	}
	return { ...header, block };
}

async function unpackBlock(
	bytes: Uint8Array,
	{ flags, width, block }: Header,
	n: number,
	target: Uint8Array,
	decode: Decoder,
): Promise<void> {
	const streams = flags & ONE_STREAM || target.length < block || !isSplit(width, block) ? 1 : width;
	const view = viewOf(bytes);
	const piece = target.length / streams;
	let at = view.getUint32(HEADER_BYTES + n * 4, true);
	for (let stream = 0; stream < streams; stream++) {
		const length = at + 4 <= bytes.length ? view.getInt32(at, true) : -1;
		at += 4;
		if (length < 0 || at + length > bytes.length) throw new RangeError("the blosc data is damaged or cut short");
		const source = bytes.subarray(at, at + length);
		const part = target.subarray(stream * piece, (stream + 1) * piece);
		if (length === piece) part.set(source);
		else await decode(source, part);
		at += length;
	}
}

function isSplit(width: number, block: number): boolean {
	return width <= MAX_STREAMS && block / width >= MIN_STREAM && block % width === 0;
}

function fill(target: Uint8Array, bytes: Uint8Array): void {
	if (bytes.length !== target.length) throw new RangeError("the blosc data is damaged: a block of another length");
	target.set(bytes);
}

/** One block of zstd, byte-shuffled where an element has several bytes; stored as it is where that is no gain. */
export async function packBlosc(bytes: Uint8Array, width: number): Promise<Uint8Array> {
	const packed = await packZstd(shuffle(bytes, width), 1);
	const gains = packed.length + 8 < bytes.length;
	const body = gains ? packed : bytes;
	const target = new Uint8Array(HEADER_BYTES + (gains ? 8 : 0) + body.length);
	const view = viewOf(target);
	view.setUint8(0, 2); // of the format
	view.setUint8(1, 1); // of the packed streams
	view.setUint8(2, (width > 1 ? SHUFFLED : 0) | (gains ? ONE_STREAM | (4 << 5) : STORED | (4 << 5)));
	view.setUint8(3, width);
	view.setUint32(4, bytes.length, true);
	view.setUint32(8, bytes.length, true);
	view.setUint32(12, target.length, true);
	if (gains) {
		view.setUint32(HEADER_BYTES, HEADER_BYTES + 4, true);
		view.setUint32(HEADER_BYTES + 4, body.length, true);
	}
	target.set(body, target.length - body.length);
	return target;
}
