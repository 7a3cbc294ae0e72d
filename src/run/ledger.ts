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
import { access, readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { writeAtomically } from "../core/atomic-file.ts";
import { wholeBox } from "../core/box.ts";
import { NnvolError } from "../core/errors.ts";
import { makeFolder } from "../core/folder.ts";
import { hashOf } from "../core/hash.ts";
import { openVolume } from "../volume/formats.ts";
import { removeStale } from "../volume/publish.ts";
import { isStackName, stackName, stackPattern } from "../volume/sections/name.ts";
import { statVolume } from "../volume/sections/presence.ts";
import type { InputIdentity } from "./input-identity.ts";

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
	readonly records: ReadonlyMap<string, CaseRecord>;
};

/** The folder of records, reports and provenance beside outputs. */
export function stateFolder(outputFolder: string): string {
	return join(outputFolder, ".nnvol");
}

/** Reads all records at once. Damaged ones (a crash of the machine) count as absent. @throws RUN where the folder cannot be made */
export async function openLedger(outputFolder: string): Promise<Ledger> {
	const folder = recordsFolder(outputFolder);
	return readRecords(outputFolder, folder, await namesIn(outputFolder, folder));
}

/** As `openLedger`, to be looked at: nothing is made, cleaned or asked for. A missing folder has no records. */
export async function readLedger(outputFolder: string): Promise<Ledger> {
	const folder = recordsFolder(outputFolder);
	return readRecords(outputFolder, folder, await readdir(folder).catch(() => []));
}

function recordsFolder(outputFolder: string): string {
	return join(stateFolder(outputFolder), "records");
}

async function readRecords(outputFolder: string, folder: string, names: readonly string[]): Promise<Ledger> {
	const records = new Map<string, CaseRecord>();
	for (const name of names.filter((name) => name.endsWith(".json") && !name.startsWith("."))) {
		const record = await readRecord(join(folder, name));
		if (record !== undefined) records.set(record.output, record);
	}
	return { outputFolder, folder, records };
}

async function namesIn(outputFolder: string, folder: string): Promise<string[]> {
	try {
		await makeFolder(folder);
		await Promise.all([access(outputFolder, constants.W_OK), access(folder, constants.W_OK)]);
		await Promise.all([removeStale(stateFolder(outputFolder)), removeStale(folder)]);
		return await readdir(folder);
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
	if (isStackName(path)) return stackName(relative(ledger.outputFolder, stackPattern(path)).split(sep).join("/"));
	return relative(ledger.outputFolder, path).split(sep).join("/");
}

/** Writes the record of one output, durably. */
export async function writeRecord(ledger: Ledger, record: CaseRecord): Promise<void> {
	await writeAtomically(join(ledger.folder, recordFile(record.output)), `${JSON.stringify(record, null, "\t")}\n`);
}

function recordFile(output: string): string {
	return `${encodedName(output)}.json`;
}

/** An output's path as one name, cut and told apart by its hash where it is too long for a file system. */
export function encodedName(output: string): string {
	const name = encodeURIComponent(output);
	return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME)}-${hashOf(output).slice(0, 16)}`;
}

/** What the output at `path` is, for a run of `plan` on `inputs`. */
export async function outputState(
	ledger: Ledger,
	path: string,
	plan: string,
	inputs: readonly InputIdentity[],
): Promise<OutputState> {
	const found = await statVolume(path).catch(() => undefined);
	if (found === undefined) return { kind: "missing" };
	const name = recordName(ledger, path);
	const known = ledger.records.get(name);
	// another process may have finished it since the records were read
	const record = known?.plan === plan ? known : ((await readRecord(join(ledger.folder, recordFile(name)))) ?? known);
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

async function readRecord(path: string): Promise<CaseRecord | undefined> {
	const text = await readFile(path, "utf8").catch(() => "");
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
