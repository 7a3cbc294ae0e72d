/**
 * A grey or colour image to the bytes of a PNG file.
 *
 * @module
 */
import { promisify } from "node:util";
import { crc32, deflate } from "node:zlib";
import type { NdArray } from "../../core/array.ts";
import { COLOUR, SIGNATURE } from "./header.ts";

/** Colour types by samples a pixel. */
const COLOUR_OF: Readonly<Record<number, number>> = {
	1: COLOUR.grey,
	2: COLOUR.greyAlpha,
	3: COLOUR.rgb,
	4: COLOUR.rgba,
};

/** Encodes `[H, W]` or `[H, W, C]` of uint8 or uint16. Rows are stored unfiltered: best for labels. */
export async function encodePng(image: NdArray<"uint8"> | NdArray<"uint16">): Promise<Uint8Array> {
	const [height = 0, width = 0, samples = 1] = image.shape;
	const depth = image.dtype === "uint16" ? 16 : 8;
	const ihdr = Buffer.alloc(13);
	ihdr.writeUInt32BE(width, 0);
	ihdr.writeUInt32BE(height, 4);
	ihdr.set([depth, COLOUR_OF[samples] ?? COLOUR.grey], 8);
	const data = await promisify(deflate)(filtered(image, height));
	return Buffer.concat([SIGNATURE, chunk("IHDR", ihdr), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function filtered(image: NdArray<"uint8"> | NdArray<"uint16">, height: number): Uint8Array {
	const rowBytes = image.data.byteLength / height;
	const bytes = Buffer.alloc(image.data.byteLength + height);
	const row = image.data.length / height;
	for (let y = 0; y < height; y++) {
		const at = y * (rowBytes + 1) + 1;
		const values = image.data.subarray(y * row, (y + 1) * row);
		if (image.dtype === "uint8") bytes.set(values, at);
		else for (let i = 0; i < row; i++) bytes.writeUInt16BE(values[i] ?? 0, at + 2 * i);
	}
	return bytes;
}

function chunk(name: string, body: Uint8Array): Uint8Array {
	const bytes = Buffer.alloc(body.length + 12);
	bytes.writeUInt32BE(body.length, 0);
	bytes.write(name, 4, "latin1");
	bytes.set(body, 8);
	bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + body.length)), 8 + body.length);
	return bytes;
}
