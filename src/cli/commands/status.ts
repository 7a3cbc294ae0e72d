/**
 * `nnvol status OUTPUT [--json]`: how far a run is.
 *
 * Exits 0; 3 where something failed.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { type CaseStatus, caseStatus } from "../../run/case-status.ts";
import { type DecodeStatus, decodeStatus } from "../../run/decode/decode-status.ts";
import { blockFailure, failureTables } from "../../run/failures.ts";
import { type FoundOutputs, findOutputs } from "../../run/found-outputs.ts";
import { type VolumeStatus, volumeStatus } from "../../run/volume-status.ts";
import { joinPath } from "../../volume/stores/location.ts";
import { failureTable } from "../failure-table.ts";
import { durationText, rateText } from "../output-text.ts";

/** Failed cases of one run that are told of. */
const SHOWN = 10;

/** Runs that are done and are told of. */
const SHOWN_DONE = 3;

/** What is found of an output folder, or of one output. */
type Status = {
	readonly folder: string;
	readonly volumes: readonly VolumeStatus[];
	/** Outputs of cases that are recorded, by state. */
	readonly outputs: { readonly done: number; readonly unfinished: number };
	readonly runs: readonly CaseStatus[];
	/** Objects that are made, or were, of written volumes. */
	readonly decodings: readonly DecodeStatus[];
	/** Tables of what failed in the last runs. */
	readonly tables: readonly string[];
};

/** Prints the status; gives the exit code. */
export async function runStatus(path: string, flags: { readonly json?: boolean }): Promise<number> {
	const status = await statusOf(path, await findOutputs(path));
	process.stdout.write(flags.json === true ? `${JSON.stringify(status, null, 2)}\n` : statusText(status));
	const failed = status.volumes.some(({ blocks }) => blocks.failed > 0) || status.runs.some((run) => run.failed > 0);
	return failed ? 3 : 0;
}

async function statusOf(path: string, { folder, only, volumes, cases }: FoundOutputs): Promise<Status> {
	const found: VolumeStatus[] = [];
	for (const volume of volumes) found.push(await volumeStatus(volume));
	const done = cases.filter(({ state }) => state === "done").length;
	const outputs = { done, unfinished: cases.length - done };
	const told = await caseStatus(folder);
	const runs = only === undefined ? told : [];
	const tables = await failureTables(told.map(({ report }) => report));
	const decodings = await decodeStatus(folder, only);
	if (found.length + cases.length + runs.length + decodings.length > 0) {
		return { folder, volumes: found, outputs, runs, decodings, tables };
	}
	throw new NnvolError(
		"INPUT",
		`${path}: nothing is recorded of it in ${joinPath(folder, ".nnvol")}; name an output folder, or an output in one`,
		{ fields: { path } },
	);
}

function statusText({ folder, volumes, outputs, runs, decodings, tables }: Status): string {
	const recorded = outputs.done + outputs.unfinished;
	const lines = [
		...volumes.flatMap((volume) => volumeLines(folder, volume)),
		...decodings.flatMap((decoding) => decodingLines(folder, decoding)),
		...(recorded > 0 ? [`${outputs.done} outputs done${unfinishedText(outputs.unfinished)}`] : []),
		...runsText(runs),
		...tables.map((path) => `all that failed, as a table: ${path}`),
	];
	return `${lines.join("\n")}\n`;
}

function decodingLines(folder: string, { output, state, workers, objects }: DecodeStatus): string[] {
	return [
		`${joinPath(folder, output)}: objects ${state}${objects === undefined ? "" : ` (${objects})`}`,
		...(workers.length > 0 ? [`  at work: ${workers.join(", ")}`] : []),
		...(state === "stopped" ? ["  run the same command again to go on"] : []),
	];
}

function unfinishedText(count: number): string {
	return count === 0 ? "" : `, ${count} cut off while they were put in place`;
}

function volumeLines(folder: string, status: VolumeStatus): string[] {
	const { output, state, blocks, voxels, rate, left, failures, workers, report } = status;
	const percent = voxels.total === 0 ? "" : ` (${Math.floor((100 * voxels.done) / voxels.total)} %)`;
	const others = [
		...(blocks.failed > 0 ? [`${blocks.failed} failed`] : []),
		...(blocks.missing > 0 ? [`${blocks.missing} to do`] : []),
	];
	const pace =
		rate === undefined ? [] : [`  ${rateText(rate)}${left === undefined ? "" : `, ${durationText(left)} left`}`];
	const more = blocks.failed > failures.length ? [`  and ${blocks.failed - failures.length} more that failed`] : [];
	return [
		`${joinPath(folder, output)}: ${stateText(status)}`,
		`  ${[`${blocks.done} of ${blocks.total} blocks done${percent}`, ...others].join(", ")}`,
		...pace,
		...(workers.length > 0 ? [`  at work: ${workers.join(", ")}`] : []),
		...failureTable(
			failures.map((failure) => blockFailure(output, output, failure)),
			true,
		),
		...more,
		...(report === undefined ? [] : [`  report: ${joinPath(folder, report)}`]),
		...(state === "failed" || state === "stopped" ? ["  run the same command again to go on"] : []),
	];
}

function stateText({ state, blocks }: VolumeStatus): string {
	if (state === "unknown") return "what it was made with cannot be read (run.json is damaged)";
	const rest = blocks.missing + blocks.failed;
	if (state === "done" || rest > 0) return state;
	return `${state}; all blocks are done, the file is not in its place yet`;
}

/** Of runs that are done, which may be very many, the latest ones. */
function runsText(runs: readonly CaseStatus[]): string[] {
	const done = runs.filter(({ state }) => state === "done");
	const shown = new Set(done.slice(-SHOWN_DONE));
	const more = done.length - shown.size;
	return [
		...(more > 0 ? [`${more} earlier run${more === 1 ? "" : "s"} done`] : []),
		...runs.filter((run) => run.state !== "done" || shown.has(run)).flatMap(runLines),
	];
}

function runLines({
	report,
	share,
	state,
	error,
	total,
	done,
	failed,
	remaining,
	left,
	failures,
}: CaseStatus): string[] {
	const counts = [
		`${done} of ${total} done`,
		...(failed > 0 ? [`${failed} failed`] : []),
		...(remaining > 0 ? [`${remaining} to do`] : []),
		...(left === undefined ? [] : [`${durationText(left)} left`]),
	];
	return [
		`run${share === undefined ? "" : `, part ${share.index} of ${share.count}`} ${state}: ${counts.join(", ")}`,
		...(error === undefined ? [] : [`  ${error}`]),
		...failures.slice(0, SHOWN).map((failure) => `  ${failure.id}: ${failure.error}`),
		...(failures.length > SHOWN ? [`  and ${failures.length - SHOWN} more that failed`] : []),
		`  report: ${report}`,
	];
}
