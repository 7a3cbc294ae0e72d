/**
 * HDF5 files: one data set of numbers, read through the HDF5 library and written chunked with gzip.
 *
 * Read: integers of 8 to 64 bits, floats of 16 to 64, either byte order, booleans and enumerations; contiguous,
 * chunked, gzip, shuffle, fletcher32, n-bit, scale-offset. Other filters are an error that names them.
 * The voxel size is read from the attributes of the data set (`SPACING_ATTRIBUTES`).
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { throwIfAborted } from "../../core/errors.ts";
import { checkSpec } from "../check.ts";
import { fileError, volumeError } from "../fault.ts";
import type { IoOptions, OpenOptions, VolumeFormat, VolumeReader, VolumeSpec, VolumeWriter } from "../volume.ts";
import { findDataset } from "./find.ts";
import { loadHdf5 } from "./library.ts";
import { describeDataset } from "./parse.ts";
import { closeFile, Hdf5Reader } from "./read.ts";
import { createHdf5 } from "./write.ts";

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** MATLAB puts its own 512 bytes before the HDF5 file. */
const MATLAB = Array.from("MATLAB 7.3", (letter) => letter.charCodeAt(0));

/** HDF5. */
export const hdf5: VolumeFormat = {
	name: "hdf5",
	extensions: [".h5", ".hdf5", ".hdf"],
	writes: ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"],
	ranks: [1, 2, 3, 4, 5],
	isFolder: false,
	matches: (head) => [SIGNATURE, MATLAB].some((mark) => mark.every((byte, i) => head[i] === byte)),
	open: openHdf5,
	create,
};

async function openHdf5(path: string, options: OpenOptions = {}): Promise<VolumeReader> {
	throwIfAborted(options.signal);
	await checkFile(path);
	const library = await loadHdf5();
	const id = library.attempt(path, "cannot be read as HDF5; copy or download it again", (m) =>
		m.open(resolve(path), m.H5F_ACC_RDONLY, false, -1, -1),
	);
	const file = { hdf5: library, id, path };
	try {
		return new Hdf5Reader(file, describeDataset(file, findDataset(file, options.dataset)));
	} catch (error) {
		closeFile(file);
		throw error;
	}
}

async function create(path: string, spec: VolumeSpec, options: IoOptions = {}): Promise<VolumeWriter> {
	throwIfAborted(options.signal);
	checkSpec(hdf5, path, spec);
	return createHdf5(await loadHdf5(), path, spec);
}

async function checkFile(path: string): Promise<void> {
	try {
		const found = await stat(path);
		if (found.isDirectory()) throw volumeError(path, "expected an HDF5 file, found a folder");
		if (found.size === 0) throw volumeError(path, "expected an HDF5 file, found an empty file; copy it again");
	} catch (error) {
		throw fileError(path, "read", error);
	}
}
