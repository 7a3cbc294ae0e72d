/**
 * What each of nnU-Net's commands is to nnvol: its arguments and what they are translated to.
 *
 * @module
 */
import type { Argument, Arguments } from "./arguments.ts";

/** One of nnU-Net's commands. */
export type NnunetCommand = {
	readonly what: string;
	readonly arguments: readonly Argument[];
	/** Gives the exit code. */
	readonly run: (given: Arguments, note: (text: string) => void) => Promise<number>;
};

/** One line on the arguments that were given and change nothing here; "" where there are none. */
export function unneededText(given: Arguments, names: readonly string[]): string {
	const found = names.filter((name) => given.has(name));
	if (found.length === 0) return "";
	return `${found.join(", ")} ${found.length === 1 ? "is" : "are"} not needed here and ${found.length === 1 ? "changes" : "change"} nothing`;
}
