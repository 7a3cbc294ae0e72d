/**
 * The headers of a Windows bitmap: extents, bits a pixel, compression, colours, and what array they make.
 *
 * From Microsoft's BITMAPFILEHEADER, BITMAPINFOHEADER to BITMAPV5HEADER and BITMAPCOREHEADER; what is made of it is what
 * nnU-Net's reader gets (skimage.io.imread, through Pillow).
 *
 * @module
 */
import { viewOf } from "../../core/bytes.ts";
import { demand, demandSome } from "../flat/flaw.ts";
import type { Axes } from "../volume.ts";

/** Compressions that are read, by their numbers. */
export const COMPRESSION = { none: 0, rle8: 1, rle4: 2, masks: 3 } as const;

/** What the headers say. */
export type BmpHeader = {
	readonly width: number;
	readonly height: number;
	/** True where the first row of the file is the image's first. */
	readonly isTopDown: boolean;
	readonly bits: number;
	readonly compression: number;
	/** Bytes of a pixel that hold red, green, blue and, where there are four, alpha (24 and 32 bits). */
	readonly order: readonly number[];
	/** True for 16 bits with 6 of green, else 5. */
	readonly isWideGreen: boolean;
	/** RGB triples of the palette; undefined where an index is the grey value itself, or there is none. */
	readonly palette: Uint8Array | undefined;
	/** Where the pixels begin. */
	readonly at: number;
};

/** The array that a BMP is read as. */
export type BmpArray = { readonly dtype: "uint8"; readonly shape: readonly number[]; readonly axes: Axes };

/** Bytes of the header that follows the file's 14. */
const SIZES = [12, 40, 52, 56, 64, 108, 124];

/** Bytes that hold the headers and the largest palette that Windows writes. */
export const HEAD_BYTES = 14 + 124 + 12 + 4 * 256;

/** Byte orders of red, green, blue, alpha by the masks of 32 bits. */
const ORDERS: Readonly<Record<string, readonly number[]>> = {
	"ff0000,ff00,ff,0": [2, 1, 0],
	"ff000000,ff0000,ff00,0": [3, 2, 1],
	"ff000000,ff00,ff,0": [3, 1, 0],
	"ff000000,ff0000,ff00,ff": [3, 2, 1, 0],
	"ff,ff00,ff0000,ff000000": [0, 1, 2, 3],
	"ff0000,ff00,ff,ff000000": [2, 1, 0, 3],
	"ff000000,ff00,ff,ff0000": [3, 1, 0, 2],
	"0,0,0,0": [2, 1, 0, 3],
};

/** True where `head` begins as a BMP does. */
export function isBmp(head: Uint8Array): boolean {
	return head.length >= 18 && head[0] === 0x42 && head[1] === 0x4d && SIZES.includes(viewOf(head).getUint32(14, true));
}

/** Reads the headers at the first of `bytes`. @throws a flaw */
export function parseHeader(bytes: Uint8Array): BmpHeader {
	demand(isBmp(bytes), "no header of a bitmap");
	const view = viewOf(bytes);
	const size = view.getUint32(14, true);
	demand(bytes.length >= 14 + size, "an end within its header");
	const { width, height, bits, compression, colours, entry } = size === 12 ? oldFields(view) : newFields(view);
	demand(width > 0 && height !== 0, `extents of ${width}x${height}`);
	demand(bits > 8 || colours <= 65536, `a palette of ${colours} colours`);
	const masks = compression === COMPRESSION.masks ? masksOf(view, size) : [];
	const begin = 14 + size + (size === 40 && masks.length > 0 ? 12 : 0);
	const isIndexed = bits <= 8;
	const after = begin + (isIndexed ? entry * colours : 0);
	const told = view.getUint32(10, true);
	return {
		width,
		height: Math.abs(height),
		isTopDown: height < 0,
		bits,
		compression,
		...pixelsOf(bits, compression, masks),
		palette: isIndexed ? paletteOf(bytes.subarray(begin, after), colours, entry) : undefined,
		// some files tell the place of their palette
		at: told === 0 || (told === 14 + size && isIndexed) ? after : told,
	};
}

