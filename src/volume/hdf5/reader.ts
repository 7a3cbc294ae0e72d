/**
 * Readers of HDF5 data sets: in this thread for what is small, else in threads beside it.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import type { Box } from "../../core/box.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { checkBox } from "../check.ts";
import { volumeError } from "../fault.ts";
import type { IoOptions, VolumeInfo, VolumeReader } from "../volume.ts";
import type { Dataset } from "./dataset.ts";
import type { Hdf5Thread } from "./thread.ts";
import { enter, leastBusy, leave } from "./threads.ts";

/** Reads in this thread. Owns `dataset` and closes it. */
export class InlineReader implements VolumeReader {
	readonly info: VolumeInfo;
	readonly #dataset: Dataset;

	constructor(dataset: Dataset) {
		this.#dataset = dataset;
		this.info = dataset.info;
	}

	async read(box: Box, { signal }: IoOptions = {}): Promise<NdArray> {
		throwIfAborted(signal);
		return this.#dataset.read(box);
	}

	async close(): Promise<void> {
		this.#dataset.close();
	}
}

/** Reads in the threads that HDF5 files share; each opens the file when it is first asked. */
export class ThreadedReader implements VolumeReader {
	readonly info: VolumeInfo;
	readonly #files: Map<Hdf5Thread, Promise<number>>;
	#open = true;

	private constructor(info: VolumeInfo, files: Map<Hdf5Thread, Promise<number>>) {
		this.info = info;
		this.#files = files;
	}

	/** Opens `dataset` (see `findDataset`) of the file at `path`. @throws VOLUME */
	static async open(path: string, dataset: string | undefined): Promise<ThreadedReader> {
		enter();
		try {
			const thread = leastBusy();
			const { file, info } = await openIn(thread, path, dataset);
			return new ThreadedReader(info, new Map([[thread, Promise.resolve(file)]]));
		} catch (error) {
			leave();
			throw error;
		}
	}

	async read(box: Box, { signal }: IoOptions = {}): Promise<NdArray> {
		throwIfAborted(signal);
		if (!this.#open) throw volumeError(this.info.path, "the file was closed before this read");
		checkBox(this.info.path, this.info.shape, box);
		const thread = leastBusy([...this.#files.keys()]);
		const result = await thread.occupy(async () => thread.ask({ kind: "read", file: await this.#fileIn(thread), box }));
		throwIfAborted(signal);
		if (result.kind !== "voxels") throw new TypeError(`HDF5: ${result.kind} in place of voxels`);
		return result.array;
	}

	async close(): Promise<void> {
		if (!this.#open) return;
		this.#open = false;
		const closing = [...this.#files].map(async ([thread, file]) => {
			await thread.ask({ kind: "close", file: await file });
		});
		await Promise.allSettled(closing);
		leave();
	}

	#fileIn(thread: Hdf5Thread): Promise<number> {
		const known = this.#files.get(thread);
		if (known !== undefined) return known;
		const opening = this.#reopen(thread);
		this.#files.set(thread, opening);
		opening.catch(() => this.#files.delete(thread));
		return opening;
	}

	/** What lies at the path may have been replaced since it was first opened. */
	async #reopen(thread: Hdf5Thread): Promise<number> {
		const { path, dataset, shape, dtype } = this.info;
		const { file, info } = await openIn(thread, path, dataset);
		if (String(info.shape) === String(shape) && info.dtype === dtype) return file;
		throw volumeError(path, "was replaced while it was being read; run again");
	}
}

async function openIn(
	thread: Hdf5Thread,
	path: string,
	dataset: string | undefined,
): Promise<{ readonly file: number; readonly info: VolumeInfo }> {
	const result = await thread.ask({ kind: "open", path, dataset });
	if (result.kind !== "opened") throw new TypeError(`HDF5: ${result.kind} in place of a file`);
	return result;
}
