/**
 * Which recorded outputs a path means: all of an output folder, or the one at the path.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { NnvolError } from "../core/errors.ts";
import { baseOf, isRemote, joinPath, openStore, parentOf, plainPath } from "../volume/stores/open-store.ts";
import { hasValues } from "../volume/stores/tree.ts";
import { type KnownRun, runsIn } from "./block-records.ts";
import { type CaseRecord, readLedger } from "./ledger.ts";
import { openState, pathBelow, stateFolder } from "./state-store.ts";

/** A streamed output: its last run. */
export type FoundVolume = {
	/** Path below the output folder, with slashes. */
	readonly output: string;
	readonly run: KnownRun;
};

/** Recorded outputs. */
export type FoundOutputs = {
	readonly folder: string;
	/** The output that was named, below the folder; undefined where the folder was. */
	readonly only: string | undefined;
	readonly volumes: readonly FoundVolume[];
	readonly cases: readonly CaseRecord[];
};

/** The outputs that `path` means: an output folder, an output, a folder within, or something inside an output. @throws INPUT */
export async function findOutputs(path: string): Promise<FoundOutputs> {
	const whole = isRemote(path) ? plainPath(path) : resolve(plainPath(path));
	const folder = await folderOf(whole);
	const only = pathBelow(folder, whole);
	const isMeant = (output: string) =>
		only === "" || [output, ...partsAbove(output)].includes(only) || within(only, output);
	const records = [...(await readLedger(folder)).records.values()];
	const cases = records.filter(({ output }) => isMeant(output));
	const volumes = (await volumesIn(folder)).filter(({ output, run }) =>
		[output, ...(run.facts?.products ?? []).map((product) => product.path)].some(isMeant),
	);
	const streamed = new Set(volumes.map(({ output }) => output));
	return {
		folder,
		only: only === "" ? undefined : only,
		volumes,
		cases: cases.filter(({ output }) => !streamed.has(output)),
	};
}

/** The nearest folder with records, from `path` up. @throws INPUT; VOLUME where a place behind a URL does not tell */
async function folderOf(path: string): Promise<string> {
	for (let folder = path; ; folder = parentOf(folder)) {
		if (baseOf(folder) !== ".nnvol" && (await isFolder(stateFolder(folder)))) return folder;
		if (parentOf(folder) === folder) break;
	}
	throw new NnvolError(
		"INPUT",
		`${path}: there is no record of a run here (no .nnvol folder in it or above it); name an output folder, or an output in one`,
		{ fields: { path } },
	);
}

async function volumesIn(folder: string): Promise<FoundVolume[]> {
	const blocks = await openState(joinPath(stateFolder(folder), "blocks"));
	const found: FoundVolume[] = [];
	for (const name of (await blocks.list()).folders) {
		const [run] = await runsIn(joinPath(blocks.root, name));
		if (run !== undefined) found.push({ output: run.facts?.output ?? nameOf(name), run });
	}
	return found;
}

/** What an encoded name stands for; itself where it was cut. */
function nameOf(encoded: string): string {
	try {
		return decodeURIComponent(encoded);
	} catch {
		return encoded;
	}
}

function partsAbove(output: string): string[] {
	const parts = output.split("/");
	return parts.slice(1).map((_, n) => parts.slice(0, n + 1).join("/"));
}

function within(path: string, output: string): boolean {
	return path.startsWith(`${output}/`);
}

async function isFolder(path: string): Promise<boolean> {
	if (isRemote(path)) return hasValues(await openStore(path), "");
	return stat(path).then(
		(found) => found.isDirectory(),
		() => false,
	);
}
