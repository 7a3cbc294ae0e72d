/**
 * The commands about a model, a configuration or the machine: `inspect`, `export`, `config`, `setup-gpu`.
 *
 * @module
 */
import type { Command } from "commander";
import type { SetCode } from "./run-options.ts";

/** Adds the commands. */
export function addModelCommands(program: Command, done: SetCode): void {
	program
		.command("inspect")
		.description("tell what a model is")
		.argument("<model>", "a .pth with plans.json and dataset.json, or a model folder")
		.option("--json", "as JSON")
		.action(async (model: string, flags: { json?: boolean }) => {
			const { runInspect } = await import("../commands/inspect.ts");
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
			const { runExport } = await import("../commands/export.ts");
			done(await runExport(model, file, flags));
		});
	program
		.command("config")
		.description("print the resolved configuration with the origin of each value")
		.argument("[overrides...]", "key=value, +key=value, ~key")
		.option("--config <file>", "YAML configuration")
		.option("--json", "values as JSON")
		.action(async (overrides: string[], flags: { config?: string; json?: boolean }) => {
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
