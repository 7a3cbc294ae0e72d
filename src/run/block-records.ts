/**
 * Records of the blocks of one output: `.nnvol/blocks/<output>/<run key>/` of the output folder.
 *
 * Law: the record comes after the data. A block is recorded once its voxels are durable, under the key of its run; blocks
 * of another key are never taken for done, and are told apart with a list of what changed. Several processes may record
 * blocks of one run: two records of one block say the same.
 *
 * @module
 */
import { rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "../core/atomic-file.ts";
import { NnvolError } from "../core/errors.ts";
import { temporaryBeside } from "../volume/publish.ts";
import { isRemote, joinPath, openStore } from "../volume/stores/open-store.ts";
import { removeTree } from "../volume/stores/tree.ts";
import { parseFacts, type RunFacts, runKey, type SavedFacts } from "./block-facts.ts";
import { type BlockListing, listBlocks, readBlockFile, removeBlockFiles, writeBlockFile } from "./block-files.ts";
import { type BlockRecord, type FailedBlock, parseBlockRecord, parseFailedBlock } from "./block-record.ts";
import { encodedName } from "./ledger.ts";
import { planDiff } from "./plan-diff.ts";
import { openState, type StateStore, stateFolder } from "./state-store.ts";

const KEY = /^[0-9a-f]{16}$/;

/** What a run is, and that its output is in its place. */
const FACTS = "run.json";
const FINISHED = "finished.json";

/** Where several workers share an output: that its place was cleared for them. */
const BEGUN = "begun.json";

/** What of the end is done, while it is being made. */
const CLOSING = "closing.txt";

/** A run of an output that there are records of. */
export type KnownRun = {
	readonly key: string;
	/** Folder of its records. */
	readonly folder: string;
	/** Undefined where `run.json` is missing or damaged. */
	readonly facts: SavedFacts | undefined;
};

/** Folder of all runs of `output` (its path below the output folder, with slashes). */
export function blocksFolder(outputFolder: string, output: string): string {
	return joinPath(stateFolder(outputFolder), "blocks", encodedName(output));
}

/** The runs of `output` that there are records of, the one last gone on with first. */
export async function knownRuns(outputFolder: string, output: string): Promise<KnownRun[]> {
	return runsIn(blocksFolder(outputFolder, output));
}

/** The runs in a folder of runs, the one last gone on with first. */
export async function runsIn(folder: string): Promise<KnownRun[]> {
	const state = await openState(folder);
	const runs: KnownRun[] = [];
	for (const key of (await state.list()).folders.filter((name) => KEY.test(name))) {
		const text = (await state.read(`${key}/${FACTS}`)) ?? "";
		runs.push({ key, folder: joinPath(folder, key), facts: parseFacts(text) });
	}
	return runs.sort((a, b) => (b.facts?.opened ?? "").localeCompare(a.facts?.opened ?? ""));
}

/**
 * Refuses to go on with `output` where another run has begun it and done anything of it.
 *
 * @throws CONFIG with what changed, and the ways out
 */
export async function requireSameRun(outputFolder: string, output: string, facts: RunFacts): Promise<void> {
	const own = runKey(facts);
	for (const run of await knownRuns(outputFolder, output)) {
		if (run.key === own) continue;
		const { done } = await listBlocks(await openState(run.folder), false);
		if (done.size === 0) continue;
		const changes = run.facts === undefined ? ["what it was made with is not known"] : planDiff(run.facts, facts);
		const path = joinPath(outputFolder, output);
		throw new NnvolError(
			"CONFIG",
			`${path} was begun by another run (${done.size} blocks are done). What changed:\n${changes.map((line) => `  ${line}\n`).join("")}make it anew with --overwrite, choose another output folder, or go back to what it was begun with`,
			{ fields: { path, changes, run: run.key } },
		);
	}
}

/** Removes the records of every run of `output`; what a crash leaves of it is never taken for records. */
export async function forgetRuns(outputFolder: string, output: string): Promise<void> {
	const folder = blocksFolder(outputFolder, output);
	for (const run of await runsIn(folder)) await (isRemote(folder) ? forgetRemote(run.folder) : forgetLocal(run.folder));
}

async function forgetLocal(folder: string): Promise<void> {
	const going = temporaryBeside(folder);
	await rename(folder, going);
	await syncFolder(dirname(folder));
	await rm(going, { recursive: true, force: true });
}

/** Nothing is renamed there. What a crash leaves is still true: the output is removed after its records. */
async function forgetRemote(folder: string): Promise<void> {
	const store = await openStore(folder);
	await removeTree(store, "").finally(() => store.close());
}

/**
 * Opens the records of `output` for a run with `facts`, which are saved beside them.
 *
 * Other runs are left as they are: see `requireSameRun` and `forgetRuns`. 100,000 records are listed without opening one.
 *
 * @throws RUN where the folder cannot be made or written
 */
export async function openBlockRecords(outputFolder: string, output: string, facts: RunFacts): Promise<BlockRecords> {
	const runs = blocksFolder(outputFolder, output);
	const folder = joinPath(runs, runKey(facts));
	try {
		const state = await openState(folder);
		await (await openState(runs)).clean();
		await saveFacts(state, output, facts);
		return await recordsIn(state, true);
	} catch (cause) {
		throw new NnvolError("RUN", `records of ${output} cannot be kept in ${folder}; check the folder's permissions`, {
			cause,
			fields: { path: folder },
		});
	}
}

/** The records of a known run, to be looked at. */
export async function readBlockRecords(run: KnownRun): Promise<BlockRecords> {
	return recordsIn(await openState(run.folder), false);
}

async function recordsIn(state: StateStore, clean: boolean): Promise<BlockRecords> {
	const found = await listBlocks(state, clean);
	return new BlockRecords(state, found, (await state.read(FINISHED)) !== undefined);
}

async function saveFacts(state: StateStore, output: string, facts: RunFacts): Promise<void> {
	const before = parseFacts((await state.read(FACTS)) ?? "");
	const opened = new Date().toISOString();
	const saved = { ...facts, output, begun: before?.begun ?? opened, opened };
	await state.write(FACTS, `${JSON.stringify(saved, null, "\t")}\n`);
}

/** The records of one run of one output. */
export class BlockRecords {
	/** Folder or URL of the records. */
	readonly folder: string;
	readonly state: StateStore;
	readonly #done: Set<number>;
	readonly #failed: Set<number>;
	#finished: boolean;

	constructor(state: StateStore, found: BlockListing, finished: boolean) {
		this.folder = state.root;
		this.state = state;
		this.#done = found.done;
		this.#failed = found.failed;
		this.#finished = finished;
	}

	/** Blocks that are done. */
	get done(): ReadonlySet<number> {
		return this.#done;
	}

	/** Blocks that failed, and were not done since. */
	get failed(): ReadonlySet<number> {
		return this.#failed;
	}

	/** True where the output as a whole is in its place. */
	get finished(): boolean {
		return this.#finished;
	}

	/** True where some process has put the output in its place by now. */
	async isFinishedByNow(): Promise<boolean> {
		return (await this.state.read(FINISHED)) !== undefined;
	}

	/** Takes in what other processes have recorded since. */
	async refresh(): Promise<void> {
		const found = await listBlocks(this.state, false);
		for (const id of found.done) this.#done.add(id);
		for (const id of found.failed) if (!this.#done.has(id)) this.#failed.add(id);
		for (const id of this.#done) this.#failed.delete(id);
		this.#finished ||= await this.isFinishedByNow();
	}

	/** Knows what is recorded now, and nothing else: blocks may have been taken back since. Not while blocks are written. */
	async relist(): Promise<void> {
		this.#done.clear();
		this.#failed.clear();
		await this.refresh();
	}

	/** True where some process has recorded a block as done by now. */
	async isRecorded(id: number): Promise<boolean> {
		return (await readBlockFile(this.state, id, "done")) !== undefined;
	}

	/** Records a block whose voxels are durable. */
	async write(record: BlockRecord): Promise<void> {
		await writeBlockFile(this.state, record.id, "done", record);
		this.#done.add(record.id);
		if (!this.#failed.delete(record.id)) return;
		await removeBlockFiles(this.state, [record.id], "failed");
	}

	/** Records a block that could not be done; one that is done stays so. */
	async fail(record: FailedBlock): Promise<void> {
		if (this.#done.has(record.id)) return;
		await writeBlockFile(this.state, record.id, "failed", record);
		this.#failed.add(record.id);
	}

	/** The record of a block; undefined where there is none. One that is damaged counts as none, from then on. */
	async read(id: number): Promise<BlockRecord | undefined> {
		const record = parseBlockRecord((await readBlockFile(this.state, id, "done")) ?? "", id);
		if (record === undefined) this.#done.delete(id);
		return record;
	}

	/** Why a block failed; undefined where that is not known. */
	async readFailure(id: number): Promise<FailedBlock | undefined> {
		return parseFailedBlock((await readBlockFile(this.state, id, "failed")) ?? "", id);
	}

	/** Takes the records of blocks back: they are to be done again, and the output is no longer finished. */
	async remove(...ids: readonly number[]): Promise<void> {
		return this.removeAll(ids);
	}

	/** As `remove`, for any number of blocks. */
	async removeAll(ids: Iterable<number>): Promise<void> {
		const gone = [...ids];
		await this.unfinish();
		await removeBlockFiles(this.state, gone, "done");
		for (const id of gone) this.#done.delete(id);
	}

	/** True where some worker has cleared the place of the output. */
	async isBegun(): Promise<boolean> {
		return (await this.state.read(BEGUN)) !== undefined;
	}

	/** Records that the place of the output is cleared. */
	async begin(): Promise<void> {
		await this.state.write(BEGUN, `${JSON.stringify({ version: 1, begun: new Date().toISOString() })}\n`);
	}

	/** Records that the output as a whole is in its place: after its last block, and after a staged file has its name. */
	async finish(): Promise<void> {
		const finished = new Date().toISOString();
		await this.state.write(FINISHED, `${JSON.stringify({ version: 1, finished })}\n`);
		this.#finished = true;
		await this.state.remove([CLOSING]);
	}

	/** Takes `finish` back, and what was done on the way to it. */
	async unfinish(): Promise<void> {
		await this.state.remove([FINISHED, CLOSING]);
		this.#finished = false;
	}

	/** Which blocks the end is made of: a text of its own until one of them is to be done again; undefined before the end is begun. */
	readClosing(): Promise<string | undefined> {
		return this.state.read(CLOSING);
	}

	/** Forgets that text: the end begins anew. */
	async forgetClosing(): Promise<void> {
		await this.state.remove([CLOSING]);
	}

	/** Keeps that text. */
	async writeClosing(text: string): Promise<void> {
		await this.state.write(CLOSING, text);
	}
}
