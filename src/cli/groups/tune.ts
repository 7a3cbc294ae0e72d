/**
 * The commands that search parameters: `tune` and `tune-test`.
 *
 * @module
 */
import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import type { TuneFlags } from "../commands/tune.ts";
import type { SetCode } from "./run-options.ts";

/** Adds the commands. */
export function addTune(program: Command, done: SetCode): void {
	addTuneOptions(
		program
			.command("tune")
			.description("search the post-processing that scores best on labelled cases")
			.option("--overwrite", "begin the study anew"),
	).action(async (overrides: string[], flags: TuneFlags) => {
		const { runTune } = await import("../commands/tune.ts");
		done(await runTune(overrides, flags));
	});
	addTuneOptions(
		program
			.command("tune-test")
			.description("score what tune found on held-out cases, beside the configuration as it stands")
			.option("--params <file>", "the parameters (default: those of tune, which is run where there are none)"),
	).action(async (overrides: string[], flags: TuneFlags) => {
		const { runTuneTest } = await import("../commands/tune-test.ts");
		done(await runTuneTest(overrides, flags));
	});
}

function addTuneOptions(command: Command): Command {
	return addBudget(
		command
			.argument("[overrides...]", "key=value, +key=value, ~key")
			.option("--config <file>", "YAML configuration")
			.option("--checkpoint <model>", "the model: a .pth or a model folder"),
	)
		.option("--workers <n>", "processes that predict and threads that score cases; the study is the same (default: 1)")
		.option("--memory <size>", "most memory for cases and predictions, such as 4GB (default: half of the machine's)")
		.option("--json", "trials as JSON lines on standard output")
		.option("--quiet", "no progress");
}

/** Adds the budget of a search; the hidden names are those of PyTorch Connectomics. */
export function addBudget(command: Command): Command {
	return command
		.option(
			"--trials <n>",
			"most trials of the study (default: tune.n_trials, 100; all points for the sampler Grid)",
			whole,
		)
		.option("--minutes <m>", "minutes after which no trial is begun (default: tune.timeout)", positive)
		.addOption(new Option("--tune-trials <n>").argParser(whole).hideHelp())
		.addOption(new Option("--tune-timeout <seconds>").argParser(positive).hideHelp());
}

function whole(text: string): number {
	const value = Number(text);
	if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("expected a whole number of 1 or more.");
	return value;
}

function positive(text: string): number {
	const value = Number(text);
	if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number above 0.");
	return value;
}
