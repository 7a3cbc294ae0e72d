/**
 * `plan-HASH.json` under `.nnvol/`: the model and settings that outputs were made with.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../core/atomic-file.ts";
import type { Plan } from "../plan/plan.ts";
import { stateFolder } from "./ledger.ts";
import { type Choices, choicesDiff } from "./plan-diff.ts";

const plain = z.record(z.string(), z.unknown());
const member = z.object({ model: plain, settings: plain });
const planFile = z.object({ model: plain, settings: plain, further: z.array(member).optional() });

/** Writes the file of `plan`. */
export async function writePlanFile(plan: Plan, nnvol: string): Promise<void> {
	const { model, settings, further, hash } = plan;
	const text = JSON.stringify({ nnvol, hash, model, settings, further }, null, "\t");
	await writeAtomically(pathOf(plan.folder, hash), `${text}\n`);
}

/** What changed from the plan with `hash` to `plan`, a line each; none where the file of the former is not there. */
export async function changesSince(hash: string, plan: Plan): Promise<readonly string[]> {
	const before = await readPlan(pathOf(plan.folder, hash));
	return before === undefined ? [] : choicesDiff(before, plan);
}

async function readPlan(path: string): Promise<Choices | undefined> {
	const text = await readFile(path, "utf8").catch(() => "");
	try {
		return planFile.parse(JSON.parse(text));
	} catch {
		return undefined;
	}
}

function pathOf(folder: string, hash: string): string {
	return join(stateFolder(folder), `plan-${hash.slice(0, 12)}.json`);
}
