/**
 * Writes numpy's .npz: a zip of deflated .npy arrays, as `numpy.savez_compressed` does and `numpy.load` reads.
 *
 * The arrays pass through deflate in pieces, so that besides them little memory is used. Local headers always carry zip64
 * sizes (numpy's do), the directory at the end where they are needed. From PKWARE's APPNOTE 6.3, sections 4.3 to 4.5.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { bytesOf, type NdArray } from "../../core/array.ts";
import type { DType } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import type { Shape } from "../../core/shape.ts";
import { fileError } from "../fault.ts";
import { OutputFile, PIECE } from "../streams/output.ts";
import type { IoOptions } from "../volume.ts";
import { npyHeader } from "./npy.ts";
import { directoryEnd, directoryEntry, localHeader, type Member } from "./zip.ts";

/** An array whose elements come in pieces: C-ordered, little-endian bytes, as many as the shape asks for. */
export type NpzStream = { readonly dtype: DType; readonly shape: Shape; readonly bytes: AsyncIterable<Uint8Array> };

/**
 * Writes `arrays` to a new file at `path` itself; callers pass a temporary path and publish it.
 *
 * @throws VOLUME, CANCELLED; then nothing is left at `path`
 */
export async function writeNpz(
	path: string,
	arrays: Readonly<Record<string, NdArray | NpzStream>>,
	options: IoOptions = {},
): Promise<void> {
	throwIfAborted(options.signal);
	const file = await OutputFile.create(path);
	try {
		const members: Member[] = [];
		for (const [name, array] of Object.entries(arrays)) {
			members.push(await writeMember(file, `${name}.npy`, array, options));
		}
		const start = file.size;
		for (const member of members) await file.append(directoryEntry(member));
		await file.append(directoryEnd(members.length, start, file.size - start));
		await file.finish();
	} catch (cause) {
		await file.abandon();
		await rm(path, { force: true });
		throw fileError(path, "write", cause);
	}
}

async function writeMember(
	file: OutputFile,
	name: string,
	array: NdArray | NpzStream,
	options: IoOptions,
): Promise<Member> {
	const empty: Member = { name, offset: file.size, crc: 0, packed: 0, size: 0 };
	await file.append(localHeader(empty));
	const start = file.size;
	let [crc, size] = [0, 0];
	file.pack("deflate");
	for await (const piece of piecesOf(array)) {
		throwIfAborted(options.signal);
		crc = crc32(piece, crc);
		size += piece.length;
		await file.append(piece);
	}
	await file.unpack();
	const member = { ...empty, crc, size, packed: file.size - start };
	await file.patch(empty.offset, localHeader(member));
	return member;
}

/** Header and elements, a piece at a time. */
async function* piecesOf(array: NdArray | NpzStream): AsyncGenerator<Uint8Array> {
	yield npyHeader(array.dtype, array.shape);
	if ("bytes" in array) return yield* array.bytes;
	const bytes = bytesOf(array);
	for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}
