/**
 * The files that block records are: one a block, in folders of a thousand, named so that a listing tells what is done.
 *
 * `BLOCKS/<id / 1000>/<id>.done.json` or `<id>.failed.json`. Nothing is opened to know what is done: files are written
 * beside, flushed and renamed, so one that is there is whole. Should the disk have damaged one all the same, `read` finds out.
 *
 * @module
 */
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncFolder, writeAtomically } from "../core/atomic-file.ts";
import { makeFolder } from "../core/folder.ts";
import { isTemporaryName, removeStale } from "../volume/publish.ts";

/** What is recorded of a block. */
export type BlockState = "done" | "failed";

/** Ids by state; a block that is both is done. */
export type BlockListing = { readonly done: Set<number>; readonly failed: Set<number> };

/** Blocks in one folder. */
const FAN = 1000;

const FILE = /^(\d{1,15})\.(done|failed)\.json$/;
const FOLDER = /^\d{3,}$/;

/** Path of the record of block `id` in `folder`. */
export function blockFile(folder: string, id: number, state: BlockState): string {
	return join(folder, fanOf(id), `${id}.${state}.json`);
}

/** All records in `folder`; with `clean`, what dead processes left half-written goes. A missing folder has none. */
export async function listBlocks(folder: string, clean: boolean): Promise<BlockListing> {
	const listing = { done: new Set<number>(), failed: new Set<number>() };
	const fans = (await namesIn(folder)).filter((name) => FOLDER.test(name));
	await Promise.all(fans.map((fan) => listFan(folder, fan, clean, listing)));
	for (const id of listing.done) listing.failed.delete(id);
	return listing;
}

async function listFan(folder: string, fan: string, clean: boolean, listing: BlockListing): Promise<void> {
	const names = await namesIn(join(folder, fan));
	for (const name of names) {
		const [, digits = "", state] = FILE.exec(name) ?? [];
		const id = Number(digits);
		if (state === undefined || String(id) !== digits || fanOf(id) !== fan) continue;
		(state === "done" ? listing.done : listing.failed).add(id);
	}
	if (clean && names.some(isTemporaryName)) await removeStale(join(folder, fan));
}

/** Writes the record of a block, durably. */
export async function writeBlockFile(folder: string, id: number, state: BlockState, content: unknown): Promise<void> {
	const path = blockFile(folder, id, state);
	const text = `${JSON.stringify(content)}\n`;
	try {
		await writeAtomically(path, text);
	} catch (error) {
		if (!isMissing(error)) throw error;
		await makeFolder(dirname(path));
		await syncFolder(folder);
		await writeAtomically(path, text);
	}
}

/** The text of a block's record; undefined where there is none. */
export async function readBlockFile(folder: string, id: number, state: BlockState): Promise<string | undefined> {
	return readFile(blockFile(folder, id, state), "utf8").catch((error) => {
		if (isMissing(error)) return undefined;
		throw error;
	});
}

/** Removes the records of blocks, durably; nothing happens where there is none. */
export async function removeBlockFiles(folder: string, ids: Iterable<number>, state: BlockState): Promise<void> {
	const fans = new Set<string>();
	for (const id of ids) {
		const path = blockFile(folder, id, state);
		await rm(path, { force: true });
		fans.add(dirname(path));
	}
	for (const fan of fans) await syncFolder(fan);
}

/** Those of `ids` whose records were written at `since` (ms since 1970) or later; folders without news are passed over. */
export async function writtenSince(folder: string, ids: readonly number[], since: number): Promise<number[]> {
	const isLate = async (path: string) => {
		const found = await stat(path).catch(() => undefined);
		return found !== undefined && found.mtimeMs >= since;
	};
	const fans = new Set<string>();
	for (const fan of new Set(ids.map(fanOf))) if (await isLate(join(folder, fan))) fans.add(fan);
	const late: number[] = [];
	const queue = ids.filter((id) => fans.has(fanOf(id))).values();
	const work = async () => {
		for (const id of queue) if (await isLate(blockFile(folder, id, "done"))) late.push(id);
	};
	await Promise.all(Array.from({ length: 64 }, work));
	return late;
}

function fanOf(id: number): string {
	return String(Math.floor(id / FAN)).padStart(3, "0");
}

async function namesIn(folder: string): Promise<readonly string[]> {
	return readdir(folder).catch((error) => {
		if (isMissing(error)) return [];
		throw error;
	});
}

function isMissing(error: unknown): boolean {
	return error instanceof Error && "code" in error && error.code === "ENOENT";
}
