/**
 * Zstandard, with a check of what comes out before anything is unpacked.
 *
 * How much comes out is known from the frames before they are unpacked
 * (RFC 8878, section 3.1.1), so that a damaged or hostile chunk cannot fill the memory.
 *
 * @module
 */
import { viewOf } from "../../core/bytes.ts";
import { zstdLibrary } from "./library.ts";

/** One frame that tells its size: many readers want it. */
export async function packZstd(bytes: Uint8Array, level: number): Promise<Uint8Array> {
	const packed = await (await zstdLibrary()).compress(bytes, level);
	return withSize(packed, bytes.length);
}

/**
 * The frame with a header that tells its content's size, which then is its window too; the native library leaves it out.
 */
function withSize(packed: Uint8Array, size: number): Uint8Array {
	const descriptor = numberAt(packed, 4, 1);
	const isPlain = descriptor >> 6 === 0 && (descriptor & (SINGLE_SEGMENT | 3)) === 0;
	if (!isPlain) return packed;
	const told = new Uint8Array(packed.length + 3);
	told.set(packed.subarray(0, 4));
	told[4] = SIZE_OF_FOUR_BYTES | SINGLE_SEGMENT | (descriptor & 4);
	viewOf(told).setUint32(5, size, true);
	told.set(packed.subarray(6), 9); // without the byte that tells the window
	return told;
}

/** Bits of a frame's descriptor (RFC 8878, section 3.1.1.1.1). */
const SINGLE_SEGMENT = 32;
const SIZE_OF_FOUR_BYTES = 2 << 6;

/** @throws RangeError where the bytes are cut short, or unpack to more than `most` */
export async function unpackZstd(bytes: Uint8Array, most: number): Promise<Uint8Array> {
	const { told, atMost } = sizeOfFrames(bytes);
	if (told ? atMost > most : atMost > 4 * most + SLACK) {
		throw new RangeError(`the zstd data unpacks to ${told ? "" : "up to "}${atMost} bytes, expected ${most}`);
	}
	return (await zstdLibrary()).decompress(bytes);
}

/** Encoders that do not tell sizes may end blocks early; each counts with its full 128 KiB. */
const SLACK = 64 << 20;

const BLOCK_BYTES = 128 << 10;
const MAGIC = 0xfd2fb528;

/** Bytes that come out, where every frame tells it, else at most. @throws RangeError where a frame is cut short or none */
function sizeOfFrames(bytes: Uint8Array): { readonly told: boolean; readonly atMost: number } {
	let at = 0;
	let total = 0;
	let told = true;
	if (bytes.length === 0) throw new RangeError("the zstd data is empty");
	while (at < bytes.length) {
		const frame = readFrame(bytes, at);
		total += frame.size ?? frame.atMost;
		told &&= frame.size !== undefined;
		at = frame.end;
	}
	return { told, atMost: total };
}

type Frame = { readonly size: number | undefined; readonly atMost: number; readonly end: number };

function readFrame(bytes: Uint8Array, start: number): Frame {
	const magic = numberAt(bytes, start, 4);
	if ((magic & ~15) >>> 0 === 0x184d2a50) return { size: 0, atMost: 0, end: start + 8 + numberAt(bytes, start + 4, 4) };
	if (magic !== MAGIC) throw new RangeError("the bytes are no zstd data");
	const descriptor = numberAt(bytes, start + 4, 1);
	const single = (descriptor & SINGLE_SEGMENT) !== 0;
	const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
	const sizeAt = start + 5 + (single ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0);
	const size = sizeBytes === 0 ? undefined : numberAt(bytes, sizeAt, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
	const blocks = walkBlocks(bytes, sizeAt + sizeBytes);
	const end = blocks.end + (descriptor & 4 ? 4 : 0);
	if (end > bytes.length) throw new RangeError("the zstd data is cut short");
	return { size, atMost: blocks.count * BLOCK_BYTES, end };
}

function walkBlocks(bytes: Uint8Array, start: number): { readonly count: number; readonly end: number } {
	let at = start;
	for (let count = 1; ; count++) {
		const header = numberAt(bytes, at, 3);
		at += 3 + (((header >> 1) & 3) === 1 ? 1 : header >> 3);
		if (header & 1) return { count, end: at };
	}
}

function numberAt(bytes: Uint8Array, offset: number, length: number): number {
	if (offset + length > bytes.length) throw new RangeError("the zstd data is cut short");
	if (length === 8) return Number(viewOf(bytes).getBigUint64(offset, true));
	let value = 0;
	for (let i = length - 1; i >= 0; i--) value = value * 256 + (bytes[offset + i] ?? 0);
	return value;
}
