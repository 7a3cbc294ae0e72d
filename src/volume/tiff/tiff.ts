/**
 * TIFF as a volume format: one page "yx" or "yxc", stacks of pages "zyx" and more; classic and BigTIFF.
 *
 * Values are read as they are stored, as tifffile does: palettes and "white is zero" are not applied.
 *
 * @module
 */
import { DTYPES, isDType } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import type { OpenOptions, VolumeFormat, VolumeReader } from "../volume.ts";
import { tiffParts } from "./parts.ts";
import { TiffReader } from "./read.ts";
import { TiffSource } from "./source.ts";
import { readStack } from "./stack.ts";
import { createTiff } from "./write.ts";

/** The TIFF format. */
export const tiff: VolumeFormat = {
	name: "tiff",
	extensions: [".tif", ".tiff"],
	writes: Object.keys(DTYPES).filter(isDType),
	ranks: [2, 3, 4],
	isFolder: false,
	matches: (head) => MARKS.some((mark) => mark.every((byte, i) => head[i] === byte)),
	open: openTiff,
	create: (path, spec, options) => createTiff(tiff, path, spec, options),
	parts: (path, spec) => tiffParts(tiff, path, spec),
};

/** "II" or "MM", then 42 or 43 in that byte order. */
const MARKS = [
	[0x49, 0x49, 42, 0],
	[0x4d, 0x4d, 0, 42],
	[0x49, 0x49, 43, 0],
	[0x4d, 0x4d, 0, 43],
];

async function openTiff(path: string, options: OpenOptions = {}): Promise<VolumeReader> {
	throwIfAborted(options.signal);
	const source = await TiffSource.open(path);
	try {
		return new TiffReader(source, await readStack(source));
	} catch (error) {
		await source.close();
		throw error;
	}
}
