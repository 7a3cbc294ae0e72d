/**
 * Resident memory of a process and of the workers that it started.
 *
 * @module
 */
import { peakMemory } from "../run/peak-memory.ts";
import type { MemoryMeter } from "./sink.ts";

/** A meter. @param ofWorkers bytes that further processes hold now; their highest is the highest that was seen */
export function memoryMeter(ofWorkers: () => number = () => 0): MemoryMeter {
	let seen = 0;
	const now = () => {
		const bytes = process.memoryUsage.rss() + ofWorkers();
		seen = Math.max(seen, bytes);
		return bytes;
	};
	return { now, peak: () => Math.max(seen, now(), peakMemory()) };
}
