/**
 * What takes the events of a run, to keep them or to tell them on.
 *
 * Law: watching never fails a run. A sink may throw wherever it likes; whoever calls it turns it off then, with one warning.
 *
 * @module
 */
import type { RunEvent } from "../core/events.ts";
import type { PlannedCase } from "../plan/plan.ts";
import type { RunMetrics } from "./run-metrics.ts";

/** A place for events. */
export type Sink = {
	/** For people, in a warning. */
	readonly name: string;
	/** Takes an event, quickly. */
	take?(event: RunEvent): void;
	/** Called every interval and at the end, with what the events come to so far. */
	tick?(metrics: RunMetrics): void;
	close(): Promise<void>;
};

/** Resident memory of all processes that are watched, bytes: now, and at most so far. */
export type MemoryMeter = { readonly now: () => number; readonly peak: () => number };

/** Whose events they are. */
export type Watched = {
	/** `0-of-4`; empty where one process does all. */
	readonly share: string;
	readonly host: string;
	readonly pid: number;
	readonly cases: readonly Pick<PlannedCase, "id" | "files" | "output">[];
	readonly memory: MemoryMeter;
	/** Told of what went wrong later on; the sink is closed then. */
	readonly onFault: (error: unknown) => void;
};

/** `HOST-PID`: how blocks' records name a process. */
export function workerOf({ host, pid }: Pick<Watched, "host" | "pid">): string {
	return `${host}-${pid}`;
}

/** A file's path for one of several processes: `run.jsonl` to `run-0-of-4.jsonl`. */
export function ownPath(path: string, share: string): string {
	if (share === "") return path;
	const [, stem = path, ending = ""] = /^(.*[^/\\])(\.[^./\\]+)$/.exec(path) ?? [];
	return `${stem}-${share}${ending}`;
}
