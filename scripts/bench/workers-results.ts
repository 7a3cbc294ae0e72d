/**
 * What `npm run bench -- workers` measured, in files of their own.
 *
 * @module
 */
import { z } from "zod";
import { Results } from "./stream-results.ts";

/** Workers with a network that only waits. */
export const SimulatedRun = z.object({
	workers: z.number(),
	claims: z.boolean(),
	blocks: z.number(),
	/** Seconds of a block. */
	pause: z.number(),
	seconds: z.number(),
	efficiency: z.number(),
});
export type SimulatedRun = z.infer<typeof SimulatedRun>;

/** Two real workers beside two processes that only run the network: seconds of each round. */
export const RealRun = z.object({
	tiles: z.number(),
	work: z.array(z.number()),
	network: z.array(z.number()),
});
export type RealRun = z.infer<typeof RealRun>;

/** A worker that finds so many records. */
export const StartRun = z.object({ records: z.number(), seconds: z.array(z.number()) });
export type StartRun = z.infer<typeof StartRun>;

export const SIMULATED_RUNS = new Results("workers-simulated", z.array(SimulatedRun));
export const REAL_RUN = new Results("workers-real", RealRun);
export const START_RUN = new Results("workers-start", StartRun);
