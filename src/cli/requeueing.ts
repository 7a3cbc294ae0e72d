/**
 * A worker that SLURM tells of its time limit puts its task back into the queue, once what it had in hand is dropped.
 *
 * @module
 */
import { requeueSelf } from "../launch/slurm/requeue.ts";

/** Runs a worker, which is given what it tells the first signal to; gives its exit code. */
export async function requeueing(
	work: (onSignal: (signal: NodeJS.Signals) => void) => Promise<number>,
): Promise<number> {
	let first: NodeJS.Signals | undefined;
	try {
		return await work((signal) => {
			first = signal;
		});
	} finally {
		// outside SLURM, USR2 is a signal like the others
		if (first === "SIGUSR2" && process.env["SLURM_JOB_ID"] !== undefined) {
			process.stderr.write(`nnvol: ${(await requeueSelf()).text}\n`);
		}
	}
}
