/**
 * The IHDR of a PNG: extents, bit depth, colour type, and what array they make.
 *
 * @module
 */
import { viewOf } from "../../core/bytes.ts";
import type { Axes } from "../volume.ts";

/** Colour types of PNG by their numbers. */
export const COLOUR = { grey: 0, rgb: 2, palette: 3, greyAlpha: 4, rgba: 6 } as const;

type ColourInfo = { readonly samples: number; readonly depths: readonly number[] };

const COLOURS: Readonly<Record<number, ColourInfo>> = {
	[COLOUR.grey]: { samples: 1, depths: [1, 2, 4, 8, 16] },
	[COLOUR.rgb]: { samples: 3, depths: [8, 16] },
	[COLOUR.palette]: { samples: 1, depths: [1, 2, 4, 8] },
	[COLOUR.greyAlpha]: { samples: 2, depths: [8, 16] },
	[COLOUR.rgba]: { samples: 4, depths: [8, 16] },
};

/** The first eight bytes of every PNG. */
export const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Bytes of signature and IHDR with its length, name and checksum. */
export const HEADER_BYTES = 33;

/** What IHDR says. `samples` are those stored a pixel. */
export type PngHeader = {
	readonly width: number;
	readonly height: number;
	readonly depth: number;
	readonly colour: number;
	readonly samples: number;
	readonly interlaced: boolean;
};

/** The array that a PNG is read as. */
export type PngArray = { readonly dtype: "uint8" | "uint16"; readonly shape: readonly number[]; readonly axes: Axes };

/** Reads the 13 bytes of IHDR; a string says what is wrong with them. */
export function parseHeader(ihdr: Uint8Array): PngHeader | string {
	const view = viewOf(ihdr);
	const [width, height] = [view.getUint32(0), view.getUint32(4)];
	const [depth, colour] = [view.getUint8(8), view.getUint8(9)];
	const [compression, filter, interlace] = [view.getUint8(10), view.getUint8(11), view.getUint8(12)];
	const info = COLOURS[colour];
	if (width === 0 || height === 0 || width > 0x7fffffff || height > 0x7fffffff) return `extents of ${width}x${height}`;
	if (!info?.depths.includes(depth)) return `colour type ${colour} with ${depth} bits`;
	if (compression !== 0 || filter !== 0 || interlace > 1) {
		return `compression ${compression}, filter ${filter}, interlace ${interlace}`;
	}
	return { width, height, depth, colour, samples: info.samples, interlaced: interlace === 1 };
}

/**
 * The array that nnU-Net reads such a file as (skimage.io.imread, through Pillow): palettes become RGB, colour of
 * 16 bits keeps its high bytes, grey with alpha of 16 bits becomes RGBA, transparency chunks are ignored.
 */
export function arrayOf({ width, height, depth, colour, samples }: PngHeader): PngArray {
	if (colour === COLOUR.grey) return { dtype: depth === 16 ? "uint16" : "uint8", shape: [height, width], axes: "yx" };
	const channels = colour === COLOUR.palette ? 3 : colour === COLOUR.greyAlpha && depth === 16 ? 4 : samples;
	return { dtype: "uint8", shape: [height, width, channels], axes: "yxc" };
}
