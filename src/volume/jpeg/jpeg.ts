/**
 * JPEG as a volume format, for reading: 2D images, grey `[H, W]` ("yx") or colour `[H, W, 3]` ("yxc"), baseline and
 * progressive. The values are those of libjpeg, as Pillow, scikit-image and OpenCV read them; turned cameras (EXIF) are
 * not turned back, as there.
 *
 * @module
 */
import { type NdArray, ndarray } from "../../core/array.ts";
import { NnvolError, throwIfAborted } from "../../core/errors.ts";
import { volumeError } from "../fault.ts";
import type { OpenOptions, VolumeFormat, VolumeReader } from "../volume.ts";
import { wholeImageReader } from "../whole-image.ts";
import { JPEG_MARK, type JpegHeader, readJpegHeader } from "./header.ts";
import { decodeRgba } from "./library.ts";

/** The JPEG format. */
export const jpeg: VolumeFormat = {
	name: "jpeg",
	extensions: [".jpg", ".jpeg"],
	writes: [],
	ranks: [],
	isFolder: false,
	matches: (head) => JPEG_MARK.every((byte, i) => head[i] === byte),
	open: openJpeg,
	create: async (path) => {
		throw new NnvolError("UNBUILT", `${path}: JPEG is not written, for it loses values; choose .png or .tif`, {
			fields: { path },
		});
	},
};

/** Told once of every volume that comes from JPEG. */
export const LOSSY_NOTE =
	"its pixels come from JPEG, which changes values slightly; a lossless copy gives better results";

async function openJpeg(path: string, { signal }: OpenOptions = {}): Promise<VolumeReader> {
	throwIfAborted(signal);
	const header = await readJpegHeader(path);
	const { width, height, components } = header;
	const grey = components === 1;
	return wholeImageReader(
		{
			format: "jpeg",
			path,
			dtype: "uint8",
			shape: grey ? [height, width] : [height, width, 3],
			axes: grey ? "yx" : "yxc",
			compression: "jpeg",
			notes: [LOSSY_NOTE],
		},
		(file) => decode(path, header, file),
	);
}

async function decode(path: string, { width, height, components }: JpegHeader, file: Uint8Array): Promise<NdArray> {
	const rgba = await decodeRgba(file).catch((cause) => {
		throw volumeError(path, "damaged or truncated JPEG: it cannot be decoded; copy or make it again", cause);
	});
	if (rgba.length !== width * height * 4) throw volumeError(path, "the file was changed while it was open; run again");
	const data = new Uint8Array(width * height * components);
	if (components === 1) for (let i = 0; i < data.length; i++) data[i] = rgba[4 * i] ?? 0;
	else dropAlpha(rgba, data);
	return ndarray("uint8", components === 1 ? [height, width] : [height, width, 3], data);
}

function dropAlpha(rgba: Uint8ClampedArray, rgb: Uint8Array): void {
	for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
		rgb[to] = rgba[from] ?? 0;
		rgb[to + 1] = rgba[from + 1] ?? 0;
		rgb[to + 2] = rgba[from + 2] ?? 0;
	}
}
