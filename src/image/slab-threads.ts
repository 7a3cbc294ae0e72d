/**
 * Threads for slabs, seen from outside. Those that have nothing to do are kept for the next array, for a while; they do not
 * keep the process from ending.
 *
 * @module
 */

import { Worker } from "node:worker_threads";
import { builtFile } from "../core/built-file.ts";
import { errorText, NnvolError } from "../core/errors.ts";
import type { SlabRequest, SlabResponse } from "./slab-protocol.ts";

/** Threads that have had no work for so long are ended. */
const KEPT_MS = 5000;

type Success = Exclude<SlabResponse, { kind: "failed" }>;

const idle: SlabThread[] = [];

/** What `work` makes with `count` threads, which nobody else uses meanwhile. */
export async function withSlabThreads<T>(
	count: number,
	work: (threads: readonly SlabThread[]) => Promise<T>,
): Promise<T> {
	const threads = Array.from({ length: count }, () => idle.pop() ?? new SlabThread());
	for (const thread of threads) thread.take();
	try {
		const result = await work(threads);
		for (const thread of threads) thread.giveBack();
		return result;
	} catch (error) {
		for (const thread of threads) thread.end(); // some may be at work still
		throw error;
	}
}

/** A thread, asked one thing at a time. */
export class SlabThread {
	readonly #worker: Worker;
	#pending: { readonly resolve: (response: Success) => void; readonly reject: (error: NnvolError) => void } | undefined;
	#ended: NnvolError | undefined;
	#timer: NodeJS.Timeout | undefined;

	constructor() {
		this.#worker = new Worker(builtFile("image/slab-worker.js"), { execArgv: [], name: "nnvol-slab" });
		this.#worker.on("message", (response: SlabResponse) => {
			const pending = this.#pending;
			this.#pending = undefined;
			if (response.kind === "failed") pending?.reject(failed(response.reason));
			else pending?.resolve(response);
		});
		this.#worker.on("error", (error) => this.#fail(failed(errorText(error), error)));
		this.#worker.on("exit", (code) => this.#fail(failed(`it ended with code ${code}`)));
	}

	ask(request: SlabRequest, transfer: readonly ArrayBuffer[] = []): Promise<Success> {
		const { promise, resolve, reject } = pendingAnswer();
		if (this.#ended !== undefined) {
			reject(this.#ended);
			return promise;
		}
		this.#pending = { resolve, reject };
		this.#worker.postMessage(request, [...transfer]);
		return promise;
	}

	/** Before the first question. */
	take(): void {
		clearTimeout(this.#timer);
		this.#worker.ref();
	}

	/** After the last answer: another array may have it. */
	giveBack(): void {
		this.#worker.unref();
		if (this.#ended !== undefined) return;
		idle.push(this);
		this.#timer = setTimeout(() => this.end(), KEPT_MS).unref();
	}

	end(): void {
		this.#fail(failed("it ended with code 1")); // what terminate makes of it, in a while
		void this.#worker.terminate();
	}

	#fail(error: NnvolError): void {
		this.#ended ??= error;
		this.#pending?.reject(this.#ended);
		this.#pending = undefined;
		const at = idle.indexOf(this);
		if (at >= 0) idle.splice(at, 1);
	}
}

function pendingAnswer() {
	let settle: { resolve: (response: Success) => void; reject: (error: NnvolError) => void } | undefined;
	const promise = new Promise<Success>((resolve, reject) => {
		settle = { resolve, reject };
	});
	return {
		promise,
		resolve: (response: Success) => settle?.resolve(response),
		reject: (error: NnvolError) => settle?.reject(error),
	};
}

function failed(how: string, cause?: unknown): NnvolError {
	return new NnvolError(
		"RUN",
		`a thread that finds components failed: ${how}; it may have run out of memory: use fewer threads or smaller blocks`,
		cause === undefined ? {} : { cause },
	);
}
