/**
 * `plan-HASH.json` under `.nnvol/`: the model and settings that outputs were made with.
 *
 * @module
 */
import { z } from "zod";
import type { Plan } from "../plan/plan.ts";
import { type Choices, choicesDiff } from "./plan-diff.ts";
import { openState, stateFolder } from "./state-store.ts";

const plain = z.record(z.string(), z.unknown());
const member = z.object({ model: plain, settings: plain });
const planFile = z.object({ model: plain, settings: plain, further: z.array(member).optional() });

/** Writes the file of `plan`. */
export async function writePlanFile(plan: Plan, nnvol: string): Promise<void> {
	const { model, settings, further, hash } = plan;
	const text = JSON.stringify({ nnvol, hash, model, settings, further }, null, "\t");
	await (await openState(stateFolder(plan.folder))).write(nameOf(hash), `${text}\n`);
}

/** What changed from the plan with `hash` to `plan`, a line each; none where the file of the former is not there. */
export async function changesSince(hash: string, plan: Plan): Promise<readonly string[]> {
	const before = await readPlan(plan.folder, hash);
	return before === undefined ? [] : choicesDiff(before, plan);
}

async function readPlan(folder: string, hash: string): Promise<Choices | undefined> {
	const text = (await (await openState(stateFolder(folder))).read(nameOf(hash))) ?? "";
	try {
		return planFile.parse(JSON.parse(text));
	} catch {
		return undefined;
	}
}

function nameOf(hash: string): string {
	return `plan-${hash.slice(0, 12)}.json`;
}
