/**
 * The commands about a model, a configuration or the machine: `inspect`, `export`, `install`, `selftest`, `config`,
 * `setup-gpu`.
 *
 * @module
 */
import type { Command } from "commander";
import type { VolumeInspectFlags } from "../commands/inspect-volume.ts";
import type { InstallFlags } from "../commands/install.ts";
import type { SelftestFlags } from "../commands/selftest.ts";
import { addModelOptions, MODEL_TEXT, type ModelFlags, modelAndWords } from "../model-options.ts";
import type { SetCode } from "./run-options.ts";

/** Adds the commands. */
export function addModelCommands(program: Command, done: SetCode): void {
	addInspect(program, done);
	addExport(program, done);
	addInstall(program, done);
	addSelftest(program, done);
	program
		.command("config")
		.description("print the resolved configuration with the origin of each value")
		.argument("[overrides...]", "key=value, +key=value, ~key")
		.option("--config <file>", "YAML configuration")
		.option("--params <file>", "parameters laid over the configuration, such as tune's best.yaml")
		.option("--json", "values as JSON")
		.action(async (overrides: string[], flags: { config?: string; params?: string; json?: boolean }) => {
			const { runConfig } = await import("../commands/config.ts");
			done(await runConfig(overrides, flags));
		});
	program
		.command("setup-gpu")
		.description("fetch ONNX Runtime's CUDA and TensorRT parts (Linux x64)")
		.action(async () => {
			const { runSetupGpu } = await import("../commands/setup-gpu.ts");
			done(await runSetupGpu());
		});
}

function addInspect(program: Command, done: SetCode): void {
	const command = program
		.command("inspect")
		.description("tell what a model, a volume or a folder of images is")
		.usage("[options] <model or volume>")
		.argument("[model]", `${MODEL_TEXT}; or an image, a volume, a folder of images`)
		.option("--input-dataset <name>", "HDF5 data set or Zarr array inside a volume (default: main, or all there are)")
		.option("--json", "as JSON");
	addModelOptions(command).action(async () => {
		const flags = command.opts<ModelFlags & VolumeInspectFlags>();
		const { model } = modelAndWords(command, ["model"], command.args, flags);
		const { inspectFolder, inspectVolume, lookAt } = await import("../commands/inspect-volume.ts");
		const [path] = command.args;
		const found = path === undefined || flags.trainedOn !== undefined ? undefined : await lookAt(path);
		if (path !== undefined && found === "volume") return done(await inspectVolume(path, flags));
		if (path !== undefined && found === "folder") return done(await inspectFolder(path, flags));
		const { runInspect } = await import("../commands/inspect.ts");
		done(await runInspect(model, flags));
	});
}

function addExport(program: Command, done: SetCode): void {
	const command = program
		.command("export")
		.description("write a model's network as ONNX")
		.usage("[options] <model> <file>")
		.argument("[model]", MODEL_TEXT)
		.argument("[file]", "the .onnx file to write")
		.option("--deep-supervision", "with the auxiliary outputs of training")
		.option("--folds <list>", "the fold to write, where the model has several");
	addModelOptions(command).action(async () => {
		const flags = command.opts<ModelFlags & { readonly deepSupervision?: boolean; readonly folds?: string }>();
		const { model, words } = modelAndWords(command, ["model", "file"], command.args, flags);
		const { runExport } = await import("../commands/export.ts");
		done(await runExport(model, words[0] ?? "", flags));
	});
}

function addInstall(program: Command, done: SetCode): void {
	program
		.command("install")
		.description("install a model zip into nnU-Net's folder of trained models")
		.argument("<zip>", "a model zip, as nnU-Net exports them")
		.option("--results <folder>", "the folder (default: the environment variable nnUNet_results)")
		.option("--overwrite", "replace models that are there and differ")
		.option(
			"--max-size <size>",
			"most that the zip may unpack to, such as 50GB (default: 200GB, and a hundredfold of the zip)",
		)
		.option("--json", "what was installed as JSON")
		.action(async (zip: string, flags: InstallFlags) => {
			const { runInstall } = await import("../commands/install.ts");
			done(await runInstall(zip, flags));
		});
}

function addSelftest(program: Command, done: SetCode): void {
	const command = program
		.command("selftest")
		.description("check that a model gives here what nnU-Net gave")
		.usage("[options] <model>")
		.argument("[model]", MODEL_TEXT)
		.option("--reference <folder>", "nnU-Net's predictions to compare with")
		.option("--input <images>", "the images that they were made from")
		.option("--folds <list>", "folds that nnU-Net used: 0,1 or all (default: every fold that has the checkpoint)")
		.option("--no-tta", "the reference was made without mirrored views")
		.option("--step-size <fraction>", "step between tiles that the reference was made with", "0.5")
		.option("--previous-stage <path>", "for a cascade: a folder of segmentations, or a model that is run first")
		.option("--checkpoint-name <name>", "name of the checkpoints in fold folders (default: checkpoint_final.pth)")
		.option("--plans <file>", "plans.json, where it is not beside the checkpoint")
		.option("--dataset <file>", "dataset.json, where it is not beside the checkpoint")
		.option("--device <device>", "cpu, cuda:N or auto", "auto")
		.option("--batch-size <n>", "tiles in one run of the network", "1")
		.option("--threads <n>", "threads on the CPU (default: all cores)")
		.option("--json", "the result as JSON");
	addModelOptions(command).action(async () => {
		const flags = command.opts<SelftestFlags & ModelFlags>();
		const { model } = modelAndWords(command, ["model"], command.args, flags);
		const { runSelftest } = await import("../commands/selftest.ts");
		done(await runSelftest(model, flags));
	});
}
