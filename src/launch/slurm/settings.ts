/**
 * The section `slurm` of a configuration with what it leaves open filled in.
 *
 * @module
 */
import type { Config } from "../../config/schema.ts";
import { NnvolError } from "../../core/errors.ts";
import { requireTime } from "./time-limit.ts";

/** How a run is submitted. */
export type SlurmSettings = Omit<Config["slurm"], "gpus_per_task" | "cpus_per_task" | "name"> & {
	readonly gpus_per_task: number | string;
	readonly cpus_per_task: number;
	readonly name: string;
};

/** Part of a task's memory that the run keeps to; the rest is Node's own and the network's. */
const SHARE = 0.8;

const MEBIBYTES = { K: 1 / 1024, M: 1, G: 1024, T: 1024 * 1024 } as const;

/** The settings of a configuration. @throws CONFIG where "all there are" is asked of a machine that is not known yet, or time is too short */
export function slurmSettings({ slurm, system }: Pick<Config, "slurm" | "system">): SlurmSettings {
	const gpus = slurm.gpus_per_task ?? defaultGpus(system);
	const cpus = slurm.cpus_per_task ?? system.num_cpus;
	requireTime(slurm);
	if (gpus === -1) throw unknownCount("system.num_gpus", "slurm.gpus_per_task");
	if (cpus === -1) throw unknownCount("system.num_cpus", "slurm.cpus_per_task");
	return { ...slurm, gpus_per_task: gpus, cpus_per_task: cpus, name: slurm.name ?? "nnvol" };
}

function defaultGpus({ num_gpus: count, device }: Config["system"]): number {
	return device === "cpu" ? 0 : Math.min(1, count);
}

function unknownCount(key: string, instead: string): NnvolError {
	return new NnvolError(
		"CONFIG",
		`${key} is -1 (all there are), which SLURM has to be told as a number: set ${instead}`,
	);
}

/** What the run keeps to, as `--memory` takes it: a part of a task's memory; undefined where that is not said. */
export function memoryOf({ mem }: Pick<SlurmSettings, "mem">): string | undefined {
	const [, digits = "", unit = "M"] = /^(\d+)([KMGT])?$/.exec(mem ?? "") ?? [];
	const factor = unit === "K" || unit === "M" || unit === "G" || unit === "T" ? MEBIBYTES[unit] : 1;
	const mebibytes = Math.floor(Number(digits) * factor * SHARE);
	return mebibytes > 0 ? `${mebibytes}MiB` : undefined;
}
