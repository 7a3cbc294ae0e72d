/**
 * The reports that lie beside outputs, of whatever run: what is to be told of them, and which have nothing to say any more.
 *
 * Reports of runs without a folder of their own, as nnvol wrote them once, are read as well.
 *
 * @module
 */
import { z } from "zod";
import type { Plan } from "../plan/plan.ts";
import { inLanes } from "../volume/lanes.ts";
import { joinPath } from "../volume/stores/open-store.ts";
import { JOB, RUNS, runFile, runFolder } from "./run-folder.ts";
import { isProcess } from "./run-marker.ts";
import { openState, STATE_AT_ONCE, type StateStore, stateFolder } from "./state-store.ts";

const count = z.int().min(0);
const text = z.string();

const report = z.looseObject({
	state: z.literal(["running", "finished", "stopped"]),
	plan: text,
	run: text.optional(),
	folder: text.optional(),
	error: text.optional(),
	process: z.object({ host: text, pid: count }).optional(),
	started: text.default(""),
	seconds: z.number(),
	total: count,
	done: count,
	skipped: count,
	failed: count,
	remaining: count,
	peakMemory: z.number().optional(),
	cases: z.array(
		z.looseObject({
			id: text,
			output: text,
			state: z.literal(["done", "part", "skipped", "failed"]),
			seconds: z.number().optional(),
			error: text.optional(),
			code: text.optional(),
			notes: z.array(text).optional(),
		}),
	),
});

/** A report as it was read. */
export type PastReport = Readonly<z.infer<typeof report>>;

/** A report and where it lies. */
export type FoundReport = {
	readonly path: string;
	/** Its key in the state beside the outputs. */
	readonly key: string;
	/** Of one of several workers, or of a part of the list: which. */
	readonly share?: { readonly index: number; readonly count: number };
	readonly report: PastReport;
};

const NAME = /^report(?:-(\d+)-of-(\d+))?\.json$/;

/** All reports beside the outputs of `folder` that can be read, each once, the earliest first. @throws VOLUME */
export async function reportsIn(folder: string): Promise<readonly FoundReport[]> {
	const state = await openState(stateFolder(folder));
	const { files, folders } = await state.list();
	const runs = folders.includes(RUNS) ? (await state.list(RUNS)).folders : [];
	const keys = files.filter((name) => NAME.test(name));
	await inLanes(runs, STATE_AT_ONCE, async (run) => {
		keys.push(...(await filesOf(state, run)).filter((key) => NAME.test(nameIn(key))));
	});
	return distinct(await readReports(state, keys)).sort(
		(a, b) => order(a.report.started, b.report.started) || order(a.key, b.key),
	);
}

function order(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

/** Keys of what lies in a run's folder. */
async function filesOf(state: StateStore, run: string): Promise<readonly string[]> {
	return (await state.list(runFolder(run))).files.map((name) => runFile(run, name));
}

function nameIn(key: string): string {
	return key.slice(key.lastIndexOf("/") + 1);
}

async function readReports(state: StateStore, keys: readonly string[]): Promise<FoundReport[]> {
	const found: FoundReport[] = [];
	await inLanes(keys, STATE_AT_ONCE, async (key) => {
		const read = await readReport(state, key);
		if (read !== undefined) found.push(read);
	});
	return found;
}

async function readReport(state: StateStore, key: string): Promise<FoundReport | undefined> {
	try {
		const read = report.parse(JSON.parse((await state.read(key)) ?? ""));
		const [, index, count] = NAME.exec(nameIn(key)) ?? [];
		const share = index === undefined ? {} : { share: { index: Number(index), count: Number(count) } };
		return { path: joinPath(state.root, key), key, ...share, report: read };
	} catch {
		return undefined; // of another version, or damaged
	}
}

/** Each report once: the latest run's is told of by the name where it is looked for. */
function distinct(found: readonly FoundReport[]): FoundReport[] {
	const nameOf = ({ report: { run }, share }: FoundReport) => `${run} ${share?.index} ${share?.count}`;
	const copies = new Set(found.filter(({ key, report }) => isCopy(key) && report.run !== undefined).map(nameOf));
	return found.filter((one) => isCopy(one.key) || !copies.has(nameOf(one)));
}

function isCopy(key: string): boolean {
	return !key.includes("/");
}

/** True while the process that writes a report lives: `running` of one that is gone was cut off. */
export function isRunning({ state, process }: PastReport): boolean {
	return state === "running" && process !== undefined && isProcess(process.host, process.pid);
}

/**
 * Those that still tell something, given all: of several workers their own until `nnvol finish` made one of them, then that one, until
 * workers begin again.
 */
export function telling(found: readonly FoundReport[]): readonly FoundReport[] {
	return found.filter((one) => {
		const siblings = found.filter(({ report }) => report.run !== undefined && report.run === one.report.run);
		if (one.share === undefined) return !siblings.some((other) => other.share !== undefined && isAfter(other, one));
		return isRunning(one.report) || !siblings.some((other) => other.share === undefined && !isAfter(one, other));
	});
}

/** True for a run that began when the other had ended. */
function isAfter({ report }: FoundReport, { report: other }: FoundReport): boolean {
	return Date.parse(report.started) > Date.parse(other.started) + 1000 * other.seconds;
}

/**
 * Removes what is told of runs that have ended and all of whose outputs are those of `plan` as well: its own report will tell of them. Of
 * runs by the same plan the commands that made them go as well.
 *
 * @throws VOLUME
 */
export async function dropCovered(plan: Plan, run: string): Promise<void> {
	const state = await openState(stateFolder(plan.folder));
	const runs = (await state.list(RUNS)).folders.filter((id) => id !== run);
	if (runs.length === 0) return;
	const outputs = new Set(plan.cases.map(({ output }) => output));
	const isCovered = ({ report }: FoundReport) =>
		!isRunning(report) && report.total <= outputs.size && report.cases.every(({ output }) => outputs.has(output));
	await inLanes(runs, STATE_AT_ONCE, async (id) => {
		const keys = await filesOf(state, id);
		const reports = await readReports(
			state,
			keys.filter((key) => NAME.test(nameIn(key))),
		);
		if (reports.length === 0 || !reports.every(isCovered)) return;
		const isSame = reports.every(({ report }) => report.plan === plan.hash);
		await state.remove(
			isSame ? [...keys, ...(await commandsOf(state, id))] : keys.filter((key) => nameIn(key) !== JOB),
		);
	});
}

/** What ran a run: of one by another plan it stays, since outputs of it may. */
async function commandsOf(state: StateStore, run: string): Promise<readonly string[]> {
	return (await state.list()).files.filter((name) => name.startsWith("invocation-") && name.includes(`-${run}`));
}
