/**
 * The commands of workers: `work`, `finish`.
 *
 * @module
 */
import type { Command } from "commander";
import type { FinishFlags } from "../commands/finish.ts";
import type { WorkFlags } from "../commands/work.ts";
import { addMonitorOptions, type SetCode } from "./run-options.ts";

/** Adds the commands. */
export function addWorkCommands(program: Command, done: SetCode): void {
	addMonitorOptions(program.command("work"))
		.description("do one worker's share of a plan that nnvol plan --save wrote")
		.requiredOption("--plan <file>", "the plan")
		.option("--shard <i/n>", "which share of how many, from 0 (default: as the scheduler's variables say)")
		.option("--claims", "go on with what others have not begun, and wait for what they do not finish")
		.option(
			"--lease <seconds>",
			"with --claims: what a worker has in hand is free after so long without a sign of life",
			"120",
		)
		.option("--no-finish", "leave it to nnvol finish to put volumes together")
		.option("--device <device>", "cpu, cuda:N or auto (default: the plan's)")
		.option("--threads <n>", "threads on the CPU (default: the plan's, else all cores)")
		.option("--memory <size>", "most memory this worker may take (default: the plan's, else half of the machine's)")
		.option("--json", "events as JSON lines on standard output")
		.option("--quiet", "no progress")
		.action(async (flags: WorkFlags) => {
			const { runWork } = await import("../commands/work.ts");
			done(await runWork(flags));
		});
	addMonitorOptions(program.command("finish"))
		.description("put together what workers have done: staged outputs, objects, one report")
		.requiredOption("--plan <file>", "the plan")
		.option("--memory <size>", "most memory it may take (default: the plan's, else half of the machine's)")
		.option("--json", "the report as JSON on standard output")
		.option("--quiet", "no progress")
		.action(async (flags: FinishFlags) => {
			const { runFinish } = await import("../commands/finish.ts");
			done(await runFinish(flags));
		});
}
