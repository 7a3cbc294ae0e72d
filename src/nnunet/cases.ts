/**
 * Groups files into cases, named as nnU-Net names them: `ID_0000.png`, `ID_0001.png` are the channels of case ID.
 *
 * Files without the suffix are cases of one file just the same.
 *
 * @module
 */
import { caseStem, formatOfName } from "../volume/formats.ts";
import { baseOf, parentOf } from "../volume/stores/location.ts";

/** One case: its files in channel order. `problem` says why it cannot be predicted. */
export type CaseFiles = { readonly id: string; readonly files: readonly string[]; readonly problem?: string };

/** How one file name reads: the case it belongs to and, where it has the suffix, which channel it is. */
export type CaseName = { readonly id: string; readonly channel?: number };

/** Names shown in a message. */
const SHOWN = 4;

/** Reads `ID_0003.ext` as channel 3 of case ID, and any other name as the case of its stem. */
export function parseCaseName(path: string): CaseName {
	const stem = caseStem(path);
	const match = /^(.+)_(\d{4})$/.exec(stem);
	const [, id, channel] = match ?? [];
	return id === undefined || channel === undefined ? { id: stem } : { id, channel: Number(channel) };
}

/**
 * The cases in `paths`, sorted by id. A file may hold all channels (a colour PNG); else each channel has its file.
 *
 * @param channels number of channels the model takes
 */
export function groupCases(paths: readonly string[], channels: number): CaseFiles[] {
	const groups = new Map<string, string[]>();
	for (const path of paths) {
		const key = `${parentOf(path)}\0${parseCaseName(path).id}`;
		groups.set(key, [...(groups.get(key) ?? []), path]);
	}
	const cases = [...groups].map(([key, files]) => makeCase(key.slice(key.indexOf("\0") + 1), files, channels));
	return cases.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function makeCase(id: string, unsorted: readonly string[], channels: number): CaseFiles {
	const files = [...unsorted].sort((a, b) => (parseCaseName(a).channel ?? -1) - (parseCaseName(b).channel ?? -1));
	const problem = problemOf(id, files, channels);
	return problem === undefined ? { id, files } : { id, files, problem };
}

function problemOf(id: string, files: readonly string[], channels: number): string | undefined {
	const indices = files.map((file) => parseCaseName(file).channel);
	const names = some(files.map((file) => baseOf(file)));
	const plain = indices.filter((index) => index === undefined).length;
	if (plain > 1) return `case ${id} has ${names}: one image in several formats; keep one of them`;
	if (plain === 1 && files.length > 1) {
		return `case ${id} has both ${names}: the name without a channel index and the one with it; keep one of them`;
	}
	if (plain === 1) return undefined;
	const repeated = indices.find((index, n) => indices.indexOf(index) !== n);
	if (repeated !== undefined) return `case ${id} has channel ${repeated} twice (${names}); keep one of them`;
	const formats = new Set(files.map((file) => formatOfName(file)));
	if (formats.size > 1) return `case ${id} has channels of different formats (${names}); convert them to one`;
	if (files.length === 1 && indices[0] === 0) return undefined; // one file may hold all channels; known once it is read
	const expected = Array.from({ length: channels }, (_, n) => n);
	const missing = expected.filter((n) => !indices.includes(n));
	const surplus = indices.filter((index) => index !== undefined && index >= channels);
	if (missing.length === 0 && surplus.length === 0) return undefined;
	const what =
		missing.length > 0
			? `lacks channel ${some(missing.map(suffix))}`
			: `has surplus channel ${some(surplus.map(suffix))}`;
	const takes = `the model takes ${channels} channel${channels > 1 ? "s" : ""} (${some(expected.map(suffix))})`;
	return `case ${id} ${what}: found ${names}, ${takes}; add or remove files, or rename them where the four digits are no channel (${id}-0000)`;
}

/** A few of `texts`, for messages. */
function some(texts: readonly string[]): string {
	return `${texts.slice(0, SHOWN).join(", ")}${texts.length > SHOWN ? `, ... (${texts.length})` : ""}`;
}

function suffix(channel: number | undefined): string {
	return `_${String(channel).padStart(4, "0")}`;
}
