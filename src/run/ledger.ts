/**
 * The records of a run: one small JSON file an output, under `.nnvol/records/` of the output folder.
 *
 * A record is `writing` before the output is put in place and `done` after it is durable, so that an output cut off
 * by a crash is told from one that somebody else made. Records carry the hash of plan and input; another hash is
 * never taken for done.
 *
 * @module
 */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { wholeBox } from "../core/box.ts";
import { NnvolError } from "../core/errors.ts";
import { makeFolder } from "../core/folder.ts";
import { hashOf } from "../core/hash.ts";
import { openVolume } from "../volume/formats.ts";
import { inLanes } from "../volume/lanes.ts";
import { removeStale } from "../volume/publish.ts";
import { isStackName, stackName, stackPattern } from "../volume/sections/name.ts";
import { presenceOf } from "../volume/sections/presence.ts";
import { isRemote, joinPath } from "../volume/stores/open-store.ts";
import type { InputIdentity } from "./input-identity.ts";
import { openState, pathBelow, STATE_AT_ONCE, type StateStore, stateFolder } from "./state-store.ts";

export { stateFolder } from "./state-store.ts";

/** What is known of one output. */
export type CaseRecord = {
	readonly version: 1;
	readonly state: "writing" | "done";
	readonly output: string;
	readonly plan: string;
	readonly inputs: readonly InputIdentity[];
	/** Size of the output file; absent for folders. */
	readonly bytes?: number;
	readonly seconds?: number;
	readonly finished?: string;
	/** Set where an output of unknown origin was taken for done. */
	readonly accepted?: true;
};

/** Longest readable part of a record's file name: file systems take 255 bytes, and temporary names are longer. */
const LONGEST_NAME = 120;

/** What an output is found to be. */
export type OutputState =
	| { readonly kind: "missing" }
	| { readonly kind: "done"; readonly accepted?: true }
	| { readonly kind: "unfinished" }
	| { readonly kind: "foreign"; readonly why: string };

/** Records of one output folder. */
export type Ledger = {
	readonly outputFolder: string;
	readonly folder: string;
	/** The records' texts. */
	readonly state: StateStore;
	readonly records: ReadonlyMap<string, CaseRecord>;
};

/**
 * Reads all records at once. Damaged ones (a crash of the machine) count as absent.
 *
 * @throws RUN where the folder cannot be made; VOLUME where a place behind a URL cannot be read
 */
export async function openLedger(outputFolder: string): Promise<Ledger> {
	if (!isRemote(outputFolder)) await makeWritable(outputFolder, recordsFolder(outputFolder));
	return readLedger(outputFolder);
}

/** As `openLedger`, to be looked at: nothing is made, cleaned or asked for. A missing folder has no records. */
export async function readLedger(outputFolder: string): Promise<Ledger> {
	const folder = recordsFolder(outputFolder);
	const state = await openState(folder);
	const names = (await state.list()).files.filter((name) => name.endsWith(".json") && !name.startsWith("."));
	const found = new Map<string, CaseRecord>();
	await inLanes(names, STATE_AT_ONCE, async (name) => {
		const record = await readRecord(state, name);
		if (record !== undefined) found.set(name, record);
	});
	const records = new Map<string, CaseRecord>();
	for (const name of names) {
		const record = found.get(name);
		if (record !== undefined) records.set(record.output, record);
	}
	return { outputFolder, folder, state, records };
}

function recordsFolder(outputFolder: string): string {
	return joinPath(stateFolder(outputFolder), "records");
}

/** Makes the folder of records and cleans it. @throws RUN where it cannot be written to */
async function makeWritable(outputFolder: string, folder: string): Promise<void> {
	try {
		await makeFolder(folder);
		await Promise.all([access(outputFolder, constants.W_OK), access(folder, constants.W_OK)]);
		await Promise.all([removeStale(stateFolder(outputFolder)), removeStale(folder)]);
	} catch (cause) {
		throw new NnvolError(
			"RUN",
			`the output folder ${outputFolder} cannot be written; check its permissions or choose another`,
			{ cause, fields: { path: outputFolder } },
		);
	}
}

