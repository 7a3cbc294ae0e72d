/**
 * How much memory a streamed run may hold.
 *
 * @module
 */
import { totalmem } from "node:os";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { bytesText } from "../../core/bytes.ts";
import { isNnvolError, NnvolError } from "../../core/errors.ts";
import { planVolume, type VolumeFacts, type VolumePlan } from "../../plan/volume-plan.ts";

/** What the process keeps besides what is planned: garbage that was not collected yet, buffers of libraries. */
const RESERVE_SHARE = 0.08;
const RESERVE_LEAST = 64 * 2 ** 20;

/** Bytes that a run may hold where the user says nothing: half of the machine, or of what a container leaves. */
export function automaticMemory(): number {
	const limit = process.constrainedMemory();
	return Math.floor(Math.min(totalmem(), limit > 0 ? limit : Number.POSITIVE_INFINITY) / 2);
}

/** Bytes of `memory` that are left free. */
export function reserveOf(memory: number): number {
	return Math.floor(Math.max(RESERVE_LEAST, memory * RESERVE_SHARE));
}

/** Bytes of `memory` that are left for a volume, in a process that holds the network already. */
export function volumeBudget(memory: number, held = heldMemory()): number {
	return Math.floor(memory - held - reserveOf(memory));
}

/** Bytes that the process holds, without garbage: that of earlier passes is gone by the time it would be in the way. */
export function heldMemory(): number {
	collect()();
	return process.memoryUsage.rss();
}

let collector: (() => void) | undefined;

function collect(): () => void {
	if (collector === undefined) {
		setFlagsFromString("--expose-gc");
		const gc: unknown = runInNewContext("gc");
		setFlagsFromString("--no-expose-gc");
		collector = typeof gc === "function" ? () => void gc() : () => undefined;
	}
	return collector;
}

/**
 * The plan of a volume within `memory` bytes, of which the process holds `held` already.
 *
 * @throws CONFIG where it does not fit, saying what would
 */
export function planWithin(facts: VolumeFacts, memory: number, held = heldMemory()): VolumePlan {
	try {
		return planVolume(facts, volumeBudget(memory, held));
	} catch (error) {
		const bytes = isNnvolError(error, "CONFIG") ? error.fields["bytes"] : undefined;
		if (typeof bytes !== "number") throw error;
		throw tooSmall(bytes, memory, held);
	}
}

function tooSmall(bytes: number, memory: number, held: number): NnvolError {
	const enough = memoryFor(bytes + held);
	return new NnvolError(
		"CONFIG",
		`${bytesText(memory)} of memory is too little: the program with the network takes ${bytesText(held)}, the smallest parts of the volume ${bytesText(bytes)}, and ${bytesText(reserveOf(memory))} stay free. --memory ${sizeArgument(enough)} (system.memory) would do; smaller output chunks or shards (inference.data.chunks, inference.data.shards) take less`,
		{ fields: { bytes, held, memory, enough } },
	);
}

/** The least budget that leaves so many bytes beside its reserve. */
function memoryFor(bytes: number): number {
	return Math.ceil(Math.max(bytes + RESERVE_LEAST, bytes / (1 - RESERVE_SHARE)));
}

/** A size for the command line, rounded up: `1.4GB`. */
function sizeArgument(bytes: number): string {
	const tenths = Math.ceil(bytes / 1e8 + 0.5);
	return `${(tenths / 10).toFixed(1)}GB`;
}
