/**
 * How patient remote stores are: tries, pauses, limits of time and of requests at once.
 *
 * @module
 */

/** Times in milliseconds. */
export type Tuning = {
	/** Tries of one request in all. */
	readonly tries: number;
	/** The first pause; each further one is up to twice as long, with chance in it. */
	readonly pause: number;
	/** The longest pause, and the longest `Retry-After` that is waited for. */
	readonly longestPause: number;
	/** How long a server may be silent: until the first byte, and between two. */
	readonly silence: number;
	/** Requests at once to one host. */
	readonly perHost: number;
	/** Names asked for at once when listing. */
	readonly page: number;
};

const DEFAULTS: Tuning = { tries: 8, pause: 200, longestPause: 30_000, silence: 60_000, perHost: 16, page: 1000 };

/** The defaults, with the user's `NNVOL_STORE_TRIES`, `NNVOL_STORE_TIMEOUT` (seconds), `NNVOL_STORE_REQUESTS`, then `given`. */
export function tuningOf(given: Partial<Tuning> = {}): Tuning {
	const silence = wholeNumber("NNVOL_STORE_TIMEOUT");
	return {
		...DEFAULTS,
		tries: wholeNumber("NNVOL_STORE_TRIES") ?? DEFAULTS.tries,
		perHost: wholeNumber("NNVOL_STORE_REQUESTS") ?? DEFAULTS.perHost,
		silence: silence === undefined ? DEFAULTS.silence : silence * 1000,
		...given,
	};
}

/** Bytes that are sent in a millisecond at the least, 128 KiB a second. */
const SLOWEST = 131;

/** Milliseconds until the server must have said something, where `bytes` are sent to it before. */
export function patience(tuning: Tuning, bytes: number): number {
	return tuning.silence + bytes / SLOWEST;
}

/** A positive whole number from the environment; undefined where there is none, or something else. */
function wholeNumber(name: string): number | undefined {
	const value = Number(process.env[name]);
	return Number.isSafeInteger(value) && value > 0 && value < 1e6 ? value : undefined;
}
