/**
 * Waiting that an interruption ends.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { throwIfAborted } from "./errors.ts";

/** Waits so many milliseconds. @throws CANCELLED */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
	await pause(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => throwIfAborted(signal));
}
