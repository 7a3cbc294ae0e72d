/**
 * Signs of life from a thread that does not compute, so that a claim is not lost while its worker is busy.
 *
 * The thread is started with the first thing that is to be renewed. It keeps no process from ending, and its end ends none: where
 * it fails, who takes a claim finds that the last sign is old, and gives one itself.
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import type { Beat } from "./place.ts";

/** What the thread is told at its start. */
export type HeartbeatStart = {
	/** Milliseconds between signs. */
	readonly interval: number;
	/** The time of the last sign (`monotonicNow`), for both threads. */
	readonly last: BigInt64Array;
};

/** What it is told then. */
export type HeartbeatOrder = Beat | "end";

/** Signs of life in a lease: three may be lost. */
const SIGNS_A_LEASE = 4;

/** The signs of one worker in one place. */
export class Heartbeat {
	readonly #interval: number;
	readonly #last = new BigInt64Array(new SharedArrayBuffer(8));
	#worker: Worker | undefined;
	#exited: Promise<void> | undefined;

	constructor(lease: number) {
		this.#interval = lease / SIGNS_A_LEASE;
	}

	/** Renews `beat` from now on; that it was written just now counts as a sign. */
	add(beat: Beat): void {
		this.note();
		this.#worker ??= this.#start();
		this.#worker.postMessage(beat);
	}

	/** A sign was given by this thread. */
	note(): void {
		Atomics.store(this.#last, 0, monotonicNow());
	}

	/** Milliseconds since the last sign. */
	get silence(): number {
		return Number(monotonicNow() - Atomics.load(this.#last, 0)) / 1e6;
	}

	/** Ends the thread; after that it gives no sign. */
	async end(): Promise<void> {
		this.#worker?.ref();
		this.#worker?.postMessage("end");
		await this.#exited;
	}

	#start(): Worker {
		const start: HeartbeatStart = { interval: this.#interval, last: this.#last };
		const worker = new Worker(workerFile(), { workerData: start, execArgv: [], name: "nnvol-heartbeat" });
		worker.unref();
		this.#exited = new Promise((resolve) => worker.once("exit", () => resolve()));
		worker.on("error", () => undefined);
		return worker;
	}
}

/** Nanoseconds by a clock that never goes back, the same for all threads. */
export function monotonicNow(): bigint {
	return process.hrtime.bigint();
}

/** The built worker, also where this file runs from source. */
function workerFile(): URL {
	const built = import.meta.url.endsWith(".ts")
		? "../../../dist/run/claims/heartbeat-worker.js"
		: "./heartbeat-worker.js";
	return new URL(built, import.meta.url);
}
