/**
 * `nnvol work`: one worker's share of a plan, the same beside others on one machine, as a task of a scheduler, or alone.
 *
 * @module
 */
import { findShard } from "../../launch/shard.ts";
import type { WorkerShare } from "../../run/run-options.ts";
import { parseCount } from "../arguments.ts";
import { type OwnChoices, openJob, requestOf } from "../job-request.ts";
import { type MonitorFlags, monitorOf, ownMonitor } from "../monitor-flags.ts";
import { makeProgress } from "../progress.ts";
import { requeueing } from "../requeueing.ts";
import { carryOut } from "../run-plan.ts";

/** Options of `work`. */
export type WorkFlags = OwnChoices &
	MonitorFlags & {
		readonly plan: string;
		readonly shard?: string;
		readonly claims?: boolean;
		readonly lease: string;
		/** False: volumes are left to `nnvol finish`. */
		readonly finish: boolean;
		readonly json?: boolean;
		readonly quiet?: boolean;
	};

/** Runs the command; gives the exit code. */
export async function runWork(flags: WorkFlags): Promise<number> {
	const { index, count, from } = findShard(process.env, flags.shard);
	const { monitor } = monitorOf(flags); // before the folder is another
	const job = await openJob(flags.plan);
	const progress = makeProgress({ json: flags.json === true, quiet: flags.quiet === true });
	progress.onEvent({ kind: "note", text: `worker ${index} of ${count} (${from})` });
	const request = await requestOf(job, flags, progress);
	const worker: WorkerShare = {
		index,
		count,
		claims: flags.claims === true,
		lease: 1000 * parseCount("--lease", flags.lease),
		finish: flags.finish,
		since: job.created,
	};
	const watched = ownMonitor(job.options.monitor, monitor);
	const options = { ...request.options, ...watched, share: `-${index}-of-${count}`, worker };
	return requeueing((onSignal) => carryOut({ ...request, options, onSignal }));
}
