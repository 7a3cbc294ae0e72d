/**
 * A new HDF5 file with one data set, written in the thread that created it: chunked, packed, filled box by box in any order.
 *
 * Chunks are packed once where boxes come in the order of the first axis, however thin (see `ChunkRows`). The file counts
 * only after `finish`.
 *
 * @module
 */
import { closeSync, existsSync, fsyncSync, openSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { cut, type NdArray, zeros } from "../../core/array.ts";
import { type Box, boxShape, shift } from "../../core/box.ts";
import { DTYPES } from "../../core/dtype.ts";
import { sameShape } from "../../core/shape.ts";
import { fileError, volumeError } from "../fault.ts";
import type { VolumeSpec } from "../volume.ts";
import { writeAttributes } from "./attributes.ts";
import { ChunkRows } from "./chunk-rows.ts";
import { closeFile } from "./dataset.ts";
import { isPlugin, preparePlugins } from "./filters.ts";
import { DEFAULT_DATASET, normalise } from "./find.ts";
import { hdf5Chunks, hdf5Packing, ROW_BYTES } from "./layout.ts";
import type { Hdf5 } from "./library.ts";
import { big, send } from "./memory.ts";
import type { H5File } from "./parse.ts";
import { slabLimit, slabsOf } from "./slabs.ts";
import { arrayType } from "./types.ts";

/** Creates the file at `path` (which is replaced where it exists). @throws VOLUME */
export function createDatasetFile(hdf5: Hdf5, path: string, spec: VolumeSpec): DatasetWriter {
	const name = normalise(spec.dataset ?? DEFAULT_DATASET);
	if (name === "" || name.split("/").some((part) => part === "." || part === "..")) {
		throw volumeError(path, `"${spec.dataset}" is no name for a data set; expected one like "main" or "a/b"`);
	}
	const existed = existsSync(path);
	const id = hdf5.attempt(path, "cannot create", (m) => m.open(resolve(path), m.H5F_ACC_TRUNC, false, -1, -1));
	const file = { hdf5, id, path };
	try {
		createGroups(file, name);
		createDataset(file, name, spec);
		writeAttributes(file, name, spec);
	} catch (error) {
		closeFile(file);
		if (!existed) rmSync(path, { force: true });
		throw error;
	}
	return new DatasetWriter(file, name, spec);
}

/** The new file. Calls do not give way: they are done when they return. */
export class DatasetWriter {
	readonly #file: H5File;
	readonly #rows: ChunkRows;
	#open = true;

	constructor(file: H5File, name: string, { shape, dtype, layout }: VolumeSpec) {
		this.#file = file;
		const chunks = hdf5Chunks({ shape, dtype, ...(layout === undefined ? {} : { layout }) });
		const limit = slabLimit(DTYPES[dtype].bytes, chunks);
		this.#rows = new ChunkRows(shape, dtype, chunks, ROW_BYTES, (box, array) => {
			const back = box.start.map((offset) => -offset);
			for (const slab of slabsOf(box, limit, chunks)) {
				const whole = sameShape(boxShape(slab), array.shape);
				writeSlab(file, name, slab, whole ? array : cut(array, shift(slab, back)));
			}
		});
	}

	/** Takes `array`, whose first voxel lies at `start`; nothing of it is kept. @throws VOLUME */
	write(start: readonly number[], array: NdArray): void {
		if (!this.#open) throw volumeError(this.#file.path, "the file was finished before this write");
		this.#rows.add(start, array);
	}

	/** Writes what is held, closes the file and has it on the disk. @throws VOLUME */
	finish(): void {
		if (!this.#open) return;
		const { hdf5, id, path } = this.#file;
		this.#rows.flush();
		hdf5.attempt(path, "cannot write", (m) => m.flush(id));
		this.#open = false;
		hdf5.attempt(path, "cannot finish", (m) => m.close_file(id));
		syncFile(path);
	}

	/** Gives up the file as it is. */
	close(): void {
		if (!this.#open) return;
		this.#open = false;
		closeFile(this.#file);
	}
}

function createGroups({ hdf5, id, path }: H5File, name: string): void {
	const parts = name.split("/").slice(0, -1);
	for (const [i, part] of parts.entries()) {
		const group = [...parts.slice(0, i), part].join("/");
		hdf5.attempt(path, `cannot create group "${group}"`, (m) => m.create_group(id, group, false));
	}
}

/** Made empty along the first axis and grown, because the library writes what it makes and needs the voxels for it. */
function createDataset({ hdf5, id, path }: H5File, name: string, spec: VolumeSpec): void {
	const { shape, dtype } = spec;
	const none = zeros(dtype, shape.with(0, 0));
	const packing = hdf5Packing(spec);
	const metadata = {
		...arrayType(dtype, none.shape),
		maxshape: big(shape),
		chunks: big(hdf5Chunks(spec)),
		...(packing === undefined ? {} : { compression: packing.id, compression_opts: packing.parameters }),
	};
	hdf5.attempt(path, `cannot create data set "${name}"`, (m) => {
		if (packing !== undefined && isPlugin(packing.id)) preparePlugins(m);
		send(m, none, (address) => m.create_dataset(id, name, address, metadata));
		return m.resize_dataset(id, name, big(shape));
	});
}

function writeSlab({ hdf5, id, path }: H5File, name: string, slab: Box, array: NdArray): void {
	const what = `cannot write voxels [${slab.start.join(", ")}] to [${slab.stop.join(", ")}] of data set "${name}"`;
	const ones = array.shape.map(() => 1n);
	hdf5.attempt(path, what, (m) =>
		send(m, array, (address) => m.set_dataset_data(id, name, big(array.shape), big(slab.start), ones, address)),
	);
}

function syncFile(path: string): void {
	try {
		const file = openSync(path, "r+");
		try {
			fsyncSync(file);
		} finally {
			closeSync(file);
		}
	} catch (cause) {
		throw fileError(path, "write", cause);
	}
}
