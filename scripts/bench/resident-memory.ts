/**
 * Resident memory of a tree of processes from Linux's `/proc`: now, its course, and the highest that each process ever had.
 *
 * The highest is VmHWM, which the kernel keeps, so that nothing between two samples is missed; what a process reaches after the
 * last sample it says itself (`preload.cjs`). Pages that processes share count once for each.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Observer, textOf } from "./watched-process.ts";

/** Watches the processes of a command. */
export class ResidentMemory implements Observer {
	/** Bytes of all processes together, a value a sample. */
	readonly course: number[] = [];
	readonly #highest = new Map<string, number>();

	sample(tree: readonly number[]): number {
		let sum = 0;
		for (const pid of tree) {
			const status = textOf(`/proc/${pid}/status`);
			sum += bytesOf(status, "VmRSS");
			this.#note(String(pid), bytesOf(status, "VmHWM"));
		}
		if (sum > 0) this.course.push(sum);
		return sum;
	}

	/** Bytes: the sum over all processes of each one's highest. `facts`: the folder of what they said at their end. */
	highest(facts: string): number {
		for (const file of readdirSync(facts)) {
			const [, pid] = /^highest-(\d+)\.json$/.exec(file) ?? [];
			if (pid !== undefined) this.#note(pid, Number(readFileSync(join(facts, file), "utf8")));
		}
		return [...this.#highest.values()].reduce((sum, bytes) => sum + bytes, 0);
	}

	#note(pid: string, bytes: number): void {
		this.#highest.set(pid, Math.max(bytes, this.#highest.get(pid) ?? 0));
	}
}

/** `values` in so many parts of equal length: the largest of each. */
export function shorten(values: readonly number[], parts: number): readonly number[] {
	if (values.length <= parts) return values;
	return Array.from({ length: parts }, (_, n) => {
		const [from, to] = [n, n + 1].map((part) => Math.floor((part * values.length) / parts));
		return Math.max(...values.slice(from, to));
	});
}

function bytesOf(status: string, field: string): number {
	const [, kilobytes = "0"] = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status) ?? [];
	return Number(kilobytes) * 1024;
}
