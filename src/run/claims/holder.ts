/**
 * Who holds a claim: a worker's name and its process, so that a process of this machine that is gone is known at once.
 *
 * Numbers of processes are given again, and machines have equal names. So a process is known by its number, the time it was
 * started at (`/proc/PID/stat`), the boot of its kernel and its space of process numbers (containers). Where those of a
 * holder are not those of this process nothing is known of it, and only its lease tells. Where the system does not tell them
 * (anything but Linux) the number alone is gone by.
 *
 * @module
 */
import { readFileSync, readlinkSync } from "node:fs";
import { z } from "zod";
import { hostLabel } from "../../core/atomic-file.ts";
import { isAlive } from "../../volume/publish.ts";

/** A holder as it stands in a claim. */
export const Holder = z.object({
	worker: z.string(),
	host: z.string(),
	/** Boot and space of process numbers; "" where they are not known. */
	home: z.string(),
	pid: z.number().int().positive(),
	/** When the process was started, in ticks since the boot; "" where it is not known. */
	start: z.string(),
});

/** A worker and its process. */
export type Holder = z.infer<typeof Holder>;

/** This process. */
export function thisHolder(worker: string): Holder {
	const { pid } = process;
	return { worker, host: hostLabel(), home: homeOf(), pid, start: processFacts(pid)?.start ?? "" };
}

/** True where the holder's process is known to be gone; false where it lives or nothing is known of it. */
export function isGone(holder: Holder): boolean {
	if (holder.host !== hostLabel() || holder.home !== homeOf()) return false;
	if (!isAlive(holder.pid)) return true;
	const found = processFacts(holder.pid);
	if (found === undefined || holder.start === "") return false;
	return found.start !== holder.start || found.hasEnded;
}

let home: string | undefined;

function homeOf(): string {
	home ??= [
		quiet(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim().slice(0, 13)),
		quiet(() => readlinkSync("/proc/self/ns/pid").replace(/\D/g, "")),
	]
		.filter(Boolean)
		.join(".");
	return home;
}

/** Of a process: when it was started, and whether it has ended and only waits to be asked for (a zombie). */
function processFacts(pid: number): { readonly start: string; readonly hasEnded: boolean } | undefined {
	const text = quiet(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
	// the name of the program stands in brackets and may hold anything
	const [state, ...fields] = text.slice(text.lastIndexOf(")") + 2).split(" ");
	const start = fields[18];
	if (start === undefined) return undefined;
	return { start, hasEnded: state === "Z" || state === "X" };
}

function quiet(read: () => string): string {
	try {
		return read();
	} catch {
		return "";
	}
}
