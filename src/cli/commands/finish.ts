/**
 * `nnvol finish`: puts together what workers have done, and says in one report what became of every case.
 *
 * @module
 */
import { openMonitor } from "../../monitor/open-monitor.ts";
import { exitCodeOf } from "../../run/report.ts";
import { finishJob } from "../finish-job.ts";
import { interruptible } from "../interrupt.ts";
import { openJob } from "../job-request.ts";
import { type MonitorFlags, monitorOf, ownMonitor } from "../monitor-flags.ts";
import { makeProgress } from "../progress.ts";

/** Options of `finish`. */
export type FinishFlags = MonitorFlags & {
	readonly plan: string;
	readonly memory?: string;
	readonly json?: boolean;
	readonly quiet?: boolean;
};

/** Runs the command; gives the exit code: as a run over all cases would end. */
export async function runFinish(flags: FinishFlags): Promise<number> {
	const { monitor } = monitorOf(flags); // before the folder is another
	const job = await openJob(flags.plan);
	const progress = makeProgress({ json: false, quiet: flags.quiet === true });
	const { monitor: settings } = ownMonitor(job.options.monitor, monitor);
	const { cases } = job.plan;
	// of no share: what it tells of lies where that of a single process would
	const watch = await openMonitor({
		settings,
		share: "",
		cases,
		// how many are done already is what the report tells
		onEvent: (event) => event.kind !== "started" && progress.onEvent(event),
	});
	try {
		const watched = { ...progress, onEvent: watch.onEvent };
		const report = await interruptible((signal) => finishJob(job, flags, watched, signal));
		if (flags.json === true) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
		return exitCodeOf(report);
	} finally {
		await watch.close();
		progress.close();
	}
}
