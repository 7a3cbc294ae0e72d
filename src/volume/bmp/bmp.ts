/**
 * BMP as a volume format: 2D images, grey `[H, W]` ("yx") or colour `[H, W, C]` ("yxc").
 *
 * @module
 */
import { zeros } from "../../core/array.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { checkSpec } from "../check.ts";
import { volumeError } from "../fault.ts";
import { withPath } from "../flat/flaw.ts";
import { ByteFile } from "../streams/file.ts";
import type { IoOptions, OpenOptions, VolumeFormat, VolumeReader, VolumeSpec, VolumeWriter } from "../volume.ts";
import { wholeImageReader, wholeImageWriter } from "../whole-image.ts";
import { checkSize, decodeBmp } from "./decode.ts";
import { encodeBmp } from "./encode.ts";
import { arrayOf, type BmpHeader, HEAD_BYTES, isBmp, parseHeader } from "./header.ts";

/** The BMP format. What is read is what nnU-Net's NaturalImage2DIO reads. */
export const bmp: VolumeFormat = {
	name: "bmp",
	extensions: [".bmp"],
	writes: ["uint8"],
	ranks: [2, 3],
	isFolder: false,
	matches: isBmp,
	open: openBmp,
	create: createBmp,
};

/** Largest width or height that the header can tell. */
const MOST_EXTENT = 0x7fffffff;

async function openBmp(path: string, options: OpenOptions = {}): Promise<VolumeReader> {
	throwIfAborted(options.signal);
	const header = await readHeader(path);
	return wholeImageReader({ format: "bmp", path, ...arrayOf(header) }, (file) => decodeBmp(path, header, file));
}

async function readHeader(path: string): Promise<BmpHeader> {
	const file = await ByteFile.open(path);
	try {
		const bytes = await file.peek(0, HEAD_BYTES);
		const header = withPath(path, "BMP", () => parseHeader(bytes));
		checkSize(path, header, file.size);
		return header;
	} finally {
		await file.close();
	}
}

async function createBmp(path: string, spec: VolumeSpec, options: IoOptions = {}): Promise<VolumeWriter> {
	throwIfAborted(options.signal);
	checkSpec(bmp, path, spec);
	checkImage(path, spec);
	return wholeImageWriter(path, spec, zeros("uint8", spec.shape), encodeBmp);
}

function checkImage(path: string, { shape, axes }: VolumeSpec): void {
	const wanted = shape.length === 2 ? "yx" : "yxc";
	const isHeld = (shape[2] ?? 3) === 3 && shape.every((extent) => extent <= MOST_EXTENT);
	if ((axes === "" || axes === wanted) && isHeld) return;
	throw volumeError(
		path,
		`BMP holds one 2D image, grey (yx) or of 3 channels (yxc), found "${axes}" of ${shape.join("x")}`,
	);
}
