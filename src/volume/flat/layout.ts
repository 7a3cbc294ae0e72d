/**
 * Where the voxels of a flat format lie: C-ordered, without chunks, in one file or several of the same size.
 *
 * @module
 */
import { dirname, isAbsolute, join } from "node:path";
import { DTYPES } from "../../core/dtype.ts";
import { type Shape, shapeText, sizeOf } from "../../core/shape.ts";
import { volumeError } from "../fault.ts";
import type { VolumeInfo } from "../volume.ts";

/** How voxels are stored: bytes; bytes through gzip or zlib; numbers as text; bytes as hexadecimal text. */
export type Encoding = "raw" | "packed" | "text" | "hex";

/** What `VolumeInfo.compression` says of an encoding; `packed` is by what the format packs with. */
export function compressionText(encoding: Encoding, packed: "gzip" | "zlib"): string {
	if (encoding === "raw") return "none";
	return encoding === "packed" ? packed : encoding;
}

/** A file, and the byte where its voxels begin; "end": they are the file's last bytes (raw only). */
export type FlatPart = { readonly path: string; readonly at: number | "end" };

/** All that reading needs. `parts` hold equal shares of the voxels, in order; their number divides the first axes. */
export type FlatLayout = {
	readonly info: VolumeInfo;
	readonly parts: readonly FlatPart[];
	readonly encoding: Encoding;
	readonly bigEndian: boolean;
	/** Unpacked bytes before the voxels of each part. */
	readonly skip: number;
};

/** More files than this make no volume. */
const MOST_PARTS = 100_000;

/** No path has more letters. */
export const MOST_NAME = 4096;

/** Bytes of all voxels. */
export function bytesOfVoxels({ dtype, shape }: Pick<VolumeInfo, "dtype" | "shape">): number {
	return sizeOf(shape) * DTYPES[dtype].bytes;
}

/** `name` as the header at `path` means it: relative to the header's folder. */
export function besideHeader(path: string, name: string): string {
	const native = name.replaceAll("\\", "/");
	return isAbsolute(name) ? name : join(dirname(path), isAbsolute(native) ? name : native);
}

/** @throws VOLUME where `shape` (slowest axis first) is no shape of 2 to 4 axes that a file could hold */
export function checkShape(path: string, shape: Shape): void {
	if (
		!shape.every((extent) => Number.isSafeInteger(extent) && extent > 0) ||
		!Number.isSafeInteger(sizeOf(shape) * 8)
	) {
		throw volumeError(
			path,
			`damaged: it tells the extents ${shapeText(shape)}, which no image has; copy or make it again`,
		);
	}
}

/** @throws VOLUME where so many files cannot hold equal shares of `shape` */
export function checkParts(path: string, shape: Shape, count: number): void {
	if (count > MOST_PARTS) throw volumeError(path, `expected at most ${MOST_PARTS} files of voxels, found ${count}`);
	let shares = 1;
	for (const extent of shape) {
		if (shares === count) return;
		shares *= extent;
	}
	if (shares !== count) {
		throw volumeError(path, `${count} files of voxels cannot hold an image of ${shapeText(shape)} in equal shares`);
	}
}
