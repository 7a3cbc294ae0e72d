/**
 * Runs nnvol's built command so that it tells what only it knows: its highest memory, and when its network ran.
 *
 * @module
 */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { ResidentMemory } from "./resident-memory.ts";
import { watch } from "./watched-process.ts";

/** The command that `npm run build` makes. */
export const COMMAND = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

const PRELOAD = fileURLToPath(new URL("preload.cjs", import.meta.url));
const Runs = z.array(z.tuple([z.number(), z.number()]));

/** Begin and end, in seconds since 1970. */
export type Interval = readonly [number, number];

/** How a command went. */
export type Measured = {
	readonly seconds: number;
	/** Begin and end of the process. */
	readonly lived: Interval;
	/** Bytes: VmHWM, summed over processes; and resident memory at equal distances of time. */
	readonly peak: number;
	readonly course: readonly number[];
	/** When the network ran, in their order; several may overlap. */
	readonly network: readonly Interval[];
};

/** Runs the command with `words`; `folder` is for what it tells. @throws where it does not end with 0 */
export async function measureCommand(command: string, words: readonly string[], folder: string): Promise<Measured> {
	const facts = join(folder, "facts");
	await rm(facts, { recursive: true, force: true });
	await mkdir(facts);
	const memory = new ResidentMemory();
	const env = { NODE_OPTIONS: `--require "${PRELOAD}"`, NNVOL_BENCH_FACTS: facts };
	const begun = Date.now() / 1000;
	const { code, seconds, said } = await watch(process.execPath, [command, ...words], { env, observer: memory });
	if (code !== 0) throw new Error(`nnvol ${words.join(" ")}\nended with ${code}:\n${said}`);
	const lived: Interval = [begun, begun + seconds];
	const network = await networkRuns(facts);
	return { seconds, lived, peak: memory.highest(facts), course: memory.course, network };
}

/** Seconds that are covered by at least one interval. */
export function covered(intervals: readonly Interval[]): number {
	let [sum, end] = [0, Number.NEGATIVE_INFINITY];
	for (const [from, to] of intervals) {
		sum += Math.max(0, to - Math.max(from, end));
		end = Math.max(end, to);
	}
	return sum;
}

async function networkRuns(facts: string): Promise<Interval[]> {
	const runs: Interval[] = [];
	for (const file of await readdir(facts)) {
		if (!file.startsWith("network-")) continue;
		const own = Runs.parse(JSON.parse(await readFile(join(facts, file), "utf8")));
		runs.push(...own.map(([from, to]): Interval => [from / 1000, to / 1000]));
	}
	return runs.sort(([a], [b]) => a - b);
}
