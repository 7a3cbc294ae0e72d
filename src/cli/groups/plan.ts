/**
 * `nnvol plan`: the arguments of `predict`, or those of the modes that read a configuration.
 *
 * @module
 */
import { type Command, Option } from "commander";
import type { PlanFlags } from "../commands/plan.ts";
import type { VolumeFlags } from "../flags.ts";
import { type ModelFlags, modelAndWords } from "../model-options.ts";
import type { PredictFlags } from "../predict-flags.ts";
import { addPredictOptions } from "./predict.ts";
import { addRunOptions, addWorkersOption, type SetCode } from "./run-options.ts";

/** Adds `plan`. */
export function addPlan(program: Command, done: SetCode): void {
	const command = program
		.command("plan")
		.description("what a run will do: tiles, blocks, passes, bytes, memory, time; writes nothing")
		.usage("[options] <model> <input> <output>, or --config <file> [overrides...]")
		.argument("[words...]", "as for predict; key=value with --config")
		.option("--config <file>", "YAML configuration")
		.option("--checkpoint <model>", "with --config: the model, a .pth or a model folder")
		.addOption(new Option("--mode <mode>", "with --config: the mode that is planned").choices(PLANNED_MODES))
		.option("--save <file>", "write the plan for workers (nnvol work), unmeasured")
		.option("--no-measure", "do not load the network: its memory and time stay unknown");
	addWorkersOption(addRunOptions(addPredictOptions(command))).action(async (words: string[]) => {
		const flags = command.opts<PredictFlags & ModelFlags & VolumeFlags & PlanFlags>();
		const { planPredict, planVolumes } = await import("../commands/plan.ts");
		if (flags.config !== undefined) {
			done(await planVolumes(words, flags));
			return;
		}
		const named = modelAndWords(command, ["model", "input", "output"], words, flags);
		const [input = "", output = "", surplus] = named.words;
		if (surplus !== undefined) command.error(`error: '${surplus}' is one word too many (expected model input output)`);
		done(await planPredict(named.model, input, output, flags));
	});
}

const PLANNED_MODES = ["infer-volume", "infer", "test"];
