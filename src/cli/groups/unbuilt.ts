/**
 * Commands that are named and not built.
 *
 * @module
 */
import type { Command } from "commander";
import { NnvolError } from "../../core/errors.ts";

/** Commands that come with later work: named so that `nnvol view` says so instead of "unknown command". */
const UNBUILT_COMMANDS: Readonly<Record<string, string>> = {
	view: "look at volumes in the browser",
	train: "train a model",
};

/** Adds them, hidden from the help. */
export function addUnbuilt(program: Command): void {
	for (const [name, what] of Object.entries(UNBUILT_COMMANDS)) {
		program
			.command(name, { hidden: true })
			.description(`not built yet: ${what}`)
			.argument("[words...]")
			.allowUnknownOption()
			.action(() => {
				throw new NnvolError("UNBUILT", `nnvol ${name} (${what}) is not built yet`);
			});
	}
}
