/**
 * The formats that a section can have: those of single images, and TIFF.
 *
 * @module
 */
import { volumeError } from "../fault.ts";
import { ByteFile } from "../streams/file.ts";
import type { IoOptions, VolumeFormat, VolumeReader } from "../volume.ts";

type Entry = { readonly endings: RegExp; readonly load: () => Promise<VolumeFormat> };

const IMAGES: readonly Entry[] = [
	{ endings: /\.png$/i, load: async () => (await import("../png/png.ts")).png },
	{ endings: /\.tiff?$/i, load: async () => (await import("../tiff/tiff.ts")).tiff },
	{ endings: /\.jpe?g$/i, load: async () => (await import("../jpeg/jpeg.ts")).jpeg },
	{ endings: /\.bmp$/i, load: async () => (await import("../bmp/bmp.ts")).bmp },
];

/** Bytes that tell what an image is. */
const HEAD_BYTES = 64;

/** The ending of `name`, in lower case, where it is that of an image. */
export function imageEnding(name: string): string | undefined {
	const found = IMAGES.map(({ endings }) => endings.exec(name)?.[0]).find((ending) => ending !== undefined);
	return found?.toLowerCase();
}

/** The format that the ending of `name` tells. */
export async function imageFormat(name: string): Promise<VolumeFormat | undefined> {
	return IMAGES.find(({ endings }) => endings.test(name))?.load();
}

/** Opens the image at `path`, told by its content; asked first is the format of its name. @throws VOLUME */
export async function openImage(path: string, options: IoOptions = {}): Promise<VolumeReader> {
	const head = await readHead(path);
	const named = IMAGES.findIndex(({ endings }) => endings.test(path));
	for (const { load } of [...IMAGES.slice(Math.max(0, named)), ...IMAGES.slice(0, Math.max(0, named))]) {
		const format = await load();
		if (format.matches(head)) return format.open(path, options);
	}
	throw volumeError(
		path,
		"expected a PNG, TIFF, JPEG or BMP, found something else; leave it out by a narrower pattern",
	);
}

async function readHead(path: string): Promise<Uint8Array> {
	const file = await ByteFile.open(path);
	try {
		return await file.peek(0, HEAD_BYTES);
	} finally {
		await file.close();
	}
}
