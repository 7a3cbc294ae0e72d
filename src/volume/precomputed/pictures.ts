/**
 * Chunks kept as pictures: the decoders of the picture formats, loaded when the first such chunk is read.
 *
 * @module
 */
import { type NdArray, ndarray, reshape } from "../../core/array.ts";
import { viewOf } from "../../core/bytes.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Place } from "./place.ts";

/** The pixels of a JPEG or PNG chunk of `count` voxels: y, x, colour (at least one). @throws Error where it is damaged */
export async function pixelsOf(place: Place, count: number, bytes: Uint8Array): Promise<NdArray> {
	if (place.encoding === "jpeg") return jpegPixels(place.channels, count, bytes);
	const { decodePng } = await import("../png/decode.ts");
	const image = await decodePng(place.root, bytes);
	const [height = 1, width = 1] = image.shape;
	return reshape(image, [height, width, sizeOf(image.shape) / (height * width)]);
}

async function jpegPixels(channels: number, count: number, bytes: Uint8Array): Promise<NdArray> {
	const [height, width] = frameOf(bytes);
	if (height * width !== count) throw new RangeError(`expected ${count} pixels, the JPEG has ${width}x${height}`);
	if (channels !== 1 && channels !== 3) throw new RangeError(`a JPEG holds 1 or 3 channels, not ${channels}`);
	const { decodeRgba } = await import("../jpeg/library.ts");
	const rgba = await decodeRgba(bytes);
	if (rgba.length !== 4 * count) throw new RangeError("the JPEG was not decoded whole");
	const pixels = new Uint8Array(count * channels);
	for (let pixel = 0, to = 0; pixel < count; pixel++) {
		for (let colour = 0; colour < channels; colour++) pixels[to++] = rgba[4 * pixel + colour] ?? 0;
	}
	return ndarray("uint8", [height, width, channels], pixels);
}

/** Height and width that the frame header tells (ITU-T T.81, annex B), before a decoder takes memory for them. */
function frameOf(bytes: Uint8Array): readonly [number, number] {
	const view = viewOf(bytes);
	for (let at = 2; at + 9 <= bytes.length && bytes[at] === 0xff; ) {
		const code = bytes[at + 1] ?? 0;
		const isFrame = code >= 0xc0 && code <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(code);
		if (isFrame) return [view.getUint16(at + 5), view.getUint16(at + 7)];
		at += code === 0xff ? 1 : 2 + Math.max(2, view.getUint16(at + 2));
	}
	throw new RangeError("it is no JPEG with a frame header");
}
