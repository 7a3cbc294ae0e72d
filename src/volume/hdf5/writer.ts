/**
 * Writers of HDF5 files: in this thread for what is small, else in a thread beside it.
 *
 * @module
 */
import { rmSync } from "node:fs";
import { cut, type NdArray } from "../../core/array.ts";
import { shift, wholeBox } from "../../core/box.ts";
import { DTYPES } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { checkRegion } from "../check.ts";
import { volumeError } from "../fault.ts";
import type { IoOptions, VolumeSpec, VolumeWriter } from "../volume.ts";
import { hdf5Chunks } from "./layout.ts";
import { slabsOf } from "./slabs.ts";
import type { Hdf5Thread } from "./thread.ts";
import { enter, leastBusy, leave } from "./threads.ts";
import type { DatasetWriter } from "./write.ts";

/** Writes in this thread. */
export class InlineWriter implements VolumeWriter {
	readonly #path: string;
	readonly #spec: VolumeSpec;
	readonly #file: DatasetWriter;

	constructor(path: string, spec: VolumeSpec, file: DatasetWriter) {
		this.#path = path;
		this.#spec = spec;
		this.#file = file;
	}

	async write(start: readonly number[], array: NdArray, { signal }: IoOptions = {}): Promise<void> {
		throwIfAborted(signal);
		checkRegion(this.#path, this.#spec, start, array);
		this.#file.write(start, array);
	}

	async finish(): Promise<void> {
		this.#file.finish();
	}

	async discard(): Promise<void> {
		this.#file.close();
		remove(this.#path);
	}
}

/** Bytes that go to the thread at once. */
const PART_BYTES = 16 << 20;

/** Parts that wait in the thread. */
const MOST_WAITING = 2;

/**
 * Writes in a thread: a box is copied there in parts, and packed while the next is being made. A fault shows in the write
 * after it, or in `finish`.
 */
export class ThreadedWriter implements VolumeWriter {
	readonly #path: string;
	readonly #spec: VolumeSpec;
	readonly #thread: Hdf5Thread;
	readonly #file: number;
	readonly #waiting: Promise<unknown>[] = [];
	#open = true;

	private constructor(path: string, spec: VolumeSpec, thread: Hdf5Thread, file: number) {
		this.#path = path;
		this.#spec = spec;
		this.#thread = thread;
		this.#file = file;
	}

	/** Creates the file at `path`. @throws VOLUME */
	static async create(path: string, spec: VolumeSpec): Promise<ThreadedWriter> {
		enter();
		try {
			const thread = leastBusy();
			const result = await thread.ask({ kind: "create", path, spec });
			if (result.kind !== "created") throw new TypeError(`HDF5: ${result.kind} in place of a file`);
			return new ThreadedWriter(path, spec, thread, result.file);
		} catch (error) {
			leave();
			throw error;
		}
	}

	async write(start: readonly number[], array: NdArray, { signal }: IoOptions = {}): Promise<void> {
		throwIfAborted(signal);
		if (!this.#open) throw volumeError(this.#path, "the file was finished before this write");
		checkRegion(this.#path, this.#spec, start, array);
		const region = shift(wholeBox(array.shape), start);
		const back = start.map((offset) => -offset);
		for (const box of slabsOf(region, PART_BYTES / DTYPES[array.dtype].bytes, hdf5Chunks(this.#spec))) {
			throwIfAborted(signal);
			const part = cut(array, shift(box, back));
			const task = { kind: "write", file: this.#file, start: box.start, array: part } as const;
			const work = this.#thread.occupy(() => this.#thread.ask(task, [part.data.buffer]));
			work.catch(() => {}); // told when it is waited for
			this.#waiting.push(work);
			while (this.#waiting.length > MOST_WAITING) await this.#waiting.shift();
		}
	}

	async finish(): Promise<void> {
		if (!this.#open) return;
		while (this.#waiting.length > 0) await this.#waiting.shift();
		await this.#thread.ask({ kind: "finish", file: this.#file });
		this.#open = false;
		leave();
	}

	async discard(): Promise<void> {
		if (this.#open) {
			this.#open = false;
			await this.#thread.ask({ kind: "close", file: this.#file }).catch(() => {});
			leave();
		}
		remove(this.#path);
	}
}

function remove(path: string): void {
	try {
		rmSync(path, { force: true });
	} catch {}
}
