/**
 * How much memory a streamed run may hold.
 *
 * @module
 */
import { totalmem } from "node:os";

/** What the process keeps besides what is planned: garbage that was not collected yet, buffers of libraries. */
const RESERVE_SHARE = 0.15;
const RESERVE_LEAST = 96 * 2 ** 20;

/** Bytes that a run may hold where the user says nothing: half of the machine, or of what a container leaves. */
export function automaticMemory(): number {
	const limit = process.constrainedMemory();
	return Math.floor(Math.min(totalmem(), limit > 0 ? limit : Number.POSITIVE_INFINITY) / 2);
}

/** Bytes of `memory` that are left for a volume, in a process that holds the network already. */
export function volumeBudget(memory: number, held = process.memoryUsage.rss()): number {
	return Math.floor(memory - held - Math.max(RESERVE_LEAST, memory * RESERVE_SHARE));
}
