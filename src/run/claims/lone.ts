/**
 * Claims of a process that shares nothing: it has every name it asks for.
 *
 * @module
 */
import type { Claims } from "./claim.ts";

/** Refuses nothing, keeps nothing. */
export const LONE: Claims = {
	take: async (name) => ({ name, deaths: 0, release: async () => undefined }),
	held: async () => [],
	close: async () => undefined,
};
