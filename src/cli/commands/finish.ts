/**
 * `nnvol finish`: puts together what workers have done, and says in one report what became of every case.
 *
 * @module
 */
import { exitCodeOf } from "../../run/report.ts";
import { finishJob } from "../finish-job.ts";
import { interruptible } from "../interrupt.ts";
import { openJob } from "../job-request.ts";
import { makeProgress } from "../progress.ts";

/** Options of `finish`. */
export type FinishFlags = {
	readonly plan: string;
	readonly memory?: string;
	readonly json?: boolean;
	readonly quiet?: boolean;
};

/** Runs the command; gives the exit code: as a run over all cases would end. */
export async function runFinish(flags: FinishFlags): Promise<number> {
	const job = await openJob(flags.plan);
	const progress = makeProgress({ json: false, quiet: flags.quiet === true });
	try {
		const report = await interruptible((signal) => finishJob(job, flags, progress, signal));
		if (flags.json === true) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
		return exitCodeOf(report);
	} finally {
		progress.close();
	}
}
