/**
 * From stored samples to the values that nnU-Net's reader gives (`arrayOf` in `header.ts` has the types).
 *
 * @module
 */
import type { DataOf } from "../../core/dtype.ts";
import { painted } from "../palette.ts";
import { COLOUR, type PngHeader } from "./header.ts";
import type { Samples } from "./scanlines.ts";

/** Values of `samples` in C order. */
export function convert({ depth, colour }: PngHeader, palette: Uint8Array, samples: Samples): Samples {
	if (colour === COLOUR.palette) return painted(palette, samples);
	if (colour === COLOUR.grey)
		return depth === 2 || depth === 4 ? samples.map((v) => (v * 255) / (2 ** depth - 1)) : samples;
	if (depth === 8) return samples;
	return colour === COLOUR.greyAlpha ? greyAlphaHighBytes(samples) : Uint8Array.from(samples, (v) => v >> 8);
}

function greyAlphaHighBytes(samples: Samples): DataOf<"uint8"> {
	const target = new Uint8Array(samples.length * 2);
	for (let pixel = 0; pixel < samples.length / 2; pixel++) {
		const grey = (samples[2 * pixel] ?? 0) >> 8;
		target.fill(grey, 4 * pixel, 4 * pixel + 3);
		target[4 * pixel + 3] = (samples[2 * pixel + 1] ?? 0) >> 8;
	}
	return target;
}
