/**
 * Most memory that this process has held, its threads among it.
 *
 * Linux tells it of the program that runs now (`VmHWM`); what `getrusage` says there may be that of the process which
 * started this one, since it is kept over `exec`. Processes that this one starts report for themselves.
 *
 * @module
 */
import { readFileSync } from "node:fs";

/** Bytes of resident memory at their highest so far. */
export function peakMemory(): number {
	return fromStatus() ?? process.resourceUsage().maxRSS * 1024;
}

function fromStatus(): number | undefined {
	if (process.platform !== "linux") return undefined;
	try {
		return highestResident(readFileSync("/proc/self/status", "utf8"));
	} catch {
		return undefined; // a system without /proc
	}
}

/** The bytes in a line `VmHWM:  123 kB`; undefined where there is none. */
export function highestResident(status: string): number | undefined {
	const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
	return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}
