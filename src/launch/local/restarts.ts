/**
 * When a worker that died is started again, and when it is given up: pure rules.
 *
 * A block or case that kills its workers is given up by the workers themselves, which count deaths. What is counted here is
 * what no claim sees: workers that die before they get to work, or that do nothing but die.
 *
 * @module
 */

/** What one worker's deaths since it last did something come to. */
export type Deaths = {
	/** In a row, without any sign of work in between. */
	readonly silent: number;
	/** In a row, without a block or case that was done in between. */
	readonly fruitless: number;
};

/** What a worker did before it died. */
export type Lifetime = {
	/** It said something about its work. */
	readonly spoke: boolean;
	/** It finished a block or a case. */
	readonly achieved: boolean;
};

/** Limits and pauses. */
export type RestartRules = {
	readonly mostSilent: number;
	readonly mostFruitless: number;
	/** Milliseconds before the first restart; twice as many before each next one. */
	readonly pause: number;
	readonly longestPause: number;
};

export const RESTART_RULES: RestartRules = { mostSilent: 8, mostFruitless: 12, pause: 500, longestPause: 30_000 };

/** A worker that has not died. */
export const NO_DEATHS: Deaths = { silent: 0, fruitless: 0 };

/** One death more. */
export function countDeath({ silent, fruitless }: Deaths, { spoke, achieved }: Lifetime): Deaths {
	return { silent: spoke || achieved ? 1 : silent + 1, fruitless: achieved ? 1 : fruitless + 1 };
}

/** Milliseconds to the next start; undefined where the worker is given up. */
export function pauseAfter({ silent, fruitless }: Deaths, rules: RestartRules = RESTART_RULES): number | undefined {
	if (silent >= rules.mostSilent || fruitless >= rules.mostFruitless) return undefined;
	return Math.min(rules.longestPause, rules.pause * 2 ** (Math.max(silent, fruitless) - 1));
}
