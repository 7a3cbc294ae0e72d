/**
 * Which cores each of several workers runs on.
 *
 * On Linux a worker is held to its share of the cores that this process may use, so that caches and memory near to them stay its own.
 * Threads of one core (hyperthreads) go to one worker, and neighbours stay together.
 *
 * @module
 */
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** `0` in the environment leaves it to the system where workers run. */
export const PIN_VARIABLE = "NNVOL_PIN_CORES";

/** `0-3,8,10-11` as numbers. */
export function parseCoreList(text: string): number[] {
	return text
		.trim()
		.split(",")
		.filter((part) => /^\d+(-\d+)?$/.test(part))
		.flatMap((part) => {
			const [from = 0, to = from] = part.split("-").map(Number);
			return Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n);
		});
}

/** Cores in `count` shares of nearly the same size, each of neighbours; none where there are fewer cores than shares. */
export function shareCores(cores: readonly number[], count: number): readonly (readonly number[])[] {
	if (cores.length < count) return [];
	const at = (n: number) => Math.floor((n * cores.length) / count);
	return Array.from({ length: count }, (_, n) => cores.slice(at(n), at(n + 1)));
}

/** Threads of each of `count` workers that have `threads` together: one at least. */
export function shareThreads(threads: number, count: number): readonly number[] {
	return Array.from({ length: count }, (_, n) =>
		Math.max(1, Math.floor(((n + 1) * threads) / count) - Math.floor((n * threads) / count)),
	);
}

/** The cores that each of `count` workers is held to; none where they are not to be held, or cannot be. */
export function pinnedCores(count: number, env: NodeJS.ProcessEnv = process.env): readonly (readonly number[])[] {
	if (count < 2 || process.platform !== "linux" || env[PIN_VARIABLE] === "0" || !hasTaskset(env)) return [];
	return shareCores(byPlace(allowedCores()), count);
}

function allowedCores(): number[] {
	const [, list = ""] = /^Cpus_allowed_list:\s*(.*)$/m.exec(readText("/proc/self/status")) ?? [];
	return parseCoreList(list);
}

/** Processor by processor, core by core, so that the threads of a core are neighbours. */
function byPlace(cores: readonly number[]): number[] {
	const placed = cores.map((core) => {
		const read = (name: string) => Number(readText(`/sys/devices/system/cpu/cpu${core}/topology/${name}`) || 0);
		return { core, socket: read("physical_package_id"), physical: read("core_id") };
	});
	placed.sort((a, b) => a.socket - b.socket || a.physical - b.physical || a.core - b.core);
	return placed.map(({ core }) => core);
}

function readText(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return "";
	}
}

function hasTaskset({ PATH = "" }: NodeJS.ProcessEnv): boolean {
	return PATH.split(delimiter).some((folder) => {
		try {
			accessSync(join(folder, "taskset"), constants.X_OK);
			return folder !== "";
		} catch {
			return false;
		}
	});
}
