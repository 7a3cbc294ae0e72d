/**
 * The stream of LZ4 blocks that lz4-java writes (LZ4BlockOutputStream): N5's `lz4`.
 *
 * Each block has a head of 21 bytes: "LZ4Block", a token (packed or not, and a level that tells the block size), the length
 * packed and unpacked, and a checksum, all little-endian; an empty block ends the stream.
 *
 * @module
 */
import { viewOf } from "../../core/bytes.ts";
import { decodeLz4, encodeLz4, lz4Bound } from "../zarr/lz4.ts";
import { xxHash32 } from "./xxhash.ts";

const MAGIC = new TextEncoder().encode("LZ4Block");
const HEAD_BYTES = 21;
const METHOD = { stored: 0x10, packed: 0x20 } as const;

/** Bytes of a block, and their level in the token: 64 KiB. */
const BLOCK_BYTES = 1 << 16;
const LEVEL = 6;

const SEED = 0x9747b28c;

/** The checksum has 28 bits. */
const CHECK_MASK = 0x0fffffff;

const SHORT = "the lz4 data is damaged or cut short";

/** Undoes the stream. @throws RangeError where it is damaged or does not unpack to `size` bytes */
export function unpackLz4Blocks(bytes: Uint8Array, size: number): Uint8Array {
	const target = new Uint8Array(size);
	for (let at = 0, done = 0; done < size; ) {
		const { source, unpacked, method, check } = blockAt(bytes, at);
		if (done + unpacked > size) throw new RangeError(SHORT);
		const part = target.subarray(done, done + unpacked);
		if (method === METHOD.packed) decodeLz4(source, part);
		else if (method === METHOD.stored && source.length === unpacked) part.set(source);
		else throw new RangeError(SHORT);
		if ((xxHash32(part, SEED) & CHECK_MASK) !== check) throw new RangeError("the lz4 checksum does not fit the bytes");
		at += HEAD_BYTES + source.length;
		done += unpacked;
	}
	return target;
}

type Block = {
	readonly source: Uint8Array;
	readonly unpacked: number;
	readonly method: number;
	readonly check: number;
};

function blockAt(bytes: Uint8Array, at: number): Block {
	if (at + HEAD_BYTES > bytes.length || !MAGIC.every((byte, i) => bytes[at + i] === byte)) throw new RangeError(SHORT);
	const view = viewOf(bytes);
	const packed = view.getUint32(at + 9, true);
	const unpacked = view.getUint32(at + 13, true);
	const source = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + packed);
	if (source.length !== packed || unpacked === 0) throw new RangeError(SHORT);
	return { source, unpacked, method: (bytes[at + 8] ?? 0) & 0xf0, check: view.getUint32(at + 17, true) };
}

/** The stream of `bytes`. */
export function packLz4Blocks(bytes: Uint8Array): Uint8Array {
	const parts: Uint8Array[] = [];
	for (let at = 0; at < bytes.length; at += BLOCK_BYTES) parts.push(...packBlock(bytes.subarray(at, at + BLOCK_BYTES)));
	parts.push(head(METHOD.stored, 0, 0, 0));
	return Buffer.concat(parts);
}

function packBlock(bytes: Uint8Array): Uint8Array[] {
	const packed = new Uint8Array(lz4Bound(bytes.length));
	const length = encodeLz4(bytes, packed);
	const gains = length < bytes.length;
	const body = gains ? packed.subarray(0, length) : bytes;
	const check = xxHash32(bytes, SEED) & CHECK_MASK;
	return [head(gains ? METHOD.packed : METHOD.stored, body.length, bytes.length, check), body];
}

function head(method: number, packed: number, unpacked: number, check: number): Uint8Array {
	const bytes = new Uint8Array(HEAD_BYTES);
	bytes.set(MAGIC);
	bytes[8] = method | LEVEL;
	const view = viewOf(bytes);
	view.setUint32(9, packed, true);
	view.setUint32(13, unpacked, true);
	view.setUint32(17, check, true);
	return bytes;
}
