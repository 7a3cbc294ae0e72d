/**
 * How many processes of this machine share a run: what the command line and the configuration say.
 *
 * @module
 */
import { parseCount } from "./arguments.ts";
import type { RunRequest } from "./run-plan.ts";

/**
 * The workers of a request: `--workers N`, else one a graphics card where the configuration allows several. Nothing where one
 * process does all. @throws CONFIG
 */
export function workersOf(flags: { readonly workers?: string }, gpus = 1): Pick<RunRequest, "workers"> {
	if (flags.workers !== undefined) return { workers: { count: parseCount("--workers", flags.workers), gpus } };
	return gpus > 1 || gpus === -1 ? { workers: { count: undefined, gpus } } : {};
}
