/**
 * Writes numpy's .npz: a zip of deflated .npy arrays, as `numpy.savez_compressed` does and `numpy.load` reads.
 *
 * The arrays pass through deflate in pieces, so that besides them little memory is used. Local headers always carry zip64
 * sizes (numpy's do), the directory at the end where they are needed. From PKWARE's APPNOTE 6.3, sections 4.3 to 4.5.
 *
 * @module
 */
import { type FileHandle, open, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, crc32, createDeflateRaw } from "node:zlib";
import { bytesOf, type NdArray } from "../../core/array.ts";
import type { DType } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import type { Shape } from "../../core/shape.ts";
import { fileError } from "../fault.ts";
import type { IoOptions } from "../volume.ts";
import { npyHeader } from "./npy.ts";
import { directoryEnd, directoryEntry, localHeader, type Member } from "./zip.ts";

/** An array whose elements come in pieces: C-ordered, little-endian bytes, as many as the shape asks for. */
export type NpzStream = { readonly dtype: DType; readonly shape: Shape; readonly bytes: AsyncIterable<Uint8Array> };

/** Bytes of an array that go through deflate at a time. */
const PIECE = 1 << 20;

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
	const file = await open(path, "w").catch((cause) => {
		throw fileError(path, "write", cause);
	});
	try {
		await writeMembers(new Output(file), arrays, options);
		await file.sync();
	} catch (cause) {
		await rm(path, { force: true });
		throw fileError(path, "write", cause);
	} finally {
		await file.close();
	}
}

async function writeMembers(
	out: Output,
	arrays: Readonly<Record<string, NdArray | NpzStream>>,
	options: IoOptions,
): Promise<void> {
	const members: Member[] = [];
	for (const [name, array] of Object.entries(arrays))
		members.push(await writeMember(out, `${name}.npy`, array, options));
	const start = out.at;
	for (const member of members) await out.append(directoryEntry(member));
	await out.append(directoryEnd(members.length, start, out.at - start));
}

async function writeMember(out: Output, name: string, array: NdArray | NpzStream, options: IoOptions): Promise<Member> {
	const empty: Member = { name, offset: out.at, crc: 0, packed: 0, size: 0 };
	await out.append(localHeader(empty));
	const start = out.at;
	let [crc, size] = [0, 0];
	async function* summed(): AsyncGenerator<Uint8Array> {
		for await (const piece of piecesOf(array)) {
			throwIfAborted(options.signal);
			crc = crc32(piece, crc);
			size += piece.length;
			yield piece;
		}
	}
	const deflate = createDeflateRaw({ level: constants.Z_DEFAULT_COMPRESSION, chunkSize: PIECE });
	await pipeline(Readable.from(summed(), { objectMode: true }), deflate, async (packed: AsyncIterable<Uint8Array>) => {
		for await (const part of packed) await out.append(part);
	});
	const member = { ...empty, crc, size, packed: out.at - start };
	await out.put(localHeader(member), empty.offset);
	return member;
}

/** Header and elements, a piece at a time. */
async function* piecesOf(array: NdArray | NpzStream): AsyncGenerator<Uint8Array> {
	yield npyHeader(array.dtype, array.shape);
	if ("bytes" in array) return yield* array.bytes;
	const bytes = bytesOf(array);
	for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

/** A file that grows at its end. */
class Output {
	readonly #file: FileHandle;
	/** Where the next bytes go. */
	at: number = 0;

	constructor(file: FileHandle) {
		this.#file = file;
	}

	async append(bytes: Uint8Array): Promise<void> {
		await this.put(bytes, this.at);
		this.at += bytes.length;
	}

	async put(bytes: Uint8Array, at: number): Promise<void> {
		for (let done = 0; done < bytes.length; ) {
			const { bytesWritten } = await this.#file.write(bytes, done, undefined, at + done);
			done += bytesWritten;
		}
	}
}
