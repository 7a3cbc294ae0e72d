/**
 * Where each of several workers on one machine runs: its graphics card, its threads, its cores.
 *
 * @module
 */
import { pinnedCores, shareThreads } from "./cores.ts";
import { visibleGpus } from "./gpus.ts";

/** Where one worker runs. */
export type Place = {
	/** What it is told to use: `cpu`, `auto`, `cuda:0`. */
	readonly device: string;
	readonly threads: number;
	/** The one card that it sees, by a name for CUDA_VISIBLE_DEVICES; absent where it sees what this process sees. */
	readonly gpu?: string;
	/** Cores that it is held to; absent where the system decides. */
	readonly cores?: readonly number[];
};

/** What is asked for. */
export type PlacesRequest = {
	/** How many workers; undefined: one a card. */
	readonly workers: number | undefined;
	/** `auto`, `cpu`, `cuda`, `cuda:N`. */
	readonly device: string;
	/** Cards that the run may use, -1 for all there are. Counts only where the number of workers is left open, or where it is above 1. */
	readonly gpus: number;
	/** Threads of all workers together. */
	readonly threads: number;
	readonly env?: NodeJS.ProcessEnv;
	/** Names of the cards that there are. */
	readonly list?: () => readonly string[];
};

/** Places, and what is to be said of them. One place or none: the run needs no workers. */
export type Places = { readonly places: readonly Place[]; readonly notes: readonly string[] };

/** Places for the workers that are asked for. */
export function placeWorkers(request: PlacesRequest): Places {
	const { workers, device, gpus, threads, env = process.env } = request;
	const wantsCards = (device === "auto" || device === "cuda") && (workers !== undefined || gpus > 1 || gpus === -1);
	const all = wantsCards && gpus !== 0 ? (request.list ?? (() => visibleGpus(env)))() : [];
	const cards = gpus > 1 ? all.slice(0, gpus) : all;
	const count = workers ?? Math.max(1, cards.length);
	if (count < 2) return { places: [], notes: notesOf(request, cards.length) };
	const shares = shareThreads(threads, count);
	const pinned = pinnedCores(count, env);
	const places = shares.map((share, n): Place => {
		const gpu = cards.length === 0 ? undefined : cards[n % cards.length];
		const cores = pinned[n];
		return {
			device: gpu === undefined ? withoutCard(device, wantsCards) : device === "auto" ? "auto" : "cuda:0",
			threads: share,
			...(gpu === undefined ? {} : { gpu }),
			...(cores === undefined ? {} : { cores }),
		};
	});
	return { places, notes: notesOf(request, cards.length) };
}

/** `auto` without a card is the CPU; a card that was asked for by name is asked for, and its absence told. */
function withoutCard(device: string, wantsCards: boolean): string {
	return device === "auto" && wantsCards ? "cpu" : device;
}

function notesOf({ workers, device, gpus }: PlacesRequest, found: number): readonly string[] {
	if (device !== "auto" && device !== "cuda") return [];
	if (gpus > 1 && found < gpus && found > 0) return [`${found} of the ${gpus} GPUs asked for are there`];
	if (found > 0 || device === "cuda") return [];
	return workers !== undefined && workers > 1 ? ["running on the CPU: no GPU was found"] : [];
}
