/**
 * Variables that schedulers set, read as whole numbers.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";

/** Variables of a process, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The number in variable `name`, or undefined where it is not set, empty, or the text `undefined` (SGE outside arrays).
 *
 * @throws NnvolError CONFIG where it is anything else.
 */
export function wholeNumber(env: Environment, name: string): number | undefined {
	const text = env[name]?.trim();
	if (text === undefined || text === "" || text === "undefined") return undefined;
	if (/^\d{1,15}$/.test(text)) return Number(text);
	throw new NnvolError(
		"CONFIG",
		`${name} is ${JSON.stringify(text)}, expected a whole number from 0; unset it, or say the share with --shard i/n`,
	);
}
