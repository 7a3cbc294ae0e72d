/**
 * Problems of a configuration: gathered, then reported all at once, in the order of their places.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { compareOrigins, type Origin, originText } from "./origin.ts";

/** One thing that is wrong, where, and what to do about it. */
export type Problem = { readonly origin: Origin; readonly text: string };

/** An error of one problem. */
export function problemError(origin: Origin, text: string, cause?: unknown): NnvolError {
	return problemsError([{ origin, text }], cause);
}

/** CONFIG, with every problem in the order of the places; `fields.problems` holds their lines. */
export function problemsError(problems: readonly Problem[], cause?: unknown): NnvolError {
	const sorted = [...problems].sort((a, b) => compareOrigins(a.origin, b.origin));
	const lines = [...new Set(sorted.map(problemLine))];
	const message =
		lines.length === 1 ? (lines[0] ?? "") : `the configuration has ${lines.length} problems:\n  ${lines.join("\n  ")}`;
	return new NnvolError("CONFIG", message, { cause, fields: { problems: lines } });
}

function problemLine({ origin, text }: Problem): string {
	return origin.kind === "default" ? text : `${originText(origin)}: ${text}`;
}
