/**
 * The commands that read a configuration: `infer-volume`, `infer`, `test`.
 *
 * @module
 */
import type { Command } from "commander";
import type { VolumeFlags } from "../flags.ts";
import { addRunOptions, addWorkersOption, type SetCode } from "./run-options.ts";

/** Adds the modes as commands. */
export function addConfigured(program: Command, done: SetCode): void {
	for (const mode of ["infer-volume", "infer", "test"] as const) {
		const command = program
			.command(mode)
			.description(DESCRIPTIONS[mode])
			.argument("[overrides...]", "key=value, +key=value, ~key")
			.option("--config <file>", "YAML configuration")
			.option("--params <file>", "parameters laid over the configuration, such as tune's best.yaml")
			.option("--checkpoint <model>", "the model: a .pth or a model folder");
		if (mode === "test")
			command.option("--predictions <path>", "score these instead of predicting: folder, file or glob");
		addWorkersOption(addRunOptions(command)).action(async (overrides: string[], flags: VolumeFlags) => {
			const { runVolumes } = await import("../commands/volumes.ts");
			done(await runVolumes(mode, overrides, flags));
		});
	}
}

const DESCRIPTIONS = {
	"infer-volume": "predict many volumes, one by one, as a configuration says",
	infer: "predict the inputs of inference.data.input_path",
	test: "predict the inputs of data.test.image and score them against data.test.label",
} as const;
