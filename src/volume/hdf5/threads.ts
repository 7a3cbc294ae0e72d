/**
 * The few threads that all large HDF5 files of a process share.
 *
 * They begin when the first is needed and end, with the memory that their libraries hold, a moment after the last file is closed.
 *
 * @module
 */
import { Hdf5Thread } from "./thread.ts";

/** Unpacking is what takes time, and two keep a machine's readers busy; each holds some 100 MiB. */
const MOST = 2;

/** A folder of files opened one after the other keeps its threads. */
const LINGER_MS = 2000;

let threads: Hdf5Thread[] = [];
let users = 0;
let ending: NodeJS.Timeout | undefined;

/** Counts a file that will use threads; `leave` is called once for it. */
export function enter(): void {
	users++;
	clearTimeout(ending);
}

/** A file that used threads is closed. */
export function leave(): void {
	users--;
	if (users > 0) return;
	ending = setTimeout(() => {
		for (const thread of threads) thread.end().catch(() => {});
		threads = [];
	}, LINGER_MS);
	ending.unref();
}

/** The thread that has least to do: one of `known` where it is idle, else a new one while there are fewer than `MOST`. */
export function leastBusy(known: readonly Hdf5Thread[] = []): Hdf5Thread {
	threads = threads.filter(({ ended }) => !ended);
	const idle = known.find(({ load, ended }) => load === 0 && !ended) ?? threads.find(({ load }) => load === 0);
	if (idle !== undefined) return idle;
	if (threads.length < MOST) {
		const thread = new Hdf5Thread();
		threads.push(thread);
		return thread;
	}
	return threads.reduce((least, thread) => (thread.load < least.load ? thread : least));
}
