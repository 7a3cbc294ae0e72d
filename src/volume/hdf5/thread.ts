/**
 * A thread for HDF5, seen from outside: tasks go in, results come out in the same order.
 *
 * The thread does not keep the process alive while nothing is asked of it.
 *
 * @module
 */

import { Worker } from "node:worker_threads";
import { builtFile } from "../../core/built-file.ts";
import { errorText, NnvolError } from "../../core/errors.ts";
import { type Request, type Response, type Result, revive, type Task } from "./protocol.ts";

type Pending = { readonly resolve: (result: Success) => void; readonly reject: (error: NnvolError) => void };

/** A result that is no failure. */
export type Success = Exclude<Result, { kind: "failed" }>;

/** One thread with its own instance of the library. */
export class Hdf5Thread {
	readonly #worker: Worker;
	readonly #pending = new Map<number, Pending>();
	#next = 0;
	#load = 0;
	#ended: NnvolError | undefined;

	constructor() {
		this.#worker = new Worker(builtFile("volume/hdf5/hdf5-worker.js"), { execArgv: [], name: "nnvol-hdf5" });
		this.#worker.unref();
		this.#worker.on("message", ({ id, result }: Response) => {
			const pending = this.#settled(id);
			if (result.kind === "failed") pending?.reject(revive(result.error));
			else pending?.resolve(result);
		});
		this.#worker.on("error", (error) => this.#end(died(errorText(error), error)));
		this.#worker.on("exit", (code) => this.#end(died(`it ended with code ${code}`)));
	}

	/** Work that was given to this thread and is not done. */
	get load(): number {
		return this.#load;
	}

	/** Does `work`, which asks this thread for one thing after another, and counts as load from its beginning to its end. */
	async occupy<T>(work: () => Promise<T>): Promise<T> {
		this.#load++;
		try {
			return await work();
		} finally {
			this.#load--;
		}
	}

	/** True once the thread is of no use any more. */
	get ended(): boolean {
		return this.#ended !== undefined;
	}

	/** Does `task` after those before it. Buffers in `give` move to the thread. @throws VOLUME */
	ask(task: Task, give: readonly ArrayBuffer[] = []): Promise<Success> {
		return new Promise((resolve, reject) => {
			if (this.#ended !== undefined) throw this.#ended;
			const request: Request = { id: this.#next++, task };
			this.#worker.postMessage(request, [...give]);
			if (this.#pending.size === 0) this.#worker.ref();
			this.#pending.set(request.id, { resolve, reject });
		});
	}

	/** Ends the thread and gives its memory back. */
	async end(): Promise<void> {
		this.#end(new NnvolError("VOLUME", "the file was closed"));
		await this.#worker.terminate();
	}

	#settled(id: number): Pending | undefined {
		const pending = this.#pending.get(id);
		this.#pending.delete(id);
		if (this.#pending.size === 0) this.#worker.unref();
		return pending;
	}

	/** Nothing can be answered from here on; the first reason is kept. */
	#end(reason: NnvolError): void {
		this.#ended ??= reason;
		for (const { reject } of this.#pending.values()) reject(this.#ended);
		this.#pending.clear();
	}
}

function died(how: string, cause?: unknown): NnvolError {
	const next = "it may have run out of memory: close other programs or read smaller boxes, and run again";
	return new NnvolError("VOLUME", `the thread that holds HDF5 files died: ${how}; ${next}`, {
		...(cause === undefined ? {} : { cause }),
	});
}
