/**
 * Signs of life from a thread that does not compute, so that a claim is not lost while its worker is busy.
 *
 * The thread is started with the first thing that is to be renewed, one for a process. It keeps no process from ending, and its end ends none: where
 * it fails, who takes a claim finds that the last sign is old, and gives one itself.
 *
 * @module
 */

import { SHARE_ENV, Worker } from "node:worker_threads";
import { builtFile } from "../../core/built-file.ts";
import type { Beat } from "./place.ts";

/** What the thread is told. Each heartbeat of the process has a number. */
export type HeartbeatOrder =
	| {
			readonly kind: "open";
			readonly id: number;
			/** Milliseconds between signs. */
			readonly interval: number;
			/** The time of the last sign (`monotonicNow`), for both threads. */
			readonly last: BigInt64Array;
	  }
	| { readonly kind: "add"; readonly id: number; readonly beat: Beat }
	/** Answered with the number, after the last sign. */
	| { readonly kind: "end"; readonly id: number };

/** Signs of life in a lease: three may be lost. */
const SIGNS_A_LEASE = 4;

/** The one thread of this process: it is kept, since starting it costs more than what it does. */
class Thread {
	readonly #worker: Worker;
	readonly #ends = new Map<number, () => void>();
	isGone = false;

	constructor() {
		this.#worker = new Worker(builtFile("run/claims/heartbeat-worker.js"), {
			execArgv: [],
			env: SHARE_ENV,
			name: "nnvol-heartbeat",
		});
		this.#worker.on("error", () => undefined);
		this.#worker.on("message", (id: number) => this.#ended(id));
		this.#worker.once("exit", () => {
			this.isGone = true;
			for (const id of [...this.#ends.keys()]) this.#ended(id);
		});
		this.#worker.unref(); // after listeners, which would keep the process
	}

	tell(order: HeartbeatOrder): void {
		this.#worker.postMessage(order);
	}

	/** Resolves once a heartbeat gives no sign any more. */
	end(id: number): Promise<void> {
		if (this.isGone) return Promise.resolve();
		this.#worker.ref();
		return new Promise((resolve) => {
			this.#ends.set(id, resolve);
			this.tell({ kind: "end", id });
		});
	}

	#ended(id: number): void {
		this.#ends.get(id)?.();
		this.#ends.delete(id);
		if (this.#ends.size === 0) this.#worker.unref();
	}
}

let thread: Thread | undefined;
let opened = 0;

/** The signs of one worker in one place. */
export class Heartbeat {
	readonly #interval: number;
	readonly #last = new BigInt64Array(new SharedArrayBuffer(8));
	readonly #id = opened++;
	#thread: Thread | undefined;

	constructor(lease: number) {
		this.#interval = lease / SIGNS_A_LEASE;
	}

	/** Renews `beat` from now on; that it was written just now counts as a sign. */
	add(beat: Beat): void {
		this.note();
		this.#thread ??= this.#open();
		this.#thread.tell({ kind: "add", id: this.#id, beat });
	}

	/** A sign was given by this thread. */
	note(): void {
		Atomics.store(this.#last, 0, monotonicNow());
	}

	/** Milliseconds since the last sign. */
	get silence(): number {
		return Number(monotonicNow() - Atomics.load(this.#last, 0)) / 1e6;
	}

	/** After that it gives no sign. */
	async end(): Promise<void> {
		await this.#thread?.end(this.#id);
	}

	#open(): Thread {
		if (thread === undefined || thread.isGone) thread = new Thread();
		thread.tell({ kind: "open", id: this.#id, interval: this.#interval, last: this.#last });
		return thread;
	}
}

/** Nanoseconds by a clock that never goes back, the same for all threads. */
export function monotonicNow(): bigint {
	return process.hrtime.bigint();
}
