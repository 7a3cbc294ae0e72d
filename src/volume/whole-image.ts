/**
 * Images that are read and written as a whole: decoded at the first read and kept until the reader is closed; held by
 * the writer and encoded at `finish`.
 *
 * @module
 */
import { readFile, rm } from "node:fs/promises";
import { copyBox, cut, type NdArray } from "../core/array.ts";
import { type Box, wholeBox } from "../core/box.ts";
import { throwIfAborted } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import { checkBox, checkRegion } from "./check.ts";
import { fileError, volumeError } from "./fault.ts";
import { OutputFile } from "./streams/output.ts";
import type { IoOptions, VolumeInfo, VolumeReader, VolumeSpec, VolumeWriter } from "./volume.ts";

/** A reader of the image that `info` tells of; `decode` makes it of the file's bytes. */
export function wholeImageReader(
	info: VolumeInfo,
	decode: (file: Uint8Array) => NdArray | Promise<NdArray>,
): VolumeReader {
	const { path, shape } = info;
	let decoded: Promise<NdArray> | undefined;
	const load = async (): Promise<NdArray> => {
		const bytes = await readFile(path).catch((cause) => {
			throw fileError(path, "read", cause);
		});
		return decode(bytes);
	};
	return {
		info,
		async read(box: Box, { signal }: IoOptions = {}): Promise<NdArray> {
			throwIfAborted(signal);
			checkBox(path, shape, box);
			decoded ??= load();
			return cut(await decoded, box);
		},
		async close(): Promise<void> {
			decoded = undefined;
		},
	};
}

/** Begins the file at `path`; `spec` is checked by then. `encode` makes the whole file of the filled `image`. @throws VOLUME */
export async function wholeImageWriter<A extends NdArray>(
	path: string,
	spec: VolumeSpec,
	image: A,
	encode: (image: A) => Uint8Array | Promise<Uint8Array>,
): Promise<VolumeWriter> {
	const file = await OutputFile.create(path);
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
			await file.append(await encode(image));
			await file.finish();
		},
		async discard(): Promise<void> {
			await file.abandon();
			await rm(path, { force: true }).catch(() => undefined);
		},
	};
}
