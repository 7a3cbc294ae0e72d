/**
 * Inflating a gzip file into memory, with the size known from a header inside: never more, and never without proof that
 * the file can hold it.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import { throwIfAborted } from "../../core/errors.ts";
import { fileError, volumeError } from "../fault.ts";

/** Deflate cannot make more than about 1032 bytes of one; a little is added for the ends. */
const HIGHEST_RATIO = 1032;

/** Bytes behind the voxels that are looked through for the end of the file, and its checksum, before they are let be. */
const TRAILING = 1 << 20;

/** True for the first bytes of a gzip file. */
export function isGzip(head: Uint8Array): boolean {
	return head[0] === 0x1f && head[1] === 0x8b;
}

/** What the first bytes of a gzip file inflate to, as far as they go; empty where they are damaged. */
export function inflateHead(head: Uint8Array): Uint8Array {
	try {
		return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 1 << 24 });
	} catch {
		return new Uint8Array();
	}
}

/** @throws VOLUME where `packed` bytes cannot inflate to `size` */
export function requirePossible(path: string, packed: number, size: number): void {
	if (size <= (packed + 1024) * HIGHEST_RATIO) return;
	throw volumeError(
		path,
		`damaged or truncated: its header tells of ${size} bytes, which ${packed} compressed ones cannot hold; copy it again`,
	);
}

/**
 * Inflates `target.length` bytes that begin `skip` bytes into the content of the gzip file at `path`, over all its members.
 *
 * @throws VOLUME where the file ends before, is damaged, or its checksum is wrong; CANCELLED
 */
export async function inflateInto(path: string, skip: number, target: Uint8Array, signal?: AbortSignal): Promise<void> {
	throwIfAborted(signal);
	const wanted = skip + target.length;
	let seen = 0;
	let isEnough = false;
	try {
		await pipeline(
			createReadStream(path),
			createGunzip({ chunkSize: 1 << 18 }),
			async (parts: AsyncIterable<Uint8Array>) => {
				for await (const part of parts) {
					throwIfAborted(signal);
					put(part, seen - skip, target);
					seen += part.length;
					isEnough = seen > wanted + TRAILING;
					if (isEnough) return;
				}
			},
		);
	} catch (cause) {
		if (!isEnough) throw gzipError(path, cause);
	}
	if (seen >= wanted) return;
	const found = `its ${seen} bytes end ${wanted - seen} before its voxels do`;
	throw volumeError(path, `truncated NIfTI: ${found}; copy or make it again`);
}

/** Copies the part of `bytes` that lies within `target`, whose own first byte is at 0 of `at`'s count. */
function put(bytes: Uint8Array, at: number, target: Uint8Array): void {
	const from = Math.max(0, -at);
	const to = Math.min(bytes.length, target.length - at);
	if (to > from) target.set(bytes.subarray(from, to), at + from);
}

function gzipError(path: string, cause: unknown): Error {
	const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
	if (!code.startsWith("Z_")) return fileError(path, "read", cause);
	const what =
		code === "Z_BUF_ERROR" ? "truncated: the gzip stream ends too early" : "damaged: the gzip stream is broken";
	return volumeError(path, `${what}; copy or make it again`, cause);
}
