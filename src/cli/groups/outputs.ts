/**
 * Commands on what a run has written: `status`, `verify`.
 *
 * @module
 */
import type { Command } from "commander";
import type { VerifyFlags } from "../commands/verify.ts";
import type { SetCode } from "./run-options.ts";

const OUTPUT_TEXT = "an output folder, or an output in one";

/** Adds the commands. */
export function addOutputCommands(program: Command, done: SetCode): void {
	program
		.command("status")
		.description("how far a run is")
		.argument("<output>", OUTPUT_TEXT)
		.option("--json", "as JSON")
		.action(async (output: string, flags: { readonly json?: boolean }) => {
			const { runStatus } = await import("../commands/status.ts");
			done(await runStatus(output, flags));
		});
	program
		.command("verify")
		.description("read outputs back and compare them with what was recorded")
		.argument("<output>", OUTPUT_TEXT)
		.option("--repair", "do what is damaged or missing again")
		.option("--json", "as JSON")
		.option("--quiet", "no progress")
		.action(async (output: string, flags: VerifyFlags) => {
			const { runVerify } = await import("../commands/verify.ts");
			done(await runVerify(output, flags));
		});
}
