/**
 * Reads the outputs of cases back: whether they are there, as long as they were, and whole.
 *
 * @module
 */
import { errorText, throwIfAborted } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import { openVolume } from "../volume/formats.ts";
import { isStackName, resolveStack } from "../volume/sections/name.ts";
import { statVolume } from "../volume/sections/presence.ts";
import { joinPath } from "../volume/stores/open-store.ts";
import type { CaseStatus } from "./case-status.ts";
import type { CaseRecord } from "./ledger.ts";

/** An output and what is wrong with it. */
export type CaseFault = {
	/** Path below the output folder, with slashes. */
	readonly output: string;
	/** Hash of the plan that it is of. */
	readonly plan: string;
	readonly why: string;
	/** Undefined where the output was never made. */
	readonly record?: CaseRecord;
};

/** Voxels read at a time. */
const SLAB = 2 ** 25;

/** What is wrong with recorded outputs in `folder`; nothing for those that are whole. @throws CANCELLED */
export async function verifyCases(
	folder: string,
	records: readonly CaseRecord[],
	signal?: AbortSignal,
): Promise<CaseFault[]> {
	const faults: CaseFault[] = [];
	for (const record of records) {
		throwIfAborted(signal);
		const why = await faultOf(folder, record);
		if (why !== undefined) faults.push({ output: record.output, plan: record.plan, why, record });
	}
	return faults;
}

/** Cases that failed, as the last reports tell, and whose outputs were not made since. */
export function failedCases(runs: readonly CaseStatus[], records: readonly CaseRecord[]): CaseFault[] {
	const made = new Set(records.map(({ output }) => output));
	return runs.flatMap(({ plan, failures }) =>
		failures
			.filter(({ output }) => !made.has(output))
			.map(({ output, error }) => ({ output, plan, why: `it was not made: ${error}` })),
	);
}

async function faultOf(folder: string, { output, state, bytes }: CaseRecord): Promise<string | undefined> {
	if (state === "writing") return "it was cut off while it was put in place";
	const path = isStackName(output) ? resolveStack(folder, output) : joinPath(folder, output);
	const found = await statVolume(path).catch(() => undefined);
	if (found === undefined) return "it is not there";
	try {
		await readThrough(path);
	} catch (error) {
		return `it cannot be read: ${errorText(error)}`;
	}
	const sameSize = found.isDirectory() || bytes === undefined || bytes === found.size;
	return sameSize ? undefined : `it was changed since: it has ${found.size} bytes, ${bytes} were written`;
}

/** Reads a volume once, in slabs along its first axis. */
async function readThrough(path: string): Promise<void> {
	const reader = await openVolume(path);
	try {
		const { shape } = reader.info;
		const [depth = 1, ...plane] = shape;
		const step = Math.max(1, Math.floor(SLAB / Math.max(1, sizeOf(plane))));
		for (let first = 0; first < depth; first += step) {
			const rest = plane.map(() => 0);
			await reader.read({ start: [first, ...rest], stop: [Math.min(first + step, depth), ...plane] });
		}
	} finally {
		await reader.close();
	}
}
