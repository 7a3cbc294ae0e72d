/**
 * BMP as a volume format: 2D images, grey `[H, W]` ("yx") or colour `[H, W, C]` ("yxc").
 *
 * A reader decodes the file at its first read and keeps the array until it is closed. A writer holds the image and
 * encodes it at `finish`.
 *
 * @module
 */
import { readFile, rm } from "node:fs/promises";
import { copyBox, cut, hasDType, type NdArray, zeros } from "../../core/array.ts";
import { type Box, wholeBox } from "../../core/box.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { checkBox, checkRegion, checkSpec } from "../check.ts";
import { fileError, volumeError } from "../fault.ts";
import { withPath } from "../flat/flaw.ts";
import { ByteFile } from "../streams/file.ts";
import { OutputFile } from "../streams/output.ts";
import type {
	IoOptions,
	OpenOptions,
	VolumeFormat,
	VolumeInfo,
	VolumeReader,
	VolumeSpec,
	VolumeWriter,
} from "../volume.ts";
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
	const info: VolumeInfo = { format: "bmp", path, ...arrayOf(header) };
	let decoded: Promise<NdArray> | undefined;
	const decode = async (): Promise<NdArray> => {
		const bytes = await readFile(path).catch((cause) => {
			throw fileError(path, "read", cause);
		});
		return decodeBmp(path, header, bytes);
	};
	return {
		info,
		async read(box: Box, { signal }: IoOptions = {}): Promise<NdArray> {
			throwIfAborted(signal);
			checkBox(path, info.shape, box);
			decoded ??= decode();
			return cut(await decoded, box);
		},
		async close(): Promise<void> {
			decoded = undefined;
		},
	};
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
	const image = zeros("uint8", spec.shape);
	const file = await OutputFile.create(path);
	let missing = sizeOf(spec.shape);
	return {
		async write(start: readonly number[], array: NdArray, { signal }: IoOptions = {}): Promise<void> {
			throwIfAborted(signal);
			checkRegion(path, spec, start, array);
			if (hasDType(array, "uint8")) copyBox(array, wholeBox(array.shape), image, start);
			missing -= sizeOf(array.shape);
		},
		async finish(): Promise<void> {
			if (missing !== 0) throw volumeError(path, `${Math.abs(missing)} voxels were written too few or twice`);
			await file.append(encodeBmp(image));
			await file.finish();
		},
		async discard(): Promise<void> {
			await file.abandon();
			await rm(path, { force: true }).catch(() => undefined);
		},
	};
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
