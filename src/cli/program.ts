/**
 * The commands and their options. Commands are loaded when they are run, so that `--help` stays quick.
 *
 * @module
 */
import { Command, CommanderError, Option } from "commander";
import { errorText, isNnvolError, NnvolError } from "../core/errors.ts";
import { joinFolds } from "./arguments.ts";
import type { TuneFlags } from "./commands/tune.ts";
import { addConfigured } from "./groups/configured.ts";
import { addKubernetes } from "./groups/k8s.ts";
import { addModelCommands } from "./groups/model.ts";
import { addObjectCommands } from "./groups/objects.ts";
import { addOutputCommands } from "./groups/outputs.ts";
import { addPlan } from "./groups/plan.ts";
import { addPredict } from "./groups/predict.ts";
import { addRunOptions, addWorkersOption, type SetCode } from "./groups/run-options.ts";
import { addSample } from "./groups/sample.ts";
import { addScoreCommands } from "./groups/score.ts";
import { addSlurm } from "./groups/slurm.ts";
import { addBudget, addTune } from "./groups/tune.ts";
import { addUnbuilt } from "./groups/unbuilt.ts";
import { addVolumeCommands } from "./groups/volume.ts";
import { addWorkCommands } from "./groups/work.ts";
import { noteInvocation } from "./invocation.ts";
import { spellTrainer } from "./model-options.ts";
import { refuseNnunetFlags } from "./nnunet-flags.ts";
import { VERSION } from "./version.ts";

/** Modes that exist as names and are not built. */
const UNBUILT_MODES = ["train"];
const MODES = ["infer-volume", "infer", "test", "tune", "tune-test", "plan", ...UNBUILT_MODES];

/** Runs `nnvol` with `argv` (without node and script); gives the exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
	let code = 0;
	noteInvocation(argv);
	const program = makeProgram((result) => {
		code = result;
	});
	const [first, ...rest] = argv;
	try {
		if (first !== undefined && /^nnunetv2_/i.test(first)) {
			const { runNnunetCommand } = await import("./nnunet-commands.ts");
			return await runNnunetCommand(first, rest);
		}
		if (first === "predict" || first === "plan") refuseNnunetFlags(rest);
		await program.parseAsync(joinFolds(spellTrainer(argv)), { from: "user" });
		return code;
	} catch (error) {
		if (error instanceof CommanderError) return reportWrongArguments(error, argv.includes("--json"));
		return reportError(error, argv.includes("--json"));
	}
}

/** The parser has told people already; gives the exit code. */
function reportWrongArguments({ exitCode, message }: CommanderError, asJson: boolean): number {
	if (exitCode === 0) return 0;
	if (asJson) process.stdout.write(`${JSON.stringify({ kind: "error", code: "CONFIG", message, fields: {} })}\n`);
	return 2;
}

/** Writes what went wrong; gives the exit code. */
function reportError(error: unknown, asJson: boolean): number {
	const known = isNnvolError(error);
	if (asJson) {
		const { code, fields } = known ? error : { code: "BUG", fields: {} };
		process.stdout.write(`${JSON.stringify({ kind: "error", code, message: errorText(error), fields })}\n`);
	}
	process.stderr.write(known ? `nnvol: ${errorText(error)}\n` : `nnvol: a fault of nnvol itself: ${stackOf(error)}\n`);
	return known ? error.exitCode : 1;
}

function stackOf(error: unknown): string {
	return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function makeProgram(done: SetCode): Command {
	const program = new Command("nnvol");
	program
		.description("Runs trained nnU-Net v2 models over volumes, without Python.")
		.version(VERSION, "-V, --version", "print the version")
		.helpOption("-h, --help", "show this help")
		.exitOverride()
		// words that `-d` may take the place of are optional to the parser, and needed to people
		.configureHelp({ subcommandTerm: (command) => `${command.name()} ${command.usage()}` })
		.configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "nnvol: ")) })
		.showSuggestionAfterError(true)
		.enablePositionalOptions()
		.argument("[overrides...]", "key=value, +key=value, ~key: changes to the configuration")
		.option("--config <file>", "YAML configuration")
		.addOption(new Option("--mode <mode>", "what to do with it").choices(MODES))
		.option("--checkpoint <model>", "the model: a .pth or a model folder");
	addWorkersOption(addRunOptions(program)).option(
		"--params <file>",
		"parameters laid over the configuration, such as tune's best.yaml",
	);
	addBudget(program);
	program.action(async (overrides: string[], options: TuneFlags & { mode?: string }) => {
		done(await runMode(options.mode, overrides, options, program));
	});
	addPredict(program, done);
	addPlan(program, done);
	addConfigured(program, done);
	addModelCommands(program, done);
	addScoreCommands(program, done);
	addVolumeCommands(program, done);
	addObjectCommands(program, done);
	addOutputCommands(program, done);
	addSample(program, done);
	addTune(program, done);
	addWorkCommands(program, done);
	addKubernetes(program, done);
	addSlurm(program, done);
	addUnbuilt(program);
	program.addHelpText("after", EXAMPLES);
	return program;
}

const EXAMPLES = `
Examples:
  nnvol predict model/ images/ out/              labels as nnU-Net gives them
  nnvol plan model/ volume.zarr out/             what that will do: blocks, memory, time
  nnvol infer-volume --config mito.yaml          many volumes, configured
  nnvol --config mito.yaml --mode infer-volume --checkpoint mito.pth inference.volume_mode.step=4
  nnvol predict -d 4 -c 3d_fullres images/ out/  a model of nnUNet_results
  nnvol nnUNetv2_predict -i images/ -o out/ -d 4 -c 3d_fullres
                                                 nnU-Net's own command lines, by their names
  nnvol inspect model/                           what a model is`;

async function runMode(
	mode: string | undefined,
	overrides: readonly string[],
	flags: TuneFlags,
	program: Command,
): Promise<number> {
	if (mode === undefined && flags.config === undefined) {
		const [first] = overrides;
		if (first === undefined) {
			program.outputHelp();
			return 2;
		}
		throw new NnvolError(
			"CONFIG",
			`unknown command '${first}'${await meant(first, program)} (nnvol --help lists them)`,
		);
	}
	if (mode !== undefined && UNBUILT_MODES.includes(mode)) {
		throw new NnvolError(
			"UNBUILT",
			`--mode ${mode} is not built yet; infer-volume, infer, test, tune and tune-test are`,
		);
	}
	if (mode === "tune") {
		const { runTune } = await import("./commands/tune.ts");
		return runTune(overrides, flags);
	}
	if (mode === "tune-test") {
		const { runTuneTest } = await import("./commands/tune-test.ts");
		return runTuneTest(overrides, flags);
	}
	if (mode === "plan") {
		const { planVolumes } = await import("./commands/plan.ts");
		return planVolumes(overrides, flags);
	}
	const { runVolumes } = await import("./commands/volumes.ts");
	return runVolumes(mode === "infer-volume" || mode === "test" ? mode : "infer", overrides, flags);
}

async function meant(name: string, program: Command): Promise<string> {
	const { likelyName, meantText } = await import("../config/likely.ts");
	return meantText(
		likelyName(
			name,
			program.commands.map((command) => command.name()),
		),
	);
}
