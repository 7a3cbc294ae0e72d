/**
 * Ranks of processes that one command starts side by side: `mpirun`, `mpiexec`, `srun`.
 *
 * MPI's own variables come first: `mpirun` inside SLURM starts its daemons with `srun`, whose variables the ranks inherit.
 * Of SLURM only a step's variables count. A batch script has SLURM_PROCID=0 and SLURM_NTASKS as well, though it runs once
 * and starts nothing by itself; only `srun` sets SLURM_STEP_NUM_TASKS.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { type Environment, wholeNumber } from "./environment.ts";

/** Rank `index` of `count`, at least two. */
export type Rank = { readonly index: number; readonly count: number; readonly text: string };

const RANKS = [
	["OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"], // Open MPI
	["PMI_RANK", "PMI_SIZE"], // MPICH, Intel MPI
	["SLURM_PROCID", "SLURM_STEP_NUM_TASKS"], // srun
] as const;

/**
 * The rank of this process, undefined where it was started alone.
 *
 * @throws NnvolError CONFIG where a rank is not below the number of ranks.
 */
export function findRank(env: Environment): Rank | undefined {
	for (const [index, count] of RANKS) {
		const rank = rankOf(env, index, count);
		if (rank !== undefined) return rank;
	}
	return undefined;
}

function rankOf(env: Environment, indexName: string, countName: string): Rank | undefined {
	const index = wholeNumber(env, indexName);
	const count = wholeNumber(env, countName);
	if (index === undefined || count === undefined || count < 2) return undefined;
	const text = `${indexName}=${index} of ${countName}=${count}`;
	if (index < count) return { index, count, text };
	throw new NnvolError("CONFIG", `${text}: ranks count from 0; say the share with --shard i/n`);
}
