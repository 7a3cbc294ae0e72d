/**
 * Takes back the records of what was found damaged, so that the next run does it again.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { presenceOf } from "../volume/sections/presence.ts";
import { joinPath } from "../volume/stores/open-store.ts";
import { type BlockRecords, readBlockRecords } from "./block-records.ts";
import type { FoundVolume } from "./found-outputs.ts";
import { type Ledger, readLedger, writeRecord } from "./ledger.ts";
import { runningIn } from "./run-marker.ts";
import type { CaseFault } from "./verify-cases.ts";
import type { VolumeVerdict } from "./verify-volume.ts";

/**
 * Takes back the records of damaged blocks, and that the output is finished; gives how many blocks are to be done again.
 *
 * Where a finished file is damaged and its staging is gone, the blocks that are whole cannot be put together again: all
 * records go.
 *
 * @throws RUN where a process is at work on the output
 */
export async function takeBackBlocks(folder: string, found: FoundVolume, verdict: VolumeVerdict): Promise<number> {
	const { run } = found;
	const workers = await runningIn(run.folder);
	if (workers.length > 0) {
		throw new NnvolError(
			"RUN",
			`${joinPath(folder, found.output)} is being worked on by ${workers.join(", ")}; wait until that has ended, then repair`,
			{ fields: { workers } },
		);
	}
	const records = await readBlockRecords(run);
	const all =
		verdict.unreadable.length > 0 || (verdict.damaged.length > 0 && (await isPutTogether(folder, found, records)));
	const ids = all ? [...records.done] : verdict.damaged.map(({ id }) => id);
	if (!verdict.clean) await records.unfinish();
	if (ids.length > 0) await records.removeAll(ids);
	await takeBackCase(folder, found.output);
	return ids.length;
}

/** The record of the output as a whole, where there is one, must not say that it is done. */
async function takeBackCase(folder: string, output: string): Promise<void> {
	const ledger = await readLedger(folder);
	const record = ledger.records.get(output);
	if (record?.state === "done") await writeRecord(ledger, { ...record, state: "writing" });
}

/** True where the output was put together from a staging that is gone. */
async function isPutTogether(folder: string, { run }: FoundVolume, records: BlockRecords): Promise<boolean> {
	if (!records.finished) return false;
	for (const { staged } of run.facts?.products ?? []) {
		if (staged === undefined) continue;
		if ((await presenceOf(joinPath(folder, staged))) === undefined) return true;
	}
	return false;
}

/** Marks damaged outputs of cases as not whole, so that the next run makes them anew. */
export async function takeBackCases(ledger: Ledger, faults: readonly CaseFault[]): Promise<void> {
	for (const { record } of faults) if (record !== undefined) await writeRecord(ledger, { ...record, state: "writing" });
}
