/**
 * Writing a new HDF5 file with one data set: chunked, gzip, filled region by region in any order.
 *
 * A region that covers chunks only in part costs reading them again, so callers that can write along `chunkShapeOf`
 * borders should. The file counts only after `finish`.
 *
 * @module
 */
import { existsSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { cut, type NdArray, zeros } from "../../core/array.ts";
import { type Box, boxShape, shift, wholeBox } from "../../core/box.ts";
import { DTYPES } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { sameShape } from "../../core/shape.ts";
import { checkRegion } from "../check.ts";
import { chunkShapeOf } from "../chunking.ts";
import { fileError, volumeError } from "../fault.ts";
import type { IoOptions, VolumeSpec, VolumeWriter } from "../volume.ts";
import { writeAttributes } from "./attributes.ts";
import { DEFAULT_DATASET, normalise } from "./find.ts";
import type { Hdf5 } from "./library.ts";
import { big, send } from "./memory.ts";
import type { H5File } from "./parse.ts";
import { closeFile } from "./read.ts";
import { SLAB_BYTES, slabsOf } from "./slabs.ts";
import { arrayType } from "./types.ts";

/**
 * Level of gzip. On masks and 8-bit probabilities level 4 took 1.7 to 2.4 times the CPU time of level 1 (9.5 against
 * 4 seconds a GB) for files 7 to 50 % smaller, which level 1 had already made 10 to 120 times smaller than the voxels.
 */
const GZIP_LEVEL = 1;

/** The filter's number in the library (`H5Z_FILTER_DEFLATE`). */
const DEFLATE = 1;

/** Creates the file at `path` (which is replaced where it exists). @throws VOLUME */
export function createHdf5(hdf5: Hdf5, path: string, spec: VolumeSpec): VolumeWriter {
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
	return new Hdf5Writer(file, name, spec);
}

class Hdf5Writer implements VolumeWriter {
	readonly #file: H5File;
	readonly #name: string;
	readonly #spec: VolumeSpec;
	#open = true;

	constructor(file: H5File, name: string, spec: VolumeSpec) {
		this.#file = file;
		this.#name = name;
		this.#spec = spec;
	}

	async write(start: readonly number[], array: NdArray, options: IoOptions = {}): Promise<void> {
		throwIfAborted(options.signal);
		if (!this.#open) throw volumeError(this.#file.path, "the file was finished before this write");
		checkRegion(this.#file.path, this.#spec, start, array);
		const region = shift(wholeBox(array.shape), start);
		const back = start.map((offset) => -offset);
		const limit = SLAB_BYTES / DTYPES[array.dtype].bytes;
		for (const slab of slabsOf(region, limit, chunkShapeOf(this.#spec.shape, array.dtype))) {
			throwIfAborted(options.signal);
			const whole = sameShape(boxShape(slab), array.shape);
			writeSlab(this.#file, this.#name, slab, whole ? array : cut(array, shift(slab, back)));
		}
	}

	async finish(): Promise<void> {
		if (!this.#open) return;
		const { hdf5, id, path } = this.#file;
		hdf5.attempt(path, "cannot write", (m) => m.flush(id));
		this.#open = false;
		hdf5.attempt(path, "cannot finish", (m) => m.close_file(id));
		await syncFile(path);
	}

	async discard(): Promise<void> {
		if (this.#open) {
			this.#open = false;
			closeFile(this.#file);
		}
		try {
			rmSync(this.#file.path, { force: true });
		} catch {}
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
function createDataset({ hdf5, id, path }: H5File, name: string, { shape, dtype }: VolumeSpec): void {
	const none = zeros(dtype, shape.with(0, 0));
	const metadata = {
		...arrayType(dtype, none.shape),
		maxshape: big(shape),
		chunks: big(chunkShapeOf(shape, dtype)),
		compression: DEFLATE,
		compression_opts: [GZIP_LEVEL],
	};
	hdf5.attempt(path, `cannot create data set "${name}"`, (m) => {
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

async function syncFile(path: string): Promise<void> {
	try {
		const handle = await open(path, "r+");
		await handle.sync().finally(() => handle.close());
	} catch (cause) {
		throw fileError(path, "write", cause);
	}
}
