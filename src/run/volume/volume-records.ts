/**
 * The records of one streamed volume, and the outputs that they speak of: both are brought to agree before anything is done.
 *
 * @module
 */
import { hostLabel } from "../../core/atomic-file.ts";
import { type BlockRecords, forgetRuns, openBlockRecords, requireSameRun } from "../block-records.ts";
import type { Checked } from "../checked.ts";
import { recordName } from "../ledger.ts";
import { runningIn } from "../run-marker.ts";
import type { OpenVolumeCase } from "./open-case.ts";
import { factsOfRun, type VolumeRun } from "./run-facts.ts";
import { isInPlace, isThere, removeTarget } from "./targets.ts";

/** The records of this run; what another run left is refused or, where the user says so, removed. */
export async function openRecords(
	one: Checked,
	open: OpenVolumeCase,
	run: VolumeRun,
	anew: boolean,
): Promise<BlockRecords> {
	const { plan, ledger } = run;
	const facts = factsOfRun(one, open, run);
	const name = recordName(ledger, one.entry.output);
	if (anew) await forgetRuns(plan.folder, name);
	else await requireSameRun(plan.folder, name, facts);
	return openBlockRecords(plan.folder, name, facts);
}

/** Records and what they speak of agree: records of what is gone are taken back, and what nothing is recorded of goes. */
export async function settleTargets(
	{ targets }: Pick<OpenVolumeCase, "targets">,
	records: BlockRecords,
	anew: boolean,
	isShared: boolean,
): Promise<void> {
	const isKept = records.finished ? isInPlace : isThere;
	const kept = await Promise.all(targets.map(isKept));
	const isGone = records.done.size > 0 && !kept.every((is) => is);
	if (isGone && !records.finished && (await records.isFinishedByNow())) {
		await records.refresh(); // what was staged went meanwhile: another process has put the output in its place
		return settleTargets({ targets }, records, anew, isShared);
	}
	if (isGone) await records.removeAll([...records.done]);
	// of several workers the first one clears the place: what is there later may be another's, and not recorded yet
	// where blocks are done, by one process that worked alone as well, what they speak of stays
	const isFirst = records.done.size === 0 && (isShared ? !(await records.isBegun()) : await isAlone(records));
	if (anew || isFirst) {
		for (const target of targets) await removeTarget(target);
	}
	if (isShared) await records.begin();
}

/** False where another process is at work: what it has written may not be recorded yet. */
async function isAlone({ folder }: BlockRecords): Promise<boolean> {
	const own = `${hostLabel()}:${process.pid}`;
	return (await runningIn(folder)).every((worker) => worker === own);
}
