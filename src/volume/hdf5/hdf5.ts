/**
 * HDF5 files: one data set of numbers, read box by box and written chunked, both in bounded memory.
 *
 * Read: integers of 8 to 64 bits, floats of 16 to 64, either byte order, booleans and enumerations; contiguous or
 * chunked, with the filters of `filters.ts`. Other filters and types are an error that names them.
 * The voxel size is read from the attributes of the data set (`SPACING_ATTRIBUTES`).
 * Calls of the library block their thread, so what is large is read and written in threads beside this one; what is small
 * is not worth the start of one (about 0.15 s).
 *
 * @module
 */
import { stat } from "node:fs/promises";
import type { DType } from "../../core/dtype.ts";
import { DTYPES } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";
import { checkSpec } from "../check.ts";
import { fileError, volumeError } from "../fault.ts";
import type { IoOptions, OpenOptions, VolumeFormat, VolumeReader, VolumeSpec, VolumeWriter } from "../volume.ts";
import { listDatasets, openDataset } from "./dataset.ts";
import { checkLayout } from "./layout.ts";
import { loadHdf5 } from "./library.ts";
import { InlineReader, ThreadedReader } from "./reader.ts";
import { createDatasetFile } from "./write.ts";
import { InlineWriter, ThreadedWriter } from "./writer.ts";

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** MATLAB puts its own 512 bytes before the HDF5 file. */
const MATLAB = Array.from("MATLAB 7.3", (letter) => letter.charCodeAt(0));

/** Voxels, or a file, of more bytes are read and written in threads. */
const SMALL_BYTES = 32 << 20;

/** HDF5. */
export const hdf5: VolumeFormat = {
	name: "hdf5",
	extensions: [".h5", ".hdf5", ".hdf"],
	writes: ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"],
	ranks: [1, 2, 3, 4, 5],
	isFolder: false,
	matches: (head) => [SIGNATURE, MATLAB].some((mark) => mark.every((byte, i) => head[i] === byte)),
	open: openHdf5,
	datasets: async (path) => {
		await fileSize(path);
		return listDatasets(await loadHdf5(), path);
	},
	create,
};

async function openHdf5(path: string, { dataset, signal }: OpenOptions = {}): Promise<VolumeReader> {
	throwIfAborted(signal);
	if ((await fileSize(path)) > SMALL_BYTES) return ThreadedReader.open(path, dataset);
	const opened = openDataset(await loadHdf5(), path, dataset);
	if (isSmall(opened.info)) return new InlineReader(opened);
	opened.close();
	return ThreadedReader.open(path, opened.info.dataset);
}

async function create(path: string, spec: VolumeSpec, { signal }: IoOptions = {}): Promise<VolumeWriter> {
	throwIfAborted(signal);
	checkSpec(hdf5, path, spec);
	checkLayout(path, spec);
	if (!isSmall(spec)) return ThreadedWriter.create(path, spec);
	return new InlineWriter(path, spec, createDatasetFile(await loadHdf5(), path, spec));
}

function isSmall({ shape, dtype }: { readonly shape: Shape; readonly dtype: DType }): boolean {
	return sizeOf(shape) * DTYPES[dtype].bytes <= SMALL_BYTES;
}

async function fileSize(path: string): Promise<number> {
	try {
		const found = await stat(path);
		if (found.isDirectory()) throw volumeError(path, "expected an HDF5 file, found a folder");
		if (found.size === 0) throw volumeError(path, "expected an HDF5 file, found an empty file; copy it again");
		return found.size;
	} catch (error) {
		throw fileError(path, "read", error);
	}
}
