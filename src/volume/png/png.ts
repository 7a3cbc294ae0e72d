/**
 * PNG as a volume format: 2D images, grey `[H, W]` ("yx") or colour `[H, W, C]` ("yxc").
 *
 * @module
 */
import { zeros } from "../../core/array.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { sameShape } from "../../core/shape.ts";
import { checkSpec } from "../check.ts";
import { volumeError } from "../fault.ts";
import { ByteFile } from "../streams/file.ts";
import type {
	IoOptions,
	OpenOptions,
	VolumeFormat,
	VolumeInfo,
	VolumeReader,
	VolumeSpec,
	VolumeWriter,
} from "../volume.ts";
import { wholeImageReader, wholeImageWriter } from "../whole-image.ts";
import { checkSize, decodePng } from "./decode.ts";
import { encodePng } from "./encode.ts";
import { arrayOf, HEADER_BYTES, type PngHeader, parseHeader, SIGNATURE } from "./header.ts";
import { inflatedBytes } from "./scanlines.ts";
import { PngStream } from "./stream.ts";

/** The PNG format. What is read is what nnU-Net's NaturalImage2DIO reads. */
export const png: VolumeFormat = {
	name: "png",
	extensions: [".png"],
	writes: ["uint8", "uint16"],
	ranks: [2, 3],
	isFolder: false,
	matches: (head) => SIGNATURE.every((byte, i) => head[i] === byte),
	open: openPng,
	create: createPng,
};

/** Larger images are read band by band. */
const WHOLE_BYTES = 1 << 26;

async function openPng(path: string, options: OpenOptions = {}): Promise<VolumeReader> {
	throwIfAborted(options.signal);
	const header = await readHeader(path);
	if (!header.interlaced && inflatedBytes(header) > WHOLE_BYTES) return PngStream.open(path, header);
	const info: VolumeInfo = { format: "png", path, ...arrayOf(header) };
	return wholeImageReader(info, async (file) => {
		const array = await decodePng(path, file);
		if (array.dtype === info.dtype && sameShape(array.shape, info.shape)) return array;
		throw volumeError(path, "the file was changed while it was open; run again");
	});
}

/** The header of the file at `path`. @throws VOLUME where it is no PNG */
export async function readHeader(path: string): Promise<PngHeader> {
	const file = await ByteFile.open(path);
	try {
		const head = await file.peek(0, HEADER_BYTES);
		if (head.length < HEADER_BYTES) {
			throw volumeError(path, `expected a PNG, found only ${head.length} bytes; copy or make it again`);
		}
		if (!png.matches(head)) throw volumeError(path, "expected a PNG, found a file that does not begin as one");
		const header = parseHeader(head.subarray(16, 29));
		if (typeof header === "string") throw volumeError(path, `damaged PNG: it has ${header}, which PNG does not allow`);
		checkSize(path, header, file.size - HEADER_BYTES);
		return header;
	} finally {
		await file.close();
	}
}

async function createPng(path: string, spec: VolumeSpec, options: IoOptions = {}): Promise<VolumeWriter> {
	throwIfAborted(options.signal);
	checkSpec(png, path, spec);
	checkImage(path, spec);
	const image = spec.dtype === "uint16" ? zeros("uint16", spec.shape) : zeros("uint8", spec.shape);
	return wholeImageWriter(path, spec, image, encodePng);
}

function checkImage(path: string, { shape, axes }: VolumeSpec): void {
	const channels = shape[2] ?? 1;
	const wanted = shape.length === 2 ? "yx" : "yxc";
	if ((axes !== "" && axes !== wanted) || channels > 4) {
		throw volumeError(
			path,
			`PNG holds one 2D image of 1 to 4 channels (yx or yxc), found "${axes}" of ${shape.join("x")}`,
		);
	}
}