type Fields = Pick<BmpHeader, "width" | "height" | "bits" | "compression"> & {
	readonly colours: number;
	/** Bytes of a colour in the palette. */
	readonly entry: 3 | 4;
};

function oldFields(view: DataView): Fields {
	const [width, height, bits] = [view.getUint16(18, true), view.getUint16(20, true), view.getUint16(24, true)];
	return { width, height, bits, compression: COMPRESSION.none, colours: 2 ** bits, entry: 3 };
}

function newFields(view: DataView): Fields {
	const bits = view.getUint16(28, true);
	return {
		width: view.getInt32(18, true),
		height: view.getInt32(22, true),
		bits,
		compression: view.getUint32(30, true),
		colours: view.getUint32(46, true) || 2 ** bits,
		entry: 4,
	};
}

/** The array that nnU-Net reads such a file as: palettes become RGB but where they are shades of grey in order. */
export function arrayOf({ width, height, bits, order, palette }: BmpHeader): BmpArray {
	if (bits <= 8 && palette === undefined) return { dtype: "uint8", shape: [height, width], axes: "yx" };
	return { dtype: "uint8", shape: [height, width, bits > 16 ? order.length : 3], axes: "yxc" };
}

function masksOf(view: DataView, size: number): number[] {
	demand(view.byteLength >= 70, "an end within its masks");
	const count = size >= 56 ? 4 : 3;
	const masks = [0, 1, 2].map((i) => view.getUint32(54 + 4 * i, true));
	return [...masks, count === 4 ? view.getUint32(66, true) : 0];
}

const BGR = { order: [2, 1, 0], isWideGreen: false };

/** Bits a pixel that each compression but that by masks takes. */
const BITS: Readonly<Record<number, readonly number[]>> = {
	[COMPRESSION.none]: [1, 4, 8, 16, 24, 32],
	[COMPRESSION.rle8]: [8],
	[COMPRESSION.rle4]: [4],
};

type Pixels = Pick<BmpHeader, "order" | "isWideGreen">;

function pixelsOf(bits: number, compression: number, masks: readonly number[]): Pixels {
	if (compression === COMPRESSION.masks) return maskedPixels(bits, masks);
	demand(BITS[compression]?.includes(bits) === true, `${bits} bits a pixel with compression ${compression}`);
	return BGR;
}

function maskedPixels(bits: number, masks: readonly number[]): Pixels {
	const key = masks.map((mask) => mask.toString(16)).join(",");
	const colours = `${bits}:${key.slice(0, key.lastIndexOf(","))}`;
	if (colours === "16:f800,7e0,1f") return { ...BGR, isWideGreen: true };
	if (colours === "16:7c00,3e0,1f" || colours === "24:ff0000,ff00,ff") return BGR;
	const order = bits === 32 && Object.hasOwn(ORDERS, key) ? ORDERS[key] : undefined;
	return { order: demandSome(order, `${bits} bits a pixel and the masks ${key}`), isWideGreen: false };
}

/** RGB triples; undefined where the palette is black and white, or shades of grey of which each is its own index. */
function paletteOf(bytes: Uint8Array, colours: number, entry: number): Uint8Array | undefined {
	const rgb = new Uint8Array(colours * 3);
	let isGrey = bytes.length === colours * entry;
	for (let i = 0; i < colours; i++) {
		for (let c = 0; c < 3; c++) {
			const value = bytes[i * entry + 2 - c] ?? 0;
			rgb[3 * i + c] = value;
			if (value !== (colours === 2 ? 255 * i : i & 255)) isGrey = false;
		}
	}
	return isGrey ? undefined : rgb;
}
