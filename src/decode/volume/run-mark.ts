/**
 * The mark of a run in the folder of its stages and records: while it is there, what was read of them is whole.
 *
 * The folder goes at once, mark and all, when the run has ended. A process that was stopped for long looks for the mark
 * between reading and writing: without it, what it has read may be nothing.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { writeDurably } from "../../core/atomic-file.ts";
import { NnvolError } from "../../core/errors.ts";

const MARK = "run";

/** Marks the folder of a run. */
export async function markRun(folder: string): Promise<void> {
	await writeDurably(join(folder, MARK), "");
}

/** @throws RUN where the run whose folder this was has ended */
export async function requireRun(folder: string): Promise<void> {
	if ((await stat(join(folder, MARK)).catch(() => undefined)) !== undefined) return;
	throw new NnvolError(
		"RUN",
		`${folder}: the decoding whose blocks lie here has ended or was begun anew by another process; nnvol status tells which outputs are whole`,
		{ fields: { path: folder } },
	);
}
