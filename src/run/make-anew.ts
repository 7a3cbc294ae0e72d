/**
 * Takes back what is recorded of outputs, so that several workers make them anew.
 *
 * One process that runs alone does so case by case. Of several none can: what it would take back might be another's work by then.
 *
 * @module
 */
import type { Plan } from "../plan/plan.ts";
import { removeWhole } from "../volume/publish.ts";
import { presenceOf } from "../volume/sections/presence.ts";
import { isRemote } from "../volume/stores/open-store.ts";
import { forgetRuns } from "./block-records.ts";
import type { Checked } from "./checked.ts";
import { type Ledger, recordName, writeRecord } from "./ledger.ts";

/** Workers that come to these outputs find nothing done, and nobody else's. Call before any of them starts. */
export async function takeBackOutputs(plan: Plan, ledger: Ledger, outputs: readonly Checked[]): Promise<void> {
	for (const { entry, inputs, problem } of outputs) {
		if (problem !== undefined) continue;
		const output = recordName(ledger, entry.output);
		await forgetRuns(plan.folder, output);
		if ((await presenceOf(entry.output)) === undefined) continue;
		// decoding does not replace what it has no record of
		if (plan.settings.output.kind === "objects" && !isRemote(entry.output)) await removeWhole(entry.output);
		else await writeRecord(ledger, { version: 1, state: "writing", output, plan: plan.hash, inputs });
	}
}
