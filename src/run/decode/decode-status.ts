/**
 * How far decodings are, from what lies beside their outputs.
 *
 * @module
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isRemote } from "../../volume/stores/open-store.ts";
import { runningIn } from "../run-marker.ts";
import { stateFolder } from "../state-store.ts";
import { readFacts, readReport } from "./decode-state.ts";

/** How far the objects of an output are. */
export type DecodeStatus = {
	/** Name of the output in its folder. */
	readonly output: string;
	readonly state: "done" | "running" | "stopped";
	/** Processes at work, `HOST:PID`. */
	readonly workers: readonly string[];
	/** Of what is done. */
	readonly objects?: number;
};

/** The decodings of outputs in `folder`, or those of the one that is named, by name. */
export async function decodeStatus(folder: string, only?: string): Promise<readonly DecodeStatus[]> {
	if (isRemote(folder)) return [];
	const root = join(stateFolder(folder), "decode");
	const names = (await readdir(root).catch(() => [])).filter((name) => only === undefined || name === only);
	const found: DecodeStatus[] = [];
	for (const output of names.sort()) {
		const state = join(root, output);
		const done = await readReport(state);
		if (done === undefined && (await readFacts(state)) === undefined) continue;
		const workers = await runningIn(state);
		if (done !== undefined) found.push({ output, state: "done", workers, objects: done.objects });
		else found.push({ output, state: workers.length > 0 ? "running" : "stopped", workers });
	}
	return found;
}
