/**
 * Work that one worker does at a time, whoever comes first; the others wait for their turn and find it done.
 *
 * @module
 */
import { throwIfAborted } from "../../core/errors.ts";
import { sleep } from "../../core/sleep.ts";
import type { Claims } from "./claims.ts";

/** Milliseconds between tries: of the first ones, and at most. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 500;

/** Runs `work` while it holds the claim `name`; undefined where somebody else has it. @throws as `work` */
export async function ifFree<T>(claims: Claims, name: string, work: () => Promise<T>): Promise<T | undefined> {
	const claim = await claims.take(name);
	return claim === undefined ? undefined : work().finally(() => claim.release());
}

/**
 * Runs `work` while it holds the claim `name`; at once where there are no claims.
 *
 * @param isDone told true while it waits, `work` is run without the claim: it finds out that nothing is left to do
 * @throws CANCELLED while it waits; as `work`
 */
export async function within<T>(
	claims: Claims | undefined,
	name: string,
	work: () => Promise<T>,
	signal?: AbortSignal,
	isDone?: () => Promise<boolean>,
): Promise<T> {
	if (claims === undefined) return work();
	for (let wait = FIRST_PAUSE; ; wait = Math.min(LONGEST_PAUSE, wait * 1.5)) {
		throwIfAborted(signal);
		const claim = await claims.take(name);
		if (claim !== undefined) return work().finally(() => claim.release());
		if ((await isDone?.()) === true) return work();
		await sleep(wait, signal);
	}
}
