/**
 * Keeps a process from ending in the middle of a native call of a worker thread.
 *
 * ONNX Runtime's binding aborts the whole process ("terminate called ...", code 134) where a thread is ended while it
 * runs a network. So the worker marks its calls in shared memory, and the process, when it exits, waits for the call
 * in progress and lets no other begin.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";

/** One shared number: `IDLE`, `BUSY` or `SHUT`. */
export type Gate = Int32Array<SharedArrayBuffer>;

const IDLE = 0;
const BUSY = 1;
const SHUT = 2;

/** Longest wait for a call at exit; nothing that a network runs takes so long. */
const LONGEST_MS = 120_000;

/** Gates of the sessions that are open in this process; one listener serves them all. */
const watched = new Set<Gate>();

/** A gate that is open. */
export function newGate(): Gate {
	return new Int32Array(new SharedArrayBuffer(4));
}

/** Worker's side: does `work` unless the process is ending. One call at a time. @throws RUNTIME where it is ending */
export async function through<T>(gate: Gate, work: () => Promise<T>): Promise<T> {
	if (Atomics.compareExchange(gate, 0, IDLE, BUSY) !== IDLE) throw new NnvolError("RUNTIME", "the process is ending");
	try {
		return await work();
	} finally {
		Atomics.store(gate, 0, IDLE);
		Atomics.notify(gate, 0);
	}
}

/** Blocks until no call is in progress, or for `milliseconds`; none begins from then on. */
export function shut(gate: Gate, milliseconds = LONGEST_MS): void {
	const end = Date.now() + milliseconds;
	while (Atomics.compareExchange(gate, 0, IDLE, SHUT) === BUSY && Date.now() < end) {
		Atomics.wait(gate, 0, BUSY, end - Date.now());
	}
}

/** Has the process shut `gate` when it exits, until `unwatch`. */
export function watch(gate: Gate): void {
	if (watched.size === 0) process.on("exit", shutAll);
	watched.add(gate);
}

/** The worker behind `gate` has ended. */
export function unwatch(gate: Gate): void {
	watched.delete(gate);
	if (watched.size === 0) process.off("exit", shutAll);
}

function shutAll(): void {
	for (const gate of watched) shut(gate);
}
