/**
 * What is wrong with decoding steps as they were written.
 *
 * @module
 */
import { likelyName, meantText } from "../likely.ts";

/** A way into what was written: names and places in lists. */
export type Path = readonly (string | number)[];

/** One thing that is wrong, and where. */
export type DecodingProblem = { readonly path: Path; readonly text: string };

/** `; did you mean 'x'?`, or which there are. */
export function insteadText(name: string, known: readonly string[]): string {
	const likely = likelyName(name, known);
	return likely === undefined ? `; known are ${known.join(", ")}` : meantText(likely);
}

/** A value as it can be shown in a line. */
export function shortText(value: unknown): string {
	const json = JSON.stringify(value) ?? "nothing";
	return json.length > 60 ? `${json.slice(0, 57)}...` : json;
}

/** `value` where it is an object with names. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
	return Object.fromEntries(Object.entries(value));
}

/** A problem for each name of `found` that is none of `known`. */
export function strangers(
	found: Readonly<Record<string, unknown>>,
	known: readonly string[],
	path: Path,
	what: string,
): DecodingProblem[] {
	return Object.keys(found)
		.filter((name) => !known.includes(name))
		.map((name) => ({ path: [...path, name], text: `${what} has no '${name}'${insteadText(name, known)}` }));
}
