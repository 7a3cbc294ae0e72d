/**
 * Values that a server keeps packed and says so (`Content-Encoding`): viewers' volumes are often stored in this way.
 *
 * @module
 */
import { type Duplex, Readable } from "node:stream";
import { createBrotliDecompress, createGunzip } from "node:zlib";
import { volumeError } from "../fault.ts";
import type { ByteStream } from "./body.ts";

const UNPACKERS: Readonly<Record<string, () => Duplex>> = {
	gzip: () => createGunzip(),
	"x-gzip": () => createGunzip(),
	br: () => createBrotliDecompress(),
};

/** True for an encoding that changes the bytes. */
export function isPacked(encoding: string | null | undefined): encoding is string {
	return (
		encoding !== undefined && encoding !== null && !["", "identity", "aws-chunked"].includes(encoding.toLowerCase())
	);
}

/** The bytes of `body` unpacked; a fault of `body` ends it with the same fault. @throws VOLUME for an unknown encoding */
export async function* unpacked(body: ByteStream, encoding: string): AsyncGenerator<Uint8Array> {
	const make = UNPACKERS[encoding.toLowerCase()];
	if (make === undefined) {
		throw volumeError("Content-Encoding", `"${encoding}" is not known; store the volume without it`);
	}
	const unpack = make();
	const source = Readable.from(body, { objectMode: false });
	source.on("error", (error) => unpack.destroy(error));
	try {
		yield* source.pipe(unpack);
	} finally {
		source.destroy();
		unpack.destroy();
	}
}
