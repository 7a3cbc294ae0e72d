/**
 * A data set of an open HDF5 file, read box by box in the thread that opened it.
 *
 * A box passes through the library's memory in slabs along the chunks, so that its size is bounded by the caller's array alone.
 *
 * @module
 */
import { resolve } from "node:path";
import { copyBox, type NdArray } from "../../core/array.ts";
import { type Box, boxShape, wholeBox } from "../../core/box.ts";
import { DTYPES } from "../../core/dtype.ts";
import { arrayFor, checkBox } from "../check.ts";
import { volumeError } from "../fault.ts";
import type { VolumeInfo } from "../volume.ts";
import { ChunkCache } from "./chunk-cache.ts";
import { findDataset, listArrays } from "./find.ts";
import type { Hdf5 } from "./library.ts";
import { writerOf } from "./locks.ts";
import { big, receive } from "./memory.ts";
import { describeDataset, type H5File } from "./parse.ts";
import { slabLimit, slabsOf } from "./slabs.ts";

/** What the library says of a file whose writer has not closed it (HDF5 1.10 and later note that in the file). */
const IN_USE = /already open for (SWMR )?write|already open for read-write/i;

/** An open data set. `read` and `close` do not give way: they are done when they return. */
export class Dataset {
	readonly info: VolumeInfo;
	readonly #file: H5File;
	#cache: ChunkCache | undefined;

	constructor(file: H5File, info: VolumeInfo) {
		this.#file = file;
		this.info = info;
		this.#cache = new ChunkCache(info, (box) => readBox(file, info, box));
	}

	/** The voxels of `box`, in memory of their own. @throws VOLUME */
	read(box: Box): NdArray {
		if (this.#cache === undefined) throw volumeError(this.info.path, "the file was closed before this read");
		checkBox(this.info.path, this.info.shape, box);
		return this.#cache.read(box);
	}

	close(): void {
		if (this.#cache === undefined) return;
		this.#cache = undefined;
		closeFile(this.#file);
	}
}

/** Opens the data set that is meant (see `findDataset`). @throws VOLUME */
export function openDataset(hdf5: Hdf5, path: string, dataset: string | undefined): Dataset {
	const file = { hdf5, id: openFile(hdf5, path), path };
	try {
		return new Dataset(file, describeDataset(file, findDataset(file, dataset)));
	} catch (error) {
		closeFile(file);
		throw error;
	}
}

/** Names of all arrays of numbers in the file, in its order. @throws VOLUME */
export function listDatasets(hdf5: Hdf5, path: string): readonly string[] {
	const file = { hdf5, id: openFile(hdf5, path), path };
	try {
		return listArrays(file);
	} finally {
		closeFile(file);
	}
}

function openFile(hdf5: Hdf5, path: string): bigint {
	const writer = writerOf(path);
	if (writer !== undefined) throw inUse(path, `is being written by another program (process ${writer})`);
	try {
		return hdf5.attempt(path, "cannot be read as HDF5; copy or download it again", (m) =>
			m.open(resolve(path), m.H5F_ACC_RDONLY, false, -1, -1),
		);
	} catch (cause) {
		if (!(cause instanceof Error && IN_USE.test(cause.message))) throw cause;
		throw inUse(path, "is being written by another program, or was never closed by it", cause);
	}
}

function inUse(path: string, what: string, cause?: unknown): Error {
	const next = "wait until it is closed; where its writer has crashed: h5clear -s FILE, and check what it holds";
	return volumeError(path, `${what}; ${next}`, cause);
}

/** Gives up an open file. A failure to close changes nothing for the caller and is not told. */
export function closeFile(file: H5File): void {
	try {
		file.hdf5.attempt(file.path, "cannot close", (m) => m.close_file(file.id));
	} catch {}
}

function readBox(file: H5File, info: VolumeInfo, box: Box): NdArray {
	const target = arrayFor(info.path, info.dtype, box);
	for (const slab of slabsOf(box, slabLimit(DTYPES[info.dtype].bytes, info.chunks), info.chunks)) {
		const at = slab.start.map((start, axis) => start - (box.start[axis] ?? 0));
		readSlab(file, info, slab, (voxels) => copyBox(voxels, wholeBox(voxels.shape), target, at));
	}
	return target;
}

/** Reads one slab into the library's memory and hands it to `use`, which must not keep it. */
function readSlab({ hdf5, id, path }: H5File, info: VolumeInfo, slab: Box, use: (voxels: NdArray) => void): void {
	const shape = boxShape(slab);
	const name = info.dataset ?? "";
	const what = `cannot read voxels [${slab.start.join(", ")}] to [${slab.stop.join(", ")}] of data set "${name}"`;
	hdf5.attempt(path, what, (m) => {
		const ones = shape.map(() => 1n);
		const fill = (address: bigint) => m.get_dataset_data(id, name, big(shape), big(slab.start), ones, address);
		return receive(m, info.dtype, shape, fill, use);
	});
}
