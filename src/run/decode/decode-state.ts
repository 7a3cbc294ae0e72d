/**
 * What is kept of a decoding beside its output: facts of the run, stages and records, until it is finished.
 *
 * All lies in `.nnvol/decode/NAME` beside the output. `facts.json` tells which run it is; `done.json` that the output is whole.
 *
 * @module
 */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../../core/atomic-file.ts";
import { makeFolder } from "../../core/folder.ts";
import { removeStale, removeWhole } from "../../volume/publish.ts";

const facts = z.object({
	version: z.literal(1),
	/** Hash of all that the result depends on. */
	key: z.string(),
	/** Extents of blocks, z, y, x: those of the first try, so that its blocks count. */
	block: z.array(z.int().min(1)).length(3),
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

/** The facts of the run that was begun in `folder`; undefined where there is none. */
export function readFacts(folder: string): Promise<DecodeFacts | undefined> {
	return readJson(join(folder, "facts.json"), facts);
}

/** The report of the run that was finished in `folder`; undefined where there is none. */
export function readReport(folder: string): Promise<DoneReport | undefined> {
	return readJson(join(folder, "done.json"), report);
}

/** Begins a run in `folder`; what an earlier one left there goes. */
export async function beginRun(folder: string, begun: DecodeFacts): Promise<void> {
	await removeWhole(folder);
	await makeFolder(folder);
	await writeAtomically(join(folder, "facts.json"), `${JSON.stringify(begun)}\n`);
}

/** Records that the output is whole, then removes stages and records. */
export async function endRun(folder: string, done: DoneReport): Promise<void> {
	await writeAtomically(join(folder, "done.json"), `${JSON.stringify(done)}\n`);
	await rm(workFolder(folder), { recursive: true, force: true });
	await removeStale(folder);
}

/** Folder of the stages and records of the run in `folder`. */
export function workFolder(folder: string): string {
	return join(folder, "work");
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
