/**
 * The commands about SLURM: `slurm submit`, `resume`, `status`, `cancel`, `logs`.
 *
 * @module
 */
import { type Command, Option } from "commander";
import type { LogsFlags } from "../commands/slurm-logs.ts";
import type { ResumeFlags } from "../commands/slurm-resume.ts";
import type { SubmitFlags } from "../commands/slurm-submit.ts";
import { addAgainOptions, addSlurmOptions } from "../slurm-flags.ts";
import type { SetCode } from "./run-options.ts";

const PLACE = "the output folder, or the folder that submit told";

/** Adds the commands. */
export function addSlurm(program: Command, done: SetCode): void {
	const slurm = program.command("slurm").description("submit a run to SLURM, and look after it");
	addSubmit(slurm, done);
	addResume(slurm, done);
	slurm
		.command("status")
		.description("how far a submission is: its tasks in the queue beside what is recorded")
		.argument("<output>", PLACE)
		.option("--json", "as JSON")
		.action(async (output: string, flags: { readonly json?: boolean }) => {
			const { runSlurmStatus } = await import("../commands/slurm-status.ts");
			done(await runSlurmStatus(output, flags));
		});
	slurm
		.command("cancel")
		.description("take a submission's jobs out of the queue; what is done is kept")
		.argument("<output>", PLACE)
		.action(async (output: string) => {
			const { runSlurmCancel } = await import("../commands/slurm-status.ts");
			done(await runSlurmCancel(output));
		});
	slurm
		.command("logs")
		.description("what tasks have said: the last line of each, or all of one")
		.argument("<output>", PLACE)
		.argument("[task]", "number of a share from 0, or plan, or finish")
		.option("--lines <n>", "the last lines only")
		.action(async (output: string, task: string | undefined, flags: LogsFlags) => {
			const { runSlurmLogs } = await import("../commands/slurm-logs.ts");
			done(await runSlurmLogs(output, task, flags));
		});
}

function addSubmit(slurm: Command, done: SetCode): void {
	const command = slurm
		.command("submit")
		.description("plan a configured run, write its scripts and submit them: an array of tasks, and a job that finishes")
		.argument("[overrides...]", "key=value, +key=value, ~key")
		.option("--config <file>", "YAML configuration")
		.option("--params <file>", "parameters laid over the configuration, such as tune's best.yaml")
		.option("--checkpoint <model>", "the model: a .pth or a model folder")
		.addOption(
			new Option("--mode <mode>", "what to do (default: infer-volume where inputs are listed for it)").choices([
				"infer-volume",
				"infer",
			]),
		);
	addSlurmOptions(command)
		.option("--memory <size>", "most memory that a task's run may take (default: four fifths of slurm.mem)")
		.option("--stream", "volumes block by block, whatever their size (default: those that do not fit)")
		.option("--no-stream", "volumes whole in memory, whatever their size")
		.option("--accept-existing", "take outputs of unknown origin for done")
		.option("--plan-job", "plan in a job of its own, not here (default: here, so that mistakes are told at once)")
		.option("--dry-run", "print the scripts and commands; write and submit nothing")
		.option("--json", "what was submitted as JSON")
		.option("--quiet", "no notes")
		.action(async (overrides: string[]) => {
			const { runSlurmSubmit } = await import("../commands/slurm-submit.ts");
			done(await runSlurmSubmit(overrides, command.opts<SubmitFlags>()));
		});
}

function addResume(slurm: Command, done: SetCode): void {
	const command = slurm
		.command("resume")
		.description("submit again what is missing, by the records beside the outputs")
		.argument("<output>", PLACE);
	addAgainOptions(command)
		.option("--dry-run", "print the commands; submit nothing")
		.option("--json", "what was submitted as JSON")
		.action(async (output: string) => {
			const { runSlurmResume } = await import("../commands/slurm-resume.ts");
			done(await runSlurmResume(output, command.opts<ResumeFlags>()));
		});
}
