/**
 * PNG as a volume format: 2D images, grey `[H, W]` ("yx") or colour `[H, W, C]` ("yxc").
 *
 * A reader decodes the file at its first read and keeps the array until it is closed. A writer holds the image and
 * encodes it at `finish`.
 *
 * @module
 */
import { type FileHandle, open, readFile, rm } from "node:fs/promises";
import { copyBox, cut, type NdArray, zeros } from "../../core/array.ts";
import { type Box, wholeBox } from "../../core/box.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { sameShape, sizeOf } from "../../core/shape.ts";
import { checkBox, checkRegion, checkSpec } from "../check.ts";
import { fileError, volumeError } from "../fault.ts";
import type {
	IoOptions,
	OpenOptions,
	VolumeFormat,
	VolumeInfo,
	VolumeReader,
	VolumeSpec,
	VolumeWriter,
} from "../volume.ts";
import { decodePng } from "./decode.ts";
import { encodePng } from "./encode.ts";
import { arrayOf, HEADER_BYTES, type PngHeader, parseHeader, SIGNATURE } from "./header.ts";

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

async function openPng(path: string, options: OpenOptions = {}): Promise<VolumeReader> {
	throwIfAborted(options.signal);
	const header = await readHeader(path);
	const info: VolumeInfo = { format: "png", path, ...arrayOf(header) };
	let decoded: Promise<NdArray> | undefined;
	return {
		info,
		async read(box: Box, { signal }: IoOptions = {}): Promise<NdArray> {
			throwIfAborted(signal);
			checkBox(path, info.shape, box);
			decoded ??= decodeFile(path, info);
			return cut(await decoded, box);
		},
		async close(): Promise<void> {
			decoded = undefined;
		},
	};
}

async function decodeFile(path: string, info: VolumeInfo): Promise<NdArray> {
	const bytes = await readFile(path).catch((cause) => {
		throw fileError(path, "read", cause);
	});
	const array = await decodePng(path, bytes);
	if (array.dtype !== info.dtype || !sameShape(array.shape, info.shape)) {
		throw volumeError(path, "the file was changed while it was open; run again");
	}
	return array;
}

async function readHeader(path: string): Promise<PngHeader> {
	const head = new Uint8Array(HEADER_BYTES);
	const file = await open(path, "r").catch((cause) => {
		throw fileError(path, "open", cause);
	});
	try {
		const { bytesRead } = await file.read(head, 0, HEADER_BYTES, 0);
		if (bytesRead < HEADER_BYTES) {
			throw volumeError(path, `expected a PNG, found only ${bytesRead} bytes; copy or make it again`);
		}
	} catch (cause) {
		throw fileError(path, "read", cause);
	} finally {
		await file.close();
	}
	if (!png.matches(head)) throw volumeError(path, "expected a PNG, found a file that does not begin as one");
	const header = parseHeader(head.subarray(16, 29));
	if (typeof header === "string") throw volumeError(path, `damaged PNG: it has ${header}, which PNG does not allow`);
	return header;
}

async function createPng(path: string, spec: VolumeSpec, options: IoOptions = {}): Promise<VolumeWriter> {
	throwIfAborted(options.signal);
	checkSpec(png, path, spec);
	checkImage(path, spec);
	const image = spec.dtype === "uint16" ? zeros("uint16", spec.shape) : zeros("uint8", spec.shape);
	const file = await open(path, "w").catch((cause) => {
		throw fileError(path, "write", cause);
	});
	let missing = sizeOf(spec.shape);
	return {
		async write(start: readonly number[], array: NdArray, { signal }: IoOptions = {}): Promise<void> {
			throwIfAborted(signal);
			checkRegion(path, spec, start, array);
			copyBox(array, wholeBox(array.shape), image, start);
			missing -= sizeOf(array.shape);
		},
		async finish(): Promise<void> {
			if (missing !== 0) throw volumeError(path, `${Math.abs(missing)} voxels were written too few or twice`);
			await save(path, file, await encodePng(image));
		},
		async discard(): Promise<void> {
			await file.close().catch(() => undefined);
			await rm(path, { force: true }).catch(() => undefined);
		},
	};
}

async function save(path: string, file: FileHandle, bytes: Uint8Array): Promise<void> {
	try {
		await file.writeFile(bytes);
		await file.sync();
	} catch (cause) {
		throw fileError(path, "write", cause);
	} finally {
		await file.close();
	}
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
