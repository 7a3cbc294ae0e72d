/**
 * SLURM's programs: `sbatch`, `squeue`, `scancel`, `scontrol`.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { NnvolError } from "../../core/errors.ts";

/** Largest answer that is read, bytes: a queue of a million tasks. */
const MOST = 256 << 20;

/** What a program ended with. */
export type Answer = { readonly ok: boolean; readonly out: string; readonly err: string };

/** Runs a program of SLURM's. */
export type RunProgram = (words: readonly string[], env?: NodeJS.ProcessEnv) => Promise<Answer>;

/** Runs it in this folder. @throws CONFIG where it is not installed here; RUN where it cannot be started */
export const runProgram: RunProgram = (words, env = process.env) => {
	const [name = "", ...args] = words;
	return new Promise((resolve, reject) => {
		execFile(name, args, { env, maxBuffer: MOST }, (error, out, err) => {
			if (error === null || typeof error.code === "number") return resolve({ ok: error === null, out, err });
			const isMissing = error.code === "ENOENT";
			const message = isMissing
				? `there is no '${name}' here; run this on a machine of the cluster from which jobs are submitted`
				: `${name} could not be run`;
			reject(new NnvolError(isMissing ? "CONFIG" : "RUN", message, { cause: error }));
		});
	});
};

/** What a program said of its failure, on one line. */
export function saidText({ out, err }: Answer): string {
	const said = (err.trim() || out.trim()).replace(/\s*\n\s*/g, "; ");
	return said === "" ? "it did not say why" : said;
}

/** Tasks of one array at most: `MaxArraySize` of the cluster. @throws CONFIG where SLURM is not here; RUN where it does not answer */
export async function maxArraySize(run: RunProgram = runProgram): Promise<number> {
	const answer = await run(["scontrol", "show", "config"]);
	if (!answer.ok) throw new NnvolError("RUN", `SLURM does not answer (scontrol show config): ${saidText(answer)}`);
	const size = Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(answer.out)?.[1]);
	return Number.isInteger(size) && size > 0 ? size : DEFAULT_ARRAY_SIZE;
}

/** SLURM's own default. */
export const DEFAULT_ARRAY_SIZE = 1001;
