/**
 * Cuts the bytes of a PNG file into its chunks and checks them: signature, order, lengths, checksums, end.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { viewOf } from "../../core/bytes.ts";
import { type PngHeader, parseHeader, SIGNATURE } from "./header.ts";

/** What decoding needs of a PNG. `palette` holds RGB triples. */
export type PngChunks = {
	readonly header: PngHeader;
	readonly palette: Uint8Array;
	readonly data: readonly Uint8Array[];
};

/** The image's chunks; others are skipped, their checksums checked too. A string says what is wrong with the file. */
export function parseChunks(file: Uint8Array): PngChunks | string {
	if (!SIGNATURE.every((byte, i) => file[i] === byte)) return "it does not begin as a PNG does";
	const found: Found = { header: undefined, palette: new Uint8Array(), data: [] };
	const view = viewOf(file);
	for (let at = SIGNATURE.length; at + 12 <= file.length; ) {
		const length = view.getUint32(at);
		const name = String.fromCharCode(...file.subarray(at + 4, at + 8));
		const end = at + 8 + length;
		if (end + 4 > file.length) return `it ends within its ${name} chunk`;
		if (crc32(file.subarray(at + 4, end)) !== view.getUint32(end)) return `the checksum of its ${name} chunk is wrong`;
		if (name === "IEND") return complete(found);
		const problem = take(found, name, file.subarray(at + 8, end));
		if (problem !== undefined) return problem;
		at = end + 4;
	}
	return "it ends before its IEND chunk";
}

type Found = { header: PngHeader | undefined; palette: Uint8Array; readonly data: Uint8Array[] };

function take(found: Found, name: string, body: Uint8Array): string | undefined {
	if ((found.header === undefined) !== (name === "IHDR")) return "its IHDR chunk is not the first, or there are two";
	if (name === "IHDR") return takeHeader(found, body);
	if (name === "PLTE") found.palette = body;
	else if (name === "IDAT") found.data.push(body);
	else if (/^[A-Z]/.test(name)) return `it needs the unknown chunk ${JSON.stringify(name)}`;
	return undefined;
}

function takeHeader(found: Found, body: Uint8Array): string | undefined {
	if (body.length !== 13) return `its IHDR chunk has ${body.length} bytes, not 13`;
	const header = parseHeader(body);
	if (typeof header === "string") return `it has ${header}, which PNG does not allow`;
	found.header = header;
	return undefined;
}

function complete({ header, palette, data }: Found): PngChunks | string {
	if (header === undefined) return "it has no IHDR chunk";
	if (data.length === 0) return "it has no IDAT chunk";
	return { header, palette, data };
}
