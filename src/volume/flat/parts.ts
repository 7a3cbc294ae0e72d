/**
 * Flat files from parts: plain voxels are written where they belong at once, packed ones piece by piece and joined.
 *
 * Pieces are deflated by themselves and end at whole bytes (an empty stored block, RFC 1951), so that one behind the other they are
 * a single stream, as every program reads it. Its head, end and checksum are those of gzip (RFC 1952) or zlib (RFC 1950).
 *
 * @module
 */
import { open, stat } from "node:fs/promises";
import { endianness } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { constants, deflateRaw } from "node:zlib";
import { syncFolder } from "../../core/atomic-file.ts";
import { DTYPES } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import { fileError, volumeError } from "../fault.ts";
import { alsoAt, appendPart, keepPart, type Pages, type PartWriter } from "../parts.ts";
import { FAST_LEVEL, OutputFile } from "../streams/output.ts";
import type { VolumeSpec } from "../volume.ts";
import { ADLER32, type Checksum, CRC32 } from "./checksums.ts";
import { swapped } from "./text.ts";
import type { FlatFormat } from "./write.ts";

/** Bytes deflated by themselves: several at once, on as many cores. */
const PIECE_BYTES = 8 << 20;

const pack = promisify(deflateRaw);

type Wrapping = {
	readonly head: Uint8Array;
	readonly checksum: Checksum;
	/** What follows the last piece: an empty last block, then the checksum. */
	end(check: number, raw: number): Uint8Array;
};

/** The empty last block of a stream. */
const LAST_BLOCK = [3, 0];

const WRAPPINGS: Readonly<Record<"gzip" | "zlib", Wrapping>> = {
	gzip: {
		head: Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3),
		checksum: CRC32,
		end: (check, raw) => {
			const bytes = Buffer.from([...LAST_BLOCK, 0, 0, 0, 0, 0, 0, 0, 0]);
			bytes.writeUInt32LE(check, 2);
			bytes.writeUInt32LE(raw % 2 ** 32, 6);
			return bytes;
		},
	},
	zlib: {
		head: Uint8Array.of(0x78, 0x5e),
		checksum: ADLER32,
		end: (check) => {
			const bytes = Buffer.from([...LAST_BLOCK, 0, 0, 0, 0]);
			bytes.writeUInt32BE(check, 2);
			return bytes;
		},
	},
};

/** The parts of a file of `format`. @throws TypeError for a packing that no flat format has */
export function flatParts(spec: VolumeSpec, format: FlatFormat): PartWriter {
	const { packing } = format;
	if (packing === "none") return plainParts(spec, format);
	if (packing === "deflate") throw new TypeError("a flat file packed without a wrapping");
	return packedParts(spec, format, WRAPPINGS[packing]);
}

function packedParts(spec: VolumeSpec, format: FlatFormat, { head, checksum, end }: Wrapping): PartWriter {
	return {
		write: async (folder, n, _, pages) => {
			const bytes = ordered(pages, spec, format);
			const packed = await deflated(bytes);
			await keepPart(folder, n, packed);
			return { bytes: packed.length, raw: bytes.length, check: checksum.of(bytes) };
		},
		join: async (folder, parts, path) => {
			const inside = format.packsHeader ? format.header(0) : new Uint8Array();
			const first = await deflated(inside);
			const ends = [head.length, first.length, end(0, 0).length];
			const size = [...ends, ...parts.map(({ bytes }) => bytes)].reduce((sum, bytes) => sum + bytes, 0);
			await writeFile(path, async (file) => {
				if (!format.packsHeader) await file.append(format.header(size));
				await file.append(head);
				await file.append(first);
				let [check, raw] = [checksum.of(inside), inside.length];
				for (const [n, part] of parts.entries()) {
					await appendPart(file, folder, n, part);
					check = checksum.join(check, part.check ?? checksum.empty, part.raw);
					raw += part.raw;
				}
				await file.append(end(check, raw));
			});
		},
	};
}

function plainParts(spec: VolumeSpec, format: FlatFormat): PartWriter {
	const head = format.header(0);
	const page = sizeOf(spec.shape.slice(spec.axes.endsWith("c") ? -3 : -2)) * DTYPES[spec.dtype].bytes;
	const place = (folder: string) => join(folder, "whole");
	return {
		write: async (folder, _, from, pages) => {
			const bytes = ordered(pages, spec, format);
			await makeFile(place(folder));
			await writeAt(place(folder), head.length + from * page, bytes);
			return { bytes: bytes.length, raw: bytes.length };
		},
		join: async (folder, parts, path) => {
			await requireSize(
				place(folder),
				parts.reduce((size, { bytes }) => size + bytes, head.length),
			);
			await writeAt(place(folder), 0, head);
			await alsoAt(place(folder), path);
		},
	};
}

/** The voxels in the order of bytes that the format has. */
function ordered({ bytes }: Pages, { dtype }: VolumeSpec, { bigEndian }: FlatFormat): Uint8Array {
	if (bigEndian === (endianness() === "BE")) return bytes;
	return swapped(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), DTYPES[dtype].bytes);
}

/** Blocks of a stream that is gone on with; none for no bytes. */
async function deflated(bytes: Uint8Array): Promise<Uint8Array> {
	const count = Math.ceil(bytes.length / PIECE_BYTES);
	const pieces = Array.from({ length: count }, (_, n) => bytes.subarray(n * PIECE_BYTES, (n + 1) * PIECE_BYTES));
	const how = { level: FAST_LEVEL, finishFlush: constants.Z_SYNC_FLUSH };
	return Buffer.concat(await Promise.all(pieces.map((piece) => pack(piece, how))));
}

/** Makes a file that is not there; its name is durable. @throws VOLUME */
async function makeFile(path: string): Promise<void> {
	try {
		const made = await open(path, "a"); // "w" would cut off what others have written
		await made.close();
		await syncFolder(dirname(path));
	} catch (cause) {
		throw fileError(path, "write", cause);
	}
}

/** @throws VOLUME for a file that lacks parts, or is gone */
async function requireSize(path: string, expected: number): Promise<void> {
	const size = await stat(path).then(
		(found) => found.size,
		(cause) => {
			throw fileError(path, "read", cause);
		},
	);
	if (size !== expected) throw volumeError(path, `expected ${expected} bytes of parts, found ${size}`);
}

/** Writes bytes of a file that several write at the same time, durably. @throws VOLUME */
async function writeAt(path: string, at: number, bytes: Uint8Array): Promise<void> {
	try {
		const file = await open(path, "r+");
		try {
			for (let done = 0; done < bytes.length; ) {
				const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
				done += bytesWritten;
			}
			await file.sync();
		} finally {
			await file.close();
		}
	} catch (cause) {
		throw fileError(path, "write", cause);
	}
}

async function writeFile(path: string, work: (file: OutputFile) => Promise<void>): Promise<void> {
	const file = await OutputFile.create(path);
	try {
		await work(file);
	} catch (error) {
		await file.abandon();
		throw error;
	}
	await file.finish();
}
