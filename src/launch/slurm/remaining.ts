/**
 * What of a job is not done yet, by the records beside the outputs alone.
 *
 * @module
 */
import { findOutputs } from "../../run/found-outputs.ts";
import { identify } from "../../run/input-identity.ts";
import type { Job } from "../../run/job.ts";
import { outputState, readLedger, recordName } from "../../run/ledger.ts";
import { workerReports } from "../../run/merged-report.ts";
import type { PastReport } from "../../run/past-reports.ts";
import { volumeStatus } from "../../run/volume-status.ts";
import { inLanes } from "../../volume/lanes.ts";
import type { Submission } from "./submission.ts";

/** How far a job is. */
export type Remaining = {
	readonly outputs: { readonly total: number; readonly done: number };
	/** Blocks of the streamed volumes that were begun. */
	readonly blocks: { readonly total: number; readonly done: number; readonly failed: number };
	/** Outputs that only have to be put together: all of their blocks are done. */
	readonly assembled: number;
};

/** Outputs looked at at once. */
const AT_ONCE = 32;

/** Looks at the records of a job. Relative paths of the job must be those of this process. @throws VOLUME for a place that does not tell */
export async function remainingOf({ plan }: Job): Promise<Remaining> {
	const ledger = await readLedger(plan.folder);
	const undone = new Set<string>();
	await inLanes(plan.cases, AT_ONCE, async ({ output, files }) => {
		const inputs = await identify(files).catch(() => []);
		const { kind } = await outputState(ledger, output, plan.hash, inputs);
		if (kind !== "done") undone.add(recordName(ledger, output));
	});
	const blocks = { total: 0, done: 0, failed: 0 };
	let assembled = 0;
	const found = await findOutputs(plan.folder).catch(() => undefined);
	const names = new Set(plan.cases.map(({ output }) => recordName(ledger, output)));
	for (const volume of found?.volumes ?? []) {
		if (!names.has(volume.output) || volume.run.facts?.plan !== plan.hash) continue;
		const status = await volumeStatus(volume);
		blocks.total += status.blocks.total;
		blocks.done += status.blocks.done;
		blocks.failed += status.blocks.failed;
		if (undone.has(volume.output) && status.blocks.total > 0 && status.blocks.done === status.blocks.total) assembled++;
	}
	return { outputs: { total: names.size, done: names.size - undone.size }, blocks, assembled };
}

/** Shares of a job whose workers have said that they are done with all of it, since it was first submitted. */
export async function sharesDone(
	{ plan }: Job,
	{ shards, jobs }: Pick<Submission, "shards" | "jobs">,
): Promise<ReadonlySet<number>> {
	const reports = await workerReports(plan, jobs[0]?.submitted ?? "");
	const isDone = ({ state, failed, remaining }: PastReport) => state === "finished" && failed === 0 && remaining === 0;
	return new Set(
		reports.filter(({ share, report }) => share.count === shards && isDone(report)).map(({ share }) => share.index),
	);
}
