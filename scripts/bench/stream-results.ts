/**
 * What `npm run bench -- stream` measured, in JSON files that outlive a run: `out/bench/NAME.json`. The page of performance is
 * written from them.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../../src/core/atomic-file.ts";

const FOLDER = resolve("out/bench");

/** One streamed run of the command. */
export const MemoryRun = z.object({
	format: z.enum(["zarr", "hdf5"]),
	network: z.enum(["2D", "3D"]),
	/** Of the volume. */
	gib: z.number(),
	shape: z.array(z.number()),
	/** Bytes: the setting, and the sum of the processes' VmHWM. */
	memory: z.number(),
	peak: z.number(),
	seconds: z.number(),
	/** Bytes, at equal distances. */
	course: z.array(z.number()),
});
export type MemoryRun = z.infer<typeof MemoryRun>;

/** A run with nnU-Net's default network. */
export const OverheadRun = z.object({
	shape: z.array(z.number()),
	step: z.number(),
	mirrored: z.boolean(),
	seconds: z.number(),
	/** Seconds in which the network ran: in all, and how often. */
	network: z.number(),
	runs: z.number(),
	/** Seconds before the network ran first, and after it ran last. */
	before: z.number(),
	after: z.number(),
});
export type OverheadRun = z.infer<typeof OverheadRun>;

/** The engine with a network that takes no time. */
export const EngineRate = z.object({
	name: z.string(),
	megabytes: z.number(),
	seconds: z.number(),
	rounds: z.number(),
});
export type EngineRate = z.infer<typeof EngineRate>;

/** The rates of a copy in memory, and of the engine. */
export const EngineRates = z.object({ copyMegabytes: z.number(), rates: z.array(EngineRate) });
export type EngineRates = z.infer<typeof EngineRates>;

/** A line of a `rates-*.ts`. */
export const FormatRate = z.object({
	format: z.string(),
	codec: z.string(),
	dtype: z.string().optional(),
	op: z.enum(["read", "write"]),
	mb_per_s: z.number(),
	python_mb_per_s: z.number().nullish(),
	tensorstore_mb_per_s: z.number().nullish(),
	python: z.string().optional(),
});
export type FormatRate = z.infer<typeof FormatRate>;

/** Results of one kind in a file of their own. */
export class Results<T> {
	readonly #path: string;
	readonly #schema: z.ZodType<T>;

	constructor(name: string, schema: z.ZodType<T>) {
		this.#path = join(FOLDER, `${name}.json`);
		this.#schema = schema;
	}

	/** What was kept; undefined where nothing was. @throws where the file is not what it should be */
	read(): T | undefined {
		return existsSync(this.#path) ? this.#schema.parse(JSON.parse(readFileSync(this.#path, "utf8"))) : undefined;
	}

	/** Keeps results in place of what was kept. */
	async keep(results: T): Promise<void> {
		await mkdir(FOLDER, { recursive: true });
		await writeAtomically(this.#path, `${JSON.stringify(results)}\n`);
	}
}

export const MEMORY_RUNS = new Results("stream-memory", z.array(MemoryRun));
export const OVERHEAD_RUNS = new Results("stream-overhead", z.array(OverheadRun));
export const ENGINE_RATES = new Results("stream-engine", EngineRates);
export const FORMAT_RATES = new Results("stream-formats", z.array(FormatRate));
