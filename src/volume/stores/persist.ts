/**
 * Tries a request again after faults that may pass: lost connections, short bodies, busy servers.
 *
 * Pauses double and have chance in them (half to whole), so that many processes do not come back at once.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { causesOf, isNnvolError, NnvolError, throwIfAborted } from "../../core/errors.ts";
import { isPassingFault } from "../../core/system-fault.ts";
import type { Tuning } from "./tuning.ts";

/** Runs `work`, again while its errors are transient; the last error is thrown, with the number of tries in it. */
export async function persist<T>(tuning: Tuning, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
	for (let attempt = 1; ; attempt++) {
		throwIfAborted(signal);
		try {
			return await work();
		} catch (error) {
			throwIfAborted(signal);
			const wait = pauseAfter(error, attempt, tuning);
			if (wait === undefined) throw attempt === 1 ? error : afterTries(error, attempt);
			await pause(wait, undefined, signal === undefined ? {} : { signal }).catch(() => throwIfAborted(signal));
		}
	}
}

/** Milliseconds to wait before the next try; undefined where there is none. */
function pauseAfter(error: unknown, attempt: number, tuning: Tuning): number | undefined {
	if (attempt >= tuning.tries || !isTransient(error)) return undefined;
	const asked = retryAfter(error);
	if (asked !== undefined) return asked <= tuning.longestPause ? asked : undefined;
	const whole = Math.min(tuning.pause * 2 ** (attempt - 1), tuning.longestPause);
	return whole * (0.5 + Math.random() / 2);
}

/** True where `error`, or a cause of it, may pass. */
export function isTransient(error: unknown): boolean {
	for (const e of causesOf(error)) if (isNnvolError(e) ? e.transient : isPassingFault(e)) return true;
	return false;
}

/** Milliseconds that the server asked to wait for. */
function retryAfter(error: unknown): number | undefined {
	const asked = isNnvolError(error) ? error.fields["retryAfter"] : undefined;
	return typeof asked === "number" ? asked : undefined;
}

function afterTries(error: unknown, tries: number): unknown {
	if (!isNnvolError(error)) return error;
	return new NnvolError(error.code, `${error.message} (tried ${tries} times)`, {
		fields: { ...error.fields, tries },
		transient: error.transient,
		cause: error.cause,
	});
}
