/**
 * What is kept of a decoding beside its output: facts of the run, stages and records, until it is finished.
 *
 * All lies in `.nnvol/decode/NAME` beside the output. `facts.json` tells which run it is; `done.json` that the output is whole.
 * Each run has a folder of its own for stages and records: what a process that was stopped for long writes late never
 * mixes with a run that was begun after it.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { link, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically, writeDurably } from "../../core/atomic-file.ts";
import { makeFolder } from "../../core/folder.ts";
import type { Zyx } from "../../core/shape.ts";
import { systemCode } from "../../core/system-fault.ts";
import { markRun } from "../../decode/volume/run-mark.ts";
import { removeStale, removeWhole, temporaryBeside } from "../../volume/publish.ts";

const extents = z.tuple([z.int().min(1), z.int().min(1), z.int().min(1)]);

const facts = z.object({
	version: z.literal(2),
	/** Hash of all that the result depends on. */
	key: z.string(),
	/** Tells this run from others of the same key. */
	run: z.string().regex(/^[\da-f]+$/),
	/** Extents of blocks, z, y, x: those of the first try, so that its blocks count. Null: the output's place is not cleared yet. */
	block: extents.nullable(),
});

const report = z.object({
	key: z.string(),
	objects: z.int().min(0),
	pieces: z.int().min(0),
	finished: z.iso.datetime(),
});

/** Facts of a run. JSON-able. */
export type DecodeFacts = Readonly<z.infer<typeof facts>>;

/** What a finished run tells. JSON-able. */
export type DoneReport = Readonly<z.infer<typeof report>>;

/** Folders of runs are named by them. */
const WORK = "work-";

/** The facts of the run that was begun in `folder`; undefined where there is none. */
export function readFacts(folder: string): Promise<DecodeFacts | undefined> {
	return readJson(join(folder, "facts.json"), facts);
}

/** The report of the run that was finished in `folder`; undefined where there is none. */
export function readReport(folder: string): Promise<DoneReport | undefined> {
	return readJson(join(folder, "done.json"), report);
}

/**
 * Begins a run in `folder` whose output's place is to be cleared; what earlier ones left there goes.
 *
 * @param replacing true where facts of an earlier run are there; else those of a process that was quicker win
 * @returns the run's facts
 */
export async function beginRun(folder: string, key: string, replacing: boolean): Promise<DecodeFacts> {
	await makeFolder(folder);
	await rm(join(folder, "done.json"), { force: true });
	const begun: DecodeFacts = { version: 2, key, run: randomBytes(6).toString("hex"), block: null };
	const isFirst = replacing ? await writeFacts(folder, begun) : await createFacts(folder, begun);
	if (!isFirst) return (await readFacts(folder)) ?? begun;
	await removeWork(folder);
	return begun;
}

/** Records the extents of a run's blocks, from when on its records count. */
export async function fixBlocks(folder: string, begun: DecodeFacts, block: Zyx): Promise<DecodeFacts> {
	const fixed: DecodeFacts = { ...begun, block: [...block] };
	const work = workFolder(folder, begun);
	await makeFolder(work);
	await markRun(work);
	await writeFacts(folder, fixed);
	return fixed;
}

/** Records that the output is whole, then removes stages and records. */
export async function endRun(folder: string, done: DoneReport): Promise<void> {
	await writeAtomically(join(folder, "done.json"), `${JSON.stringify(done)}\n`);
	await removeWork(folder);
}

/** Removes the stages and records of all runs, each as a whole, and what dead processes left. */
export async function removeWork(folder: string): Promise<void> {
	for (const name of await readdir(folder).catch(() => [])) {
		if (name.startsWith(WORK)) await removeWhole(join(folder, name));
	}
	await removeStale(folder);
}

/** Folder of the stages and records of a run in `folder`. */
export function workFolder(folder: string, { run }: Pick<DecodeFacts, "run">): string {
	return join(folder, `${WORK}${run}`);
}

async function writeFacts(folder: string, written: DecodeFacts): Promise<true> {
	await writeAtomically(join(folder, "facts.json"), textOf(written));
	return true;
}

/** Writes facts where there are none; false where there are. */
async function createFacts(folder: string, written: DecodeFacts): Promise<boolean> {
	const path = join(folder, "facts.json");
	const temporary = temporaryBeside(path);
	await writeDurably(temporary, textOf(written));
	try {
		await link(temporary, path);
		return true;
	} catch (error) {
		if (systemCode(error) === "EEXIST") return (await readFacts(folder)) === undefined && writeFacts(folder, written);
		return writeFacts(folder, written); // no links here
	} finally {
		await rm(temporary, { force: true });
	}
}

function textOf(written: DecodeFacts): string {
	return `${JSON.stringify(written)}\n`;
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
	const text = await readFile(path, "utf8").catch(() => undefined);
	if (text === undefined) return undefined;
	try {
		const result = schema.safeParse(JSON.parse(text));
		return result.success ? result.data : undefined;
	} catch {
		return undefined;
	}
}
