/**
 * Options of `nnvol slurm submit` and `resume` that stand for keys of the configuration's section `slurm`.
 *
 * @module
 */
import type { Command } from "commander";
import { overrideOf } from "../config/override.ts";

/** Options by their names, with what they take and what they are; `at` tells of those that are given at a resumption too. */
const OPTIONS = [
	["tasks", "n", "tasks of the array: shares that the work is cut into", false],
	["max-parallel", "n", "most tasks that run at a time", false],
	["partition", "name", "partition", true],
	["account", "name", "account that is charged", true],
	["qos", "name", "quality of service", true],
	["constraint", "features", "features that nodes must have", true],
	["time", "limit", "time limit of a task, such as 4:00:00", true],
	["gpus-per-task", "n", "graphics cards of a task, or TYPE:N", false],
	["cpus-per-task", "n", "processor cores of a task", false],
	["mem", "size", "memory of a task, such as 32G", true],
	["signal", "seconds", "so long before its time limit a task stops and is put back into the queue", false],
	["max-requeues", "n", "most times that a task puts itself back", false],
	["name", "word", "name of the jobs", false],
	["command", "line", "how nodes start nnvol", false],
] as const;

/** Keys that are numbers; the others are text, whatever is in it. */
const NUMBERS: ReadonlySet<string> = new Set([
	"tasks",
	"max-parallel",
	"gpus-per-task",
	"cpus-per-task",
	"signal",
	"max-requeues",
]);

/** Options as the parser gives them, by its names: `gpusPerTask`. */
export type SlurmFlags = Readonly<Record<string, unknown>>;

/** Adds all of them. */
export function addSlurmOptions(command: Command): Command {
	for (const [name, takes, text] of OPTIONS) command.option(`--${name} <${takes}>`, `${text} (slurm.${keyOf(name)})`);
	return command;
}

/** Adds those that `sbatch` itself can be given for what is submitted again. */
export function addAgainOptions(command: Command): Command {
	for (const [name, takes, text, again] of OPTIONS) if (again) command.option(`--${name} <${takes}>`, text);
	return command;
}

/** The options that were given as changes to the configuration. */
export function slurmOverrides(flags: SlurmFlags): readonly string[] {
	return given(flags).map(([name, value]) => {
		const key = `slurm.${keyOf(name)}`;
		return NUMBERS.has(name) ? `${key}=${value}` : overrideOf(key, value);
	});
}

/** The options that were given as options of `sbatch`. */
export function sbatchOptions(flags: SlurmFlags): readonly string[] {
	return given(flags).map(([name, value]) => `--${name}=${value}`);
}

function given(flags: SlurmFlags): readonly (readonly [string, string])[] {
	return OPTIONS.flatMap(([name]) => {
		const value = flags[name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
		return typeof value === "string" ? [[name, value] as const] : [];
	});
}

function keyOf(name: string): string {
	return name.replaceAll("-", "_");
}
