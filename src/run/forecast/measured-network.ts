/**
 * What a batch of tiles takes: seconds and memory, found out by running some.
 *
 * @module
 */
import type { Settings } from "../../plan/settings.ts";
import type { Network } from "../network.ts";
import { heldMemory } from "../volume/memory.ts";
import { warmUp } from "../volume/volume-facts.ts";

/** A network as it was measured. */
export type MeasuredNetwork = {
	readonly heads: number;
	readonly lanes: number;
	readonly folds: number;
	/** Seconds of one batch on every lane at once. */
	readonly seconds: number;
	/** Bytes that the process holds with it. */
	readonly held: number;
};

/** Rounds that are timed, after one that is not: the first allocates. */
const ROUNDS = 2;

/** Runs empty tiles: one round to warm up, then the quickest of two. @throws RUNTIME */
export async function measureNetwork(
	network: Network,
	settings: Settings,
	channels: number,
	batchSize: number,
): Promise<MeasuredNetwork> {
	const tiles = { settings, source: { channels } };
	await warmUp(network, tiles, batchSize);
	let seconds = Number.POSITIVE_INFINITY;
	for (let round = 0; round < ROUNDS; round++) {
		const begun = performance.now();
		await warmUp(network, tiles, batchSize);
		seconds = Math.min(seconds, (performance.now() - begun) / 1000);
	}
	return { heads: network.heads, lanes: network.lanes, folds: network.folds, seconds, held: heldMemory() };
}

/** Seconds that so many batches take. */
export function secondsOf(runs: number, { seconds, lanes }: Pick<MeasuredNetwork, "seconds" | "lanes">): number {
	return (runs * seconds) / lanes;
}
