/**
 * What a run finds before it begins: which outputs are there, and whose they are.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import type { Plan, PlannedCase } from "../plan/plan.ts";
import { presenceOf, statVolume } from "../volume/sections/presence.ts";
import { baseOf, isRemote } from "../volume/stores/open-store.ts";
import { companionsOf } from "./case-files.ts";
import { type InputIdentity, identify } from "./input-identity.ts";
import { type Ledger, type OutputState, outputState, recordName, writeRecord } from "./ledger.ts";
import { changesSince } from "./plan-file.ts";

/** A case and what its output was found to be. */
export type Checked = {
	readonly entry: PlannedCase;
	readonly inputs: readonly InputIdentity[];
	readonly state: OutputState;
	readonly problem?: unknown;
};

/** Bytes of a case's files; without end where one lies behind a URL, where its documents alone are measured. */
export function inputBytes({ entry, inputs }: Pick<Checked, "entry" | "inputs">): number {
	if (entry.files.some(isRemote)) return Number.POSITIVE_INFINITY;
	return inputs.reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * What each output of `plan` is, in the order of its cases. A case that cannot be predicted carries its problem.
 *
 * @param complete true: also an output of unknown origin is unfinished where the files that go with it are missing
 */
export async function checkCases(plan: Plan, ledger: Ledger, complete: boolean): Promise<Checked[]> {
	const checked: Checked[] = [];
	for (const entry of plan.cases) checked.push(await checkCase(plan, ledger, entry, complete));
	return checked;
}

/** As `checkCases`, of one. */
export async function checkCase(plan: Plan, ledger: Ledger, entry: PlannedCase, complete: boolean): Promise<Checked> {
	if (entry.problem !== undefined)
		return { entry, inputs: [], state: { kind: "missing" }, problem: new NnvolError("INPUT", entry.problem) };
	try {
		const { mask, within } = plan.settings;
		const masks = [mask, within].filter((path) => path !== undefined);
		const previous = (entry.previous ?? []).filter((path) => path !== null);
		const inputs = await identify([...entry.files, ...masks, ...previous]);
		const state = await outputState(ledger, entry.output, plan.hash, inputs);
		const isOwn = state.kind === "done" && state.accepted !== true;
		const isThere = state.kind === "done" || state.kind === "foreign";
		const lacks = (isOwn || (complete && isThere)) && !(await hasCompanions(plan, entry));
		return { entry, inputs, state: lacks ? { kind: "unfinished" } : state };
	} catch (problem) {
		return { entry, inputs: [], state: { kind: "missing" }, problem };
	}
}

async function hasCompanions(plan: Plan, entry: PlannedCase): Promise<boolean> {
	const names = companionsOf(entry.output, plan.settings.output);
	const found = await Promise.all(names.map(presenceOf));
	return found.every((is) => is !== undefined);
}

/**
 * Outputs made otherwise end the run before it begins, unless the user takes them (`accept`).
 *
 * @throws CONFIG saying which and why
 */
export async function settleForeign(
	plan: Plan,
	ledger: Ledger,
	checked: readonly Checked[],
	accept: boolean,
): Promise<void> {
	const foreign = checked.filter((one) => one.state.kind === "foreign");
	if (foreign.length === 0) return;
	if (accept) {
		for (const { entry, inputs } of foreign) {
			const found = await statVolume(entry.output);
			await writeRecord(ledger, {
				version: 1,
				state: "done",
				output: recordName(ledger, entry.output),
				plan: plan.hash,
				inputs,
				accepted: true,
				...(found.isDirectory() ? {} : { bytes: found.size }),
			});
		}
		return;
	}
	const [first] = foreign;
	const why = first?.state.kind === "foreign" ? first.state.why : "";
	const changes = first === undefined ? [] : await changesOf(plan, ledger, first);
	const changed = changes.length === 0 ? "" : `. What changed:\n${changes.map((line) => `  ${line}`).join("\n")}\n`;
	throw new NnvolError(
		"CONFIG",
		`${foreign.length} of ${checked.length} outputs in ${plan.folder} exist already and cannot be taken for this run's: ${foreign
			.slice(0, 3)
			.map((one) => baseOf(one.entry.output))
			.join(
				", ",
			)}${foreign.length > 3 ? ", ..." : ""} (${why})${changed || ". "}Use --accept-existing to keep them, --overwrite to make all outputs anew, or another output folder; or remove those that are to be made anew`,
		{ fields: { outputs: foreign.map((one) => one.entry.output), changes } },
	);
}

/** What changed since an output was made by another plan; none where that is not known. */
async function changesOf(plan: Plan, ledger: Ledger, { entry }: Checked): Promise<readonly string[]> {
	const made = ledger.records.get(recordName(ledger, entry.output))?.plan;
	return made === undefined || made === plan.hash ? [] : changesSince(made, plan);
}
