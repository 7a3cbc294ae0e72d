/**
 * The bytes that gzip or zlib packed into a file, in order, a piece at a time.
 *
 * Nothing is held but a piece, and whoever asks stops asking when there are enough: a packed bomb cannot fill memory.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { constants, createUnzip, gunzipSync } from "node:zlib";
import { systemCode } from "../../core/system-fault.ts";
import { fileError, volumeError } from "../fault.ts";

/** Bytes of a piece, packed and unpacked. */
const PIECE = 1 << 18;

/** Most bytes of a file's beginning that are unpacked. */
const MOST_HEAD = 1 << 24;

/** Bytes behind the voxels that are looked through for the end of packed data, and its checksum, before they are let be. */
export const TRAILING = 1 << 20;

/** True for the first bytes of a gzip file. */
export function isGzip(head: Uint8Array): boolean {
	return head[0] === 0x1f && head[1] === 0x8b;
}

/** What the first bytes of a file are: unpacked as far as they go where they are gzip's (none where damaged), else themselves. */
export function unpackedHead(head: Uint8Array): Uint8Array {
	if (!isGzip(head)) return head;
	try {
		return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MOST_HEAD });
	} catch {
		return new Uint8Array();
	}
}

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
		const code = systemCode(cause);
		if (!code.startsWith("Z_")) throw fileError(path, "read", cause);
		const what =
			code === "Z_BUF_ERROR" ? "truncated: its packed data end too early" : "damaged: its packed data are broken";
		throw volumeError(path, `${what}; copy or make it again`, cause);
	} finally {
		unzip.destroy();
	}
}

/**
 * Exactly `length` bytes of `pieces`, without the first `skip`. Up to `trailing` bytes behind them are passed over, so
 * that the source comes to its end, where checksums are checked; what is beyond is not looked at.
 *
 * @throws VOLUME naming `path` where there are too few
 */
export async function* exactly(
	pieces: AsyncIterable<Uint8Array>,
	skip: number,
	length: number,
	trailing: number,
	path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
	let [ahead, left, behind] = [skip, length, 0];
	for await (const piece of pieces) {
		const rest = piece.subarray(Math.min(ahead, piece.length));
		ahead -= piece.length - rest.length;
		const part = rest.subarray(0, left);
		left -= part.length;
		if (part.length > 0) yield part;
		behind += rest.length - part.length;
		if (behind > trailing) return;
	}
	if (left === 0) return;
	const found = `expected ${length} bytes of voxels, found ${length - left}`;
	throw volumeError(path, `damaged or truncated: ${found}; copy or make it again`);
}
