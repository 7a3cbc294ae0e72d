/**
 * Zarr: versions 2 and 3 and OME-Zarr read, version 3 written (codecs `bytes` and `gzip`).
 *
 * Read: raw, blosc, zstd, gzip, zlib and lz4 chunks, shards, either byte order, C and Fortran order and other
 * transpositions. A chunk that is missing holds the fill value, as the format wants it; one that is damaged is an error.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { throwIfAborted } from "../../core/errors.ts";
import { checkSpec } from "../check.ts";
import { fileError, volumeError } from "../fault.ts";
import type { IoOptions, OpenOptions, VolumeFormat, VolumeReader, VolumeSpec, VolumeWriter } from "../volume.ts";
import { describeArray, findArray } from "./find.ts";
import { openArray } from "./read.ts";
import { FileStore } from "./store.ts";
import { createArray } from "./write.ts";

/** Zarr. */
export const zarr: VolumeFormat = {
	name: "zarr",
	extensions: [".zarr"],
	writes: ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16", "float32", "float64"],
	ranks: [1, 2, 3, 4, 5],
	isFolder: true,
	matches: () => false,
	open,
	create,
};

async function open(path: string, options: OpenOptions = {}): Promise<VolumeReader> {
	throwIfAborted(options.signal);
	try {
		if (!(await stat(path)).isDirectory()) throw volumeError(path, "expected a Zarr folder, found a file");
		const found = await findArray(new FileStore(path), options.dataset);
		return await openArray(describeArray(path, found), found);
	} catch (error) {
		throw fileError(path, "read", error);
	}
}

async function create(path: string, spec: VolumeSpec, options: IoOptions = {}): Promise<VolumeWriter> {
	throwIfAborted(options.signal);
	checkSpec(zarr, path, spec);
	return createArray(path, spec);
}