/** What an output is recorded as: its path in the output folder, with slashes. */
export function recordName(ledger: Pick<Ledger, "outputFolder">, path: string): string {
	if (isStackName(path)) return stackName(pathBelow(ledger.outputFolder, stackPattern(path)));
	return pathBelow(ledger.outputFolder, path);
}

/** Writes the record of one output, durably. */
export async function writeRecord(ledger: Ledger, record: CaseRecord): Promise<void> {
	await ledger.state.write(recordFile(record.output), `${JSON.stringify(record, null, "\t")}\n`);
}

function recordFile(output: string): string {
	return `${encodedName(output)}.json`;
}

/** An output's path as one name, cut and told apart by its hash where it is too long for a file system. */
export function encodedName(output: string): string {
	const name = encodeURIComponent(output);
	return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME)}-${hashOf(output).slice(0, 16)}`;
}

/** What the output at `path` is, for a run of `plan` on `inputs`. @throws VOLUME where a place behind a URL does not tell */
export async function outputState(
	ledger: Ledger,
	path: string,
	plan: string,
	inputs: readonly InputIdentity[],
): Promise<OutputState> {
	const found = await presenceOf(path);
	if (found === undefined) return { kind: "missing" };
	const name = recordName(ledger, path);
	const known = ledger.records.get(name);
	// another process may have finished it since the records were read
	const record = known?.plan === plan ? known : ((await readRecord(ledger.state, recordFile(name))) ?? known);
	if (record === undefined) return { kind: "foreign", why: "there is no record of who made it" };
	if (record.plan !== plan) return { kind: "foreign", why: "it was made with another model or configuration" };
	if (JSON.stringify(record.inputs) !== JSON.stringify(inputs))
		return { kind: "foreign", why: "its input has changed since" };
	if (record.state === "writing") return { kind: "unfinished" };
	// records follow files that are whole and on disk: another size is damage, or somebody's change that must not be lost
	const whole = found.isDirectory() || record.bytes === undefined || record.bytes === found.size;
	if (!whole && !(await isReadable(path))) return { kind: "unfinished" };
	if (!whole) return { kind: "foreign", why: "it was changed since it was written" };
	return record.accepted === true ? { kind: "done", accepted: true } : { kind: "done" };
}

/** True where a record, read anew, says that some process has finished the output at `path` with `plan` on `inputs`. */
export async function isDoneByNow(
	ledger: Pick<Ledger, "outputFolder" | "state">,
	path: string,
	plan: string,
	inputs: readonly InputIdentity[],
): Promise<boolean> {
	const record = await readRecord(ledger.state, recordFile(recordName(ledger, path)));
	if (record?.state !== "done" || record.plan !== plan) return false;
	return JSON.stringify(record.inputs) === JSON.stringify(inputs) && (await presenceOf(path)) !== undefined;
}

/** True where the volume at `path` can be read whole. */
async function isReadable(path: string): Promise<boolean> {
	try {
		const reader = await openVolume(path);
		try {
			await reader.read(wholeBox(reader.info.shape));
			return true;
		} finally {
			await reader.close();
		}
	} catch {
		return false;
	}
}

async function readRecord(state: StateStore, key: string): Promise<CaseRecord | undefined> {
	const text = (await state.read(key)) ?? "";
	try {
		const value: unknown = JSON.parse(text);
		return isRecord(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

function isRecord(value: unknown): value is CaseRecord {
	if (typeof value !== "object" || value === null) return false;
	return (
		"version" in value &&
		value.version === 1 &&
		"output" in value &&
		typeof value.output === "string" &&
		"plan" in value &&
		typeof value.plan === "string" &&
		"state" in value &&
		(value.state === "done" || value.state === "writing") &&
		"inputs" in value &&
		Array.isArray(value.inputs)
	);
}
