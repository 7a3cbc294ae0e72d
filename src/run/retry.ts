/**
 * Tries again after passing faults of disks and networks, with growing pauses.
 *
 * @module
 */
import { causesOf, isNnvolError, throwIfAborted } from "../core/errors.ts";
import { sleep } from "../core/sleep.ts";
import { isPassingFault } from "../core/system-fault.ts";

/** First pause in milliseconds; each further one is twice as long. */
const FIRST_PAUSE = 200;

/** Options of {@link withRetries}. */
export type RetryOptions = {
	/** Tries in all, 1 or more. */
	readonly tries: number;
	readonly signal?: AbortSignal;
	/** Told before each further try. */
	readonly onRetry?: (attempt: number, error: unknown) => void;
	/** First pause, milliseconds. */
	readonly pause?: number;
};

/** True where `error`, or a cause below it, is of a kind that may pass. */
export function isPassing(error: unknown): boolean {
	for (const e of causesOf(error)) {
		if (isNnvolError(e) && e.transient) return true;
		if (isPassingFault(e)) return true;
	}
	return false;
}

/** Runs `work`, again after passing faults, up to `tries` times; throws the last error. */
export async function withRetries<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
	for (let attempt = 1; ; attempt++) {
		throwIfAborted(options.signal);
		try {
			return await work();
		} catch (error) {
			if (attempt >= options.tries || !isPassing(error)) throw error;
			options.onRetry?.(attempt, error);
			await sleep((options.pause ?? FIRST_PAUSE) * 2 ** (attempt - 1), options.signal);
		}
	}
}
