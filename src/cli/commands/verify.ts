/**
 * `nnvol verify OUTPUT [--repair] [--json]`: reads outputs back and compares them with what was recorded.
 *
 * Exits 0 where all is whole, 1 where something is damaged or missing; with `--repair` the latter is after the repair.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { caseStatus } from "../../run/case-status.ts";
import { type FoundOutputs, findOutputs } from "../../run/found-outputs.ts";
import { openLedger } from "../../run/ledger.ts";
import { takeBackBlocks, takeBackCases } from "../../run/take-back.ts";
import { type CaseFault, failedCases, verifyCases } from "../../run/verify-cases.ts";
import { type VolumeVerdict, verifyVolume } from "../../run/verify-volume.ts";
import { joinPath } from "../../volume/stores/location.ts";
import { interruptible } from "../interrupt.ts";
import { boxText } from "../output-text.ts";
import { invocationsOf, repeatRuns } from "../repeat.ts";

/** Options of `verify`. */
export type VerifyFlags = { readonly repair?: boolean; readonly json?: boolean; readonly quiet?: boolean };

/** What was found of the outputs of cases. */
type Outputs = {
	readonly total: number;
	readonly faults: readonly CaseFault[];
	/** Cases that were not begun, and the plans that they are of. */
	readonly remaining: number;
	readonly unfinished: readonly string[];
};

/** What was found of all outputs. */
type Verdict = {
	readonly folder: string;
	readonly clean: boolean;
	readonly volumes: readonly VolumeVerdict[];
	readonly outputs: Outputs;
};

/** Verifies, and repairs (with `repeat`) where that is asked for; gives the exit code. */
export async function runVerify(path: string, flags: VerifyFlags, repeat = repeatRuns): Promise<number> {
	const found = await findOutputs(path);
	const verdict = await check(found, flags);
	requireSomething(path, found, verdict);
	tell(verdict, flags);
	if (verdict.clean) return 0;
	if (flags.repair !== true) return 1;
	await takeBack(found, verdict);
	const broken = found.volumes.filter((_, n) => verdict.volumes[n]?.clean !== true);
	const { faults, unfinished } = verdict.outputs;
	const runs = await invocationsOf(found.folder, broken, [...faults.map(({ plan }) => plan), ...unfinished]);
	const ended = await repeat(runs, flags.json === true);
	if (ended !== 0) return ended;
	const again = await check(await findOutputs(path), flags);
	tell(again, flags);
	return again.clean ? 0 : 1;
}

function requireSomething(path: string, { folder }: FoundOutputs, { volumes, outputs }: Verdict): void {
	if (volumes.length + outputs.total + outputs.remaining > 0) return;
	throw new NnvolError(
		"INPUT",
		`${path}: no output of it is recorded in ${joinPath(folder, ".nnvol")}; name an output folder, or an output in one`,
		{ fields: { path } },
	);
}

async function check({ folder, only, volumes, cases }: FoundOutputs, flags: VerifyFlags): Promise<Verdict> {
	const runs = only === undefined ? await caseStatus(folder) : [];
	return interruptible(async (signal) => {
		const found: VolumeVerdict[] = [];
		for (const volume of volumes) {
			const onBlock = progressOf(joinPath(folder, volume.output), flags);
			found.push(await verifyVolume(folder, volume, { signal, onBlock }));
		}
		const made = await verifyCases(folder, cases, signal);
		const streamed = new Set(volumes.map(({ output }) => output));
		const lost = failedCases(runs, cases).filter(({ output }) => !streamed.has(output));
		const faults = [...made, ...lost];
		const left = runs.filter((run) => run.remaining > 0);
		const remaining = left.reduce((sum, run) => sum + run.remaining, 0);
		const clean = faults.length + remaining === 0 && found.every((verdict) => verdict.clean);
		const unfinished = left.map(({ plan }) => plan);
		const outputs = { total: cases.length + lost.length, faults, remaining, unfinished };
		return { folder, clean, volumes: found, outputs };
	});
}

/** A line that counts blocks, where somebody watches. */
function progressOf(name: string, { quiet, json }: VerifyFlags): (checked: number, total: number) => void {
	if (quiet === true || json === true || !process.stderr.isTTY) return () => undefined;
	let told = Date.now();
	return (checked, total) => {
		if (checked < total && Date.now() - told < 500) return;
		told = Date.now();
		process.stderr.write(`\r${name}: ${checked} of ${total} blocks read${checked < total ? "" : "\n"}`);
	};
}

async function takeBack(found: FoundOutputs, verdict: Verdict): Promise<void> {
	for (const [n, volume] of found.volumes.entries()) {
		const one = verdict.volumes[n];
		if (one !== undefined && !one.clean) await takeBackBlocks(found.folder, volume, one);
	}
	if (verdict.outputs.faults.length === 0) return;
	await takeBackCases(await openLedger(found.folder), verdict.outputs.faults);
}

function tell(verdict: Verdict, { json, repair }: VerifyFlags): void {
	const text = json === true ? `${JSON.stringify(jsonOf(verdict))}\n` : verdictText(verdict, repair === true);
	process.stdout.write(text);
}

function jsonOf({ outputs, ...verdict }: Verdict) {
	const faults = outputs.faults.map(({ output, why }) => ({ output, why }));
	const { total, remaining } = outputs;
	return { kind: "verified", ...verdict, outputs: { total, faults, remaining } };
}

/** Faults of one output that are listed. */
const SHOWN = 20;

function verdictText({ folder, clean, volumes, outputs }: Verdict, repairs: boolean): string {
	const lines = volumes.flatMap((volume) => volumeLines(folder, volume));
	const whole = outputs.total - outputs.faults.length;
	if (outputs.total > 0) lines.push(`${whole} of ${outputs.total} outputs are whole`);
	lines.push(...listed(outputs.faults.map(({ output, why }) => `  ${joinPath(folder, output)}: ${why}`)));
	if (outputs.remaining > 0) lines.push(`${outputs.remaining} were not begun`);
	if (!clean && !repairs)
		lines.push(
			"what is missing is done by running the same command again; what is damaged too by: nnvol verify OUTPUT --repair",
		);
	return `${lines.join("\n")}\n`;
}

function volumeLines(folder: string, verdict: VolumeVerdict): string[] {
	const { output, blocks, damaged, missing, failed, unreadable, clean, finished } = verdict;
	const counts = [
		`${blocks.checked} of ${blocks.total} blocks are as they were written`,
		...(blocks.skipped > 0 ? [`${blocks.skipped} were skipped`] : []),
		...(damaged.length > 0 ? [`${damaged.length} damaged`] : []),
		...(missing.length > 0 ? [`${missing.length} missing`] : []),
		...(failed.length > 0 ? [`${failed.length} failed`] : []),
		...(finished ? [] : ["not finished"]),
	];
	return [
		`${joinPath(folder, output)}: ${clean ? "whole" : "not whole"}; ${counts.join(", ")}`,
		...unreadable.map(({ path, error }) => `  ${path}: ${error}`),
		...listed(damaged.map(({ id, box, why }) => `  block ${id} (${boxText(box)}): ${why}`)),
		...listed(failed.map(({ id, box, error }) => `  block ${id} (${boxText(box)}): failed: ${error}`)),
		...listed(missing.map(({ id, box }) => `  block ${id} (${boxText(box)}): missing`)),
	];
}

function listed(lines: readonly string[]): string[] {
	const more = lines.length - SHOWN;
	return [...lines.slice(0, SHOWN), ...(more > 0 ? [`  and ${more} more like these (--json lists all)`] : [])];
}
