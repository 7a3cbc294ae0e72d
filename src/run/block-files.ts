/**
 * The files that block records are: one a block, in folders of a thousand, named so that a listing tells what is done.
 *
 * `BLOCKS/<id / 1000>/<id>.done.json` or `<id>.failed.json`. Nothing is opened to know what is done: a text is written whole
 * or not at all, so one that is there is whole. Should the disk have damaged one all the same, `read` finds out.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { inLanes } from "../volume/lanes.ts";
import { joinPath } from "../volume/stores/open-store.ts";
import { parseBlockRecord } from "./block-record.ts";
import { STATE_AT_ONCE, type StateStore } from "./state-store.ts";

/** What is recorded of a block. */
export type BlockState = "done" | "failed";

/** Ids by state; a block that is both is done. */
export type BlockListing = { readonly done: Set<number>; readonly failed: Set<number> };

/** Blocks in one folder. */
const FAN = 1000;

/** Records that are read where times of files cannot be asked for. */
const SAMPLE = 256;

const FILE = /^(\d{1,15})\.(done|failed)\.json$/;
const FOLDER = /^\d{3,}$/;

/** Path of the record of block `id` in `folder`. */
export function blockFile(folder: string, id: number, state: BlockState): string {
	return joinPath(folder, keyOf(id, state));
}

/** All records in a run's folder; with `clean`, what dead processes left half-written goes. A missing folder has none. */
export async function listBlocks(state: StateStore, clean: boolean): Promise<BlockListing> {
	const listing = { done: new Set<number>(), failed: new Set<number>() };
	const fans = (await state.list()).folders.filter((name) => FOLDER.test(name));
	await inLanes(fans, STATE_AT_ONCE, (fan) => listFan(state, fan, clean, listing));
	for (const id of listing.done) listing.failed.delete(id);
	return listing;
}

async function listFan(state: StateStore, fan: string, clean: boolean, listing: BlockListing): Promise<void> {
	for (const name of (await state.list(fan)).files) {
		const [, digits = "", kind] = FILE.exec(name) ?? [];
		const id = Number(digits);
		if (kind === undefined || String(id) !== digits || fanOf(id) !== fan) continue;
		(kind === "done" ? listing.done : listing.failed).add(id);
	}
	if (clean) await state.clean(fan);
}

/** Writes the record of a block, durably. */
export async function writeBlockFile(state: StateStore, id: number, kind: BlockState, content: unknown): Promise<void> {
	await state.write(keyOf(id, kind), `${JSON.stringify(content)}\n`);
}

/** The text of a block's record; undefined where there is none. */
export async function readBlockFile(state: StateStore, id: number, kind: BlockState): Promise<string | undefined> {
	return state.read(keyOf(id, kind));
}

/** Removes the records of blocks, durably; nothing happens where there is none. */
export async function removeBlockFiles(state: StateStore, ids: Iterable<number>, kind: BlockState): Promise<void> {
	await state.remove(Array.from(ids, (id) => keyOf(id, kind)));
}

/** Ids that were found among a share (0 to 1) of those that were asked for. */
export type LateBlocks = { readonly ids: readonly number[]; readonly share: number };

/**
 * Those of `ids` whose records were written at `since` (ms since 1970) or later: in a folder all, by the times of files;
 * behind a URL those among evenly chosen ones, by what they say.
 */
export async function writtenSince(state: StateStore, ids: readonly number[], since: number): Promise<LateBlocks> {
	if (!state.isRemote) return { ids: await lateFiles(state.root, ids, since), share: 1 };
	const step = Math.max(1, ids.length / SAMPLE);
	const chosen = Array.from({ length: Math.min(SAMPLE, ids.length) }, (_, n) => ids[Math.floor(n * step)] ?? 0);
	const late: number[] = [];
	await inLanes(chosen, STATE_AT_ONCE, async (id) => {
		const record = parseBlockRecord((await readBlockFile(state, id, "done")) ?? "", id);
		if (record !== undefined && Date.parse(record.finished) >= since) late.push(id);
	});
	return { ids: late, share: ids.length === 0 ? 1 : chosen.length / ids.length };
}

/** Folders without news are passed over. */
async function lateFiles(folder: string, ids: readonly number[], since: number): Promise<number[]> {
	const isLate = async (path: string) => {
		const found = await stat(path).catch(() => undefined);
		return found !== undefined && found.mtimeMs >= since;
	};
	const fans = new Set<string>();
	for (const fan of new Set(ids.map(fanOf))) if (await isLate(joinPath(folder, fan))) fans.add(fan);
	const late: number[] = [];
	const queue = ids.filter((id) => fans.has(fanOf(id)));
	await inLanes(queue, 64, async (id) => {
		if (await isLate(blockFile(folder, id, "done"))) late.push(id);
	});
	return late;
}

function keyOf(id: number, kind: BlockState): string {
	return `${fanOf(id)}/${id}.${kind}.json`;
}

function fanOf(id: number): string {
	return String(Math.floor(id / FAN)).padStart(3, "0");
}
