/**
 * Reading and writing of a streamed run in threads of their own, seen from outside.
 *
 * One reads and cuts tiles, one packs and writes blocks. Arrays are moved, not copied. The threads end with the run.
 *
 * @module
 */

import { Worker } from "node:worker_threads";
import { builtFile } from "../../core/built-file.ts";
import { errorText, NnvolError, throwIfAborted } from "../../core/errors.ts";
import type { Zyx } from "../../core/shape.ts";
import type { OpenOptions, VolumeReader } from "../../volume/volume.ts";
import type { CutSource, SourceSpec, WindowTiles } from "./cut-source.ts";
import type { BlockStore, VolumeIo } from "./io-inline.ts";
import { type IoRequest, type IoResponse, type IoResult, type IoTask, revive } from "./io-protocol.ts";

type Success = Exclude<IoResult, { kind: "failed" }>;
type Pending = { readonly resolve: (result: Success) => void; readonly reject: (error: NnvolError) => void };

/** Starts a thread for reading; the one for writing starts with the first store. */
export function startIo(): VolumeIo {
	const thread = new IoThread("nnvol-read");
	let writing: IoThread | undefined;
	return {
		reader: async (reader, path, options) => {
			// HDF5 has threads of its own; what has no chunks is read as it lies, without work
			if (reader.info.format === "hdf5" || reader.info.chunks === undefined) return reader;
			return readerIn(thread, reader, path, options);
		},
		store: async (path, format, spec) => {
			writing ??= new IoThread("nnvol-write");
			return storeIn(writing, await writing.open({ kind: "open-writer", path, format, spec }));
		},
		cutSource: async (source, near) => cutSourceIn(thread, source, near.shape),
		close: async () => {
			await Promise.all([thread.end(), writing?.end()]);
		},
	};
}

async function cutSourceIn(thread: IoThread, source: SourceSpec, shape: Zyx): Promise<CutSource> {
	const handle = await thread.open({ kind: "open-source", source });
	return {
		shape,
		window: (area, slab) =>
			windowIn(thread, thread.open({ kind: "open-window", handle, area, slab, tries: source.tries })),
		close: () => thread.close(handle),
	};
}

/** Tiles of a window that is being opened. */
function windowIn(thread: IoThread, opening: Promise<number>): WindowTiles {
	opening.catch(() => undefined); // met by the first cut
	return {
		cut: async (items, buffer) => {
			const task = { kind: "cut", handle: await opening, items } as const;
			const result = await (buffer === undefined ? thread.ask(task) : thread.ask({ ...task, buffer }, [buffer.buffer]));
			if (result.kind !== "cut") throw new TypeError(`asked to cut, answered ${result.kind}`);
			return result.data;
		},
		close: async () => {
			const handle = await opening.catch(() => undefined);
			if (handle !== undefined) await thread.close(handle);
		},
	};
}

async function readerIn(
	thread: IoThread,
	reader: VolumeReader,
	path: string,
	{ signal: _, ...options }: OpenOptions,
): Promise<VolumeReader> {
	const handle = await thread.open({ kind: "open-reader", path, options });
	return {
		info: reader.info,
		...(reader.readsChunks === undefined ? {} : { readsChunks: reader.readsChunks }),
		read: async (box, { signal } = {}) => {
			throwIfAborted(signal);
			const result = await thread.ask({ kind: "read", handle, box });
			throwIfAborted(signal);
			if (result.kind !== "read") throw new TypeError(`asked to read, answered ${result.kind}`);
			return result.array;
		},
		close: async () => {
			await thread.close(handle);
			await reader.close();
		},
	};
}

function storeIn(thread: IoThread, handle: number): BlockStore {
	return {
		write: async (start, array, wantsHighest) => {
			const { buffer } = array.data;
			const result = await thread.ask(
				{ kind: "write", handle, start, array, wantsHighest },
				buffer instanceof ArrayBuffer ? [buffer] : [],
			);
			if (result.kind !== "written") throw new TypeError(`asked to write, answered ${result.kind}`);
			return { ...result.written, data: result.data };
		},
		finish: async () => {
			await thread.ask({ kind: "finish", handle });
		},
		close: () => thread.close(handle),
	};
}

class IoThread {
	readonly #worker: Worker;
	readonly #pending = new Map<number, Pending>();
	#next = 0;
	#ended: NnvolError | undefined;

	constructor(name: string) {
		this.#worker = new Worker(builtFile("run/volume/io-worker.js"), { execArgv: [], name });
		this.#worker.unref();
		this.#worker.on("message", ({ id, result }: IoResponse) => {
			const pending = this.#pending.get(id);
			this.#pending.delete(id);
			if (this.#pending.size === 0) this.#worker.unref();
			if (result.kind === "failed") pending?.reject(revive(result.error));
			else pending?.resolve(result);
		});
		this.#worker.on("error", (error) => this.#fail(died(errorText(error), error)));
		this.#worker.on("exit", (code) => this.#fail(died(`it ended with code ${code}`)));
	}

	/** Asks for something; buffers in `give` move to the thread. @throws what it throws there */
	ask(task: IoTask, give: readonly ArrayBuffer[] = []): Promise<Success> {
		return new Promise((resolve, reject) => {
			if (this.#ended !== undefined) throw this.#ended;
			const request: IoRequest = { id: this.#next++, task };
			this.#worker.postMessage(request, [...give]);
			if (this.#pending.size === 0) this.#worker.ref();
			this.#pending.set(request.id, { resolve, reject });
		});
	}

	async open(
		task: Extract<IoTask, { kind: "open-reader" | "open-writer" | "open-source" | "open-window" }>,
	): Promise<number> {
		const result = await this.ask(task);
		if (result.kind !== "opened") throw new TypeError(`asked to open, answered ${result.kind}`);
		return result.handle;
	}

	async close(handle: number): Promise<void> {
		if (this.#ended === undefined) await this.ask({ kind: "close", handle });
	}

	/** Lets the thread end once what it does is done. */
	async end(): Promise<void> {
		this.#fail(new NnvolError("VOLUME", "the volume was closed"));
		const exited = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
		this.#worker.ref();
		this.#worker.postMessage("end");
		await exited;
	}

	#fail(reason: NnvolError): void {
		this.#ended ??= reason;
		for (const { reject } of this.#pending.values()) reject(this.#ended);
		this.#pending.clear();
	}
}

function died(how: string, cause?: unknown): NnvolError {
	return new NnvolError(
		"VOLUME",
		`the thread that reads and writes volumes died: ${how}; it may have run out of memory: lower --memory, and run the same again to go on`,
		{ fields: { fatal: true }, ...(cause === undefined ? {} : { cause }) },
	);
}
