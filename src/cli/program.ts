/**
 * The commands and their options. Commands are loaded when they are run, so that `--help` stays quick.
 *
 * @module
 */
import { Command, CommanderError, Option } from "commander";
import { errorText, isNnvolError, NnvolError } from "../core/errors.ts";
import { joinFolds } from "./arguments.ts";
import type { VolumeFlags } from "./flags.ts";
import { VERSION } from "./version.ts";

/** Modes that exist as names and are not built. */
const UNBUILT_MODES = ["tune", "tune-test", "train"];
const MODES = ["infer-volume", "infer", "test", ...UNBUILT_MODES];

/** Commands that come with later work: named so that `nnvol plan` says so instead of "unknown command". */
const UNBUILT_COMMANDS: Readonly<Record<string, string>> = {
	plan: "show what a run will do",
	status: "how far a run is",
	verify: "check that an output is whole",
	view: "look at volumes in the browser",
	slurm: "submit a run to SLURM",
	convert: "convert volumes",
	tune: "search post-processing parameters",
	"tune-test": "search, then score",
	train: "train a model",
};

/** Runs `nnvol` with `argv` (without node and script); gives the exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
	let code = 0;
	const program = makeProgram((result) => {
		code = result;
	});
	try {
		await program.parseAsync(joinFolds(argv), { from: "user" });
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

type SetCode = (code: number) => void;

function makeProgram(done: SetCode): Command {
	const program = new Command("nnvol");
	program
		.description("Runs trained nnU-Net v2 models over volumes, without Python.")
		.version(VERSION, "-V, --version", "print the version")
		.helpOption("-h, --help", "show this help")
		.exitOverride()
		.configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "nnvol: ")) })
		.showSuggestionAfterError(true)
		.enablePositionalOptions()
		.argument("[overrides...]", "key=value, +key=value, ~key: changes to the configuration")
		.option("--config <file>", "YAML configuration")
		.addOption(new Option("--mode <mode>", "what to do with it").choices(MODES))
		.option("--checkpoint <model>", "the model: a .pth or a model folder");
	addRunOptions(program);
	program.action(async (overrides: string[], options: VolumeFlags & { mode?: string }) => {
		done(await runMode(options.mode, overrides, options, program));
	});
	addPredict(program, done);
	addVolumeModes(program, done);
	addModelCommands(program, done);
	addUnbuilt(program);
	program.addHelpText("after", EXAMPLES);
	return program;
}

const EXAMPLES = `
Examples:
  nnvol predict model/ images/ out/              labels as nnU-Net gives them
  nnvol infer-volume --config mito.yaml          many volumes, configured
  nnvol --config mito.yaml --mode infer-volume --checkpoint mito.pth inference.volume_mode.step=4
  nnvol inspect model/                           what a model is`;

function addRunOptions(command: Command): Command {
	return command
		.option("--overwrite", "make outputs anew that exist already")
		.option("--accept-existing", "take outputs of unknown origin for done")
		.option("--json", "events as JSON lines on standard output")
		.option("--quiet", "no progress");
}

async function runMode(
	mode: string | undefined,
	overrides: readonly string[],
	flags: VolumeFlags,
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
		throw new NnvolError("UNBUILT", `--mode ${mode} is not built yet; infer-volume, infer and test are`);
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

function addPredict(program: Command, done: SetCode): void {
	const command = program
		.command("predict")
		.description("predict images or volumes with a trained model; writes labels as nnU-Net does")
		.argument("<model>", "a .pth with plans.json and dataset.json, or a model folder")
		.argument("<input>", "a file, a folder, a glob, or a text file of paths")
		.argument("<output>", "a folder; a file where there is one case")
		.option("--folds <list>", "folds to average: 0,1 or all (default: every fold that has the checkpoint)")
		.option("--no-tta", "no mirrored views")
		.option("--step-size <fraction>", "step between tiles as a fraction of the patch", "0.5")
		.option("--save-probabilities", "also write ID.npz and ID.pkl, as nnU-Net does")
		.option("--device <device>", "cpu, cuda:N or auto", "auto")
		.option("--batch-size <n>", "tiles in one run of the network", "1")
		.option("--threads <n>", "threads on the CPU (default: all cores)")
		.option("--format <format>", "png, tiff, h5 or zarr (default: the data set's own)")
		.option("--input-dataset <name>", "HDF5 data set or Zarr array inside the inputs (default: main, or the only one)")
		.option("--plans <file>", "plans.json, where it is not beside the checkpoint")
		.option("--dataset <file>", "dataset.json, where it is not beside the checkpoint")
		.option("--checkpoint-name <name>", "name of the checkpoints in fold folders (default: checkpoint_final.pth)");
	addRunOptions(command).action(async (model: string, input: string, output: string, flags) => {
		const { runPredict } = await import("./commands/predict.ts");
		done(await runPredict(model, input, output, flags));
	});
}

function addVolumeModes(program: Command, done: SetCode): void {
	for (const mode of ["infer-volume", "infer", "test"] as const) {
		const command = program
			.command(mode)
			.description(DESCRIPTIONS[mode])
			.argument("[overrides...]", "key=value, +key=value, ~key")
			.option("--config <file>", "YAML configuration")
			.option("--checkpoint <model>", "the model: a .pth or a model folder");
		addRunOptions(command).action(async (overrides: string[], flags: VolumeFlags) => {
			const { runVolumes } = await import("./commands/volumes.ts");
			done(await runVolumes(mode, overrides, flags));
		});
	}
}

const DESCRIPTIONS = {
	"infer-volume": "predict many volumes, one by one, as a configuration says",
	infer: "predict the inputs of inference.data.input_path",
	test: "predict the inputs of data.test.image",
} as const;

function addModelCommands(program: Command, done: SetCode): void {
	program
		.command("inspect")
		.description("tell what a model is")
		.argument("<model>", "a .pth with plans.json and dataset.json, or a model folder")
		.option("--json", "as JSON")
		.action(async (model: string, flags: { json?: boolean }) => {
			const { runInspect } = await import("./commands/inspect.ts");
			done(await runInspect(model, flags));
		});
	program
		.command("export")
		.description("write a model's network as ONNX")
		.argument("<model>", "a .pth with plans.json and dataset.json, or a model folder")
		.argument("<file>", "the .onnx file to write")
		.option("--deep-supervision", "with the auxiliary outputs of training")
		.option("--folds <list>", "the fold to write, where the model has several")
		.action(async (model: string, file: string, flags: { deepSupervision?: boolean; folds?: string }) => {
			const { runExport } = await import("./commands/export.ts");
			done(await runExport(model, file, flags));
		});
	program
		.command("config")
		.description("print the resolved configuration with the origin of each value")
		.argument("[overrides...]", "key=value, +key=value, ~key")
		.option("--config <file>", "YAML configuration")
		.option("--json", "values as JSON")
		.action(async (overrides: string[], flags: { config?: string; json?: boolean }) => {
			const { runConfig } = await import("./commands/config.ts");
			done(await runConfig(overrides, flags));
		});
	program
		.command("setup-gpu")
		.description("fetch ONNX Runtime's CUDA and TensorRT parts (Linux x64)")
		.action(async () => {
			const { runSetupGpu } = await import("./commands/setup-gpu.ts");
			done(await runSetupGpu());
		});
}

function addUnbuilt(program: Command): void {
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
