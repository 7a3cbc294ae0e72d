/**
 * A grey or RGB image to the bytes of a BMP file: 8 bits with a palette of greys, or 24 bits, rows from the last to the first.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";

const HEADER_BYTES = 54;

/** 96 dots an inch, as Pillow writes where nothing is known. */
const DOTS_A_METRE = 3780;

/** Encodes `[H, W]` or `[H, W, 3]`. */
export function encodeBmp({ shape, data }: NdArray<"uint8">): Uint8Array {
	const [height = 0, width = 0, channels = 1] = shape;
	const colours = channels === 1 ? 256 : 0;
	const stride = Math.ceil((width * channels) / 4) * 4;
	const at = HEADER_BYTES + 4 * colours;
	const file = Buffer.alloc(at + stride * height);
	file.write("BM", "latin1");
	file.writeUInt32LE(file.length, 2);
	file.writeUInt32LE(at, 10);
	file.writeUInt32LE(40, 14);
	file.writeInt32LE(width, 18);
	file.writeInt32LE(height, 22);
	file.writeUInt16LE(1, 26);
	file.writeUInt16LE(8 * channels, 28);
	file.writeUInt32LE(stride * height, 34);
	file.writeUInt32LE(DOTS_A_METRE, 38);
	file.writeUInt32LE(DOTS_A_METRE, 42);
	file.writeUInt32LE(colours, 46);
	file.writeUInt32LE(colours, 50);
	for (let i = 0; i < colours; i++) file.fill(i, HEADER_BYTES + 4 * i, HEADER_BYTES + 4 * i + 3);
	for (let y = 0; y < height; y++) {
		const row = file.subarray(at + (height - 1 - y) * stride);
		for (let i = 0; i < width * channels; i++) {
			// blue, green, red
			const from = channels === 1 ? i : i - (i % 3) + 2 - (i % 3);
			row[i] = data[y * width * channels + from] ?? 0;
		}
	}
	return file;
}
