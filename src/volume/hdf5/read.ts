/**
 * Reading boxes of an HDF5 data set, slab by slab.
 *
 * @module
 */
import { copyBox, type NdArray, zeros } from "../../core/array.ts";
import { type Box, boxShape, wholeBox } from "../../core/box.ts";
import { DTYPES } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { checkBox } from "../check.ts";
import { volumeError } from "../fault.ts";
import type { IoOptions, VolumeInfo, VolumeReader } from "../volume.ts";
import { big, receive } from "./memory.ts";
import type { H5File } from "./parse.ts";
import { SLAB_BYTES, slabsOf } from "./slabs.ts";

/** A reader of the data set that `info` describes; owns `file` and closes it. */
export class Hdf5Reader implements VolumeReader {
	readonly info: VolumeInfo;
	readonly #file: H5File;
	#open = true;

	constructor(file: H5File, info: VolumeInfo) {
		this.#file = file;
		this.info = info;
	}

	async read(box: Box, options: IoOptions = {}): Promise<NdArray> {
		throwIfAborted(options.signal);
		if (!this.#open) throw volumeError(this.info.path, "the file was closed before this read");
		checkBox(this.info.path, this.info.shape, box);
		const target = zeros(this.info.dtype, boxShape(box));
		const limit = SLAB_BYTES / DTYPES[this.info.dtype].bytes;
		for (const slab of slabsOf(box, limit, this.info.chunks)) {
			throwIfAborted(options.signal);
			const at = slab.start.map((start, axis) => start - (box.start[axis] ?? 0));
			readSlab(this.#file, this.info, slab, (voxels) => copyBox(voxels, wholeBox(voxels.shape), target, at));
		}
		return target;
	}

	async close(): Promise<void> {
		if (!this.#open) return;
		this.#open = false;
		closeFile(this.#file);
	}
}

/** Gives up a file opened for reading. A failure to close changes nothing for the caller and is not told. */
export function closeFile(file: H5File): void {
	try {
		file.hdf5.attempt(file.path, "cannot close", (m) => m.close_file(file.id));
	} catch {}
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
