/**
 * The bytes that gzip or zlib packed into a file, in order, a piece at a time.
 *
 * Nothing is held but a piece, and whoever asks stops asking when there are enough: a packed bomb cannot fill memory.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createUnzip } from "node:zlib";
import { systemCode } from "../../core/system-fault.ts";
import { fileError, volumeError } from "../fault.ts";

/** Bytes of a piece, packed and unpacked. */
const PIECE = 1 << 18;

/** The largest ratio that deflate can reach, rounded up: 1032 bytes for one. */
export const DEFLATE_RATIO = 1032;

/**
 * What is packed in the file at `path` from byte `at` on: gzip (any number of members) or zlib, told by the first bytes.
 *
 * @throws VOLUME where the file cannot be read, is damaged, or ends too early
 */
export async function* unpacked(path: string, at: number): AsyncGenerator<Uint8Array, void, undefined> {
	const unzip = createUnzip({ chunkSize: PIECE });
	pipeline(createReadStream(path, { start: at, highWaterMark: PIECE }), unzip, () => undefined);
	try {
		for await (const piece of unzip) if (piece instanceof Uint8Array) yield piece;
	} catch (cause) {
		if (!systemCode(cause).startsWith("Z_")) throw fileError(path, "read", cause);
		throw volumeError(path, "damaged or truncated: its packed data cannot be unpacked; copy or make it again", cause);
	} finally {
		unzip.destroy();
	}
}

/**
 * Exactly `length` bytes of `pieces`, without the first `skip`. Bytes beyond are not looked at, but where nothing
 * is beyond, `pieces` is read to its end, so that checksums there are checked.
 *
 * @throws VOLUME naming `path` where there are too few
 */
export async function* exactly(
	pieces: AsyncIterable<Uint8Array>,
	skip: number,
	length: number,
	path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
	let [ahead, left] = [skip, length];
	for await (const piece of pieces) {
		const rest = piece.subarray(Math.min(ahead, piece.length));
		ahead -= piece.length - rest.length;
		if (rest.length === 0) continue;
		if (left === 0) return;
		const part = rest.subarray(0, left);
		left -= part.length;
		yield part;
	}
	if (left === 0) return;
	const found = `expected ${length} bytes of voxels, found ${length - left}`;
	throw volumeError(path, `damaged or truncated: ${found}; copy or make it again`);
}
