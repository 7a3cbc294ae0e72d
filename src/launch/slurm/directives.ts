/**
 * The options of `sbatch` of each job, as lines of its script.
 *
 * @module
 */
import type { SlurmSettings } from "./settings.ts";
import { logFolder, sbatchValue } from "./shell-text.ts";

/** What a job of a submission is for. */
export type JobKind = "plan" | "array" | "finish";

/** Places that options name. */
export type Places = { readonly cwd: string; readonly logs: string };

type Option = readonly [name: string, value?: string | number | null];

/** The lines `#SBATCH ...` of a job's script. Options without a value in the settings are left to SLURM. */
export function directiveLines(kind: JobKind, settings: SlurmSettings, places: Places): readonly string[] {
	const own = kind === "array" ? taskOptions(settings) : asideOptions(settings);
	const options = [...commonOptions(kind, settings, places), ...own].flatMap(([name, value]) =>
		value === null ? [] : [value === undefined ? `--${name}` : `--${name}=${sbatchValue(String(value))}`],
	);
	return [...options, ...settings.options].map((option) => `#SBATCH ${option}`);
}

function commonOptions(kind: JobKind, settings: SlurmSettings, { cwd, logs }: Places): readonly Option[] {
	return [
		["job-name", kind === "array" ? settings.name : `${settings.name}-${kind}`],
		["chdir", cwd],
		["output", `${logFolder(logs)}/${kind}-${kind === "array" ? "%A_%a" : "%j"}.log`],
		["open-mode", "append"],
		["kill-on-invalid-dep", "yes"],
		["account", settings.account],
		["qos", settings.qos],
		["nodes", 1],
		["ntasks", 1],
	];
}

function taskOptions(settings: SlurmSettings): readonly Option[] {
	const { gpus_per_task: gpus, signal } = settings;
	return [
		["partition", settings.partition],
		["constraint", settings.constraint],
		["time", settings.time],
		["cpus-per-task", settings.cpus_per_task],
		["gres", gpus === 0 ? null : `gpu:${gpus}`],
		["mem", settings.mem],
		// B: the batch shell alone, whose place nnvol takes; never USR1, on which Node opens its debugger
		["signal", signal === 0 ? null : `B:USR2@${signal}`],
		[settings.requeue ? "requeue" : "no-requeue"],
	];
}

/** Jobs that plan and finish may be done again at any time: what they have done is recorded as well. */
function asideOptions({ finish, ...settings }: SlurmSettings): readonly Option[] {
	return [
		["partition", finish.partition ?? settings.partition],
		["time", finish.time ?? settings.time],
		["cpus-per-task", finish.cpus ?? settings.cpus_per_task],
		["mem", finish.mem ?? settings.mem],
		["requeue"],
	];
}

/** Variables that `sbatch` takes for more than the lines of a script, where they are not spelt like their option. */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
	time: ["SBATCH_TIMELIMIT"],
	mem: ["SBATCH_MEM_PER_NODE", "SBATCH_MEM_PER_CPU", "SBATCH_MEM_PER_GPU"],
	gres: ["SBATCH_GRES", "SBATCH_GPUS", "SBATCH_GPUS_PER_NODE", "SBATCH_GPUS_PER_TASK"],
	requeue: ["SBATCH_REQUEUE", "SBATCH_NO_REQUEUE"],
	"no-requeue": ["SBATCH_REQUEUE", "SBATCH_NO_REQUEUE"],
	array: ["SBATCH_ARRAY_INX"],
};

/** The environment without variables that would win over the options of these lines. */
export function environmentFor(lines: readonly string[], env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
	const names = lines.map((line) => /^#SBATCH --([\w-]+)/.exec(line)?.[1] ?? "");
	const lost = new Set(
		[...names, "array"].flatMap((name) => SPELLINGS[name] ?? [`SBATCH_${name.toUpperCase().replaceAll("-", "_")}`]),
	);
	return Object.fromEntries(Object.entries(env).filter(([name]) => !lost.has(name)));
}
