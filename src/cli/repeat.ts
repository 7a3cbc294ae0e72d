/**
 * Runs again the commands that outputs were made by.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { extname, join } from "node:path";
import { z } from "zod";
import { NnvolError } from "../core/errors.ts";
import type { FoundVolume } from "../run/found-outputs.ts";
import { openState, type StateStore, stateFolder } from "../run/state-store.ts";
import { type Invocation, invocationStart, repeatable } from "./invocation.ts";

const saved = z.object({ argv: z.array(z.string()), cwd: z.string() });

/** The command lines that made these streamed outputs, and cases of these plans, each once. @throws RUN where one is not recorded */
export async function invocationsOf(
	folder: string,
	volumes: readonly FoundVolume[],
	plans: readonly string[],
): Promise<readonly Invocation[]> {
	const found: (Invocation | undefined)[] = volumes.map(({ run }) => run.facts?.invocation);
	for (const plan of new Set(plans)) found.push(...(await ofPlan(folder, plan)));
	const distinct = new Map<string, Invocation>();
	for (const one of found) {
		if (one === undefined) throw new NnvolError("RUN", NOT_KNOWN, { fields: { folder } });
		distinct.set(JSON.stringify([one.cwd, one.argv]), one);
	}
	return [...distinct.values()];
}

const NOT_KNOWN =
	"the command that made the output is not recorded; what is damaged was taken back: run the same command again to repair it";

/** The command lines of a plan, one a share of its cases; one that is undefined where none can be read. */
async function ofPlan(folder: string, plan: string): Promise<(Invocation | undefined)[]> {
	const start = invocationStart(plan);
	const state = await openState(stateFolder(folder));
	const own = (await state.list()).files.filter((name) => name.startsWith(start));
	const found = await Promise.all(own.map((name) => readInvocation(state, name)));
	return found.length === 0 ? [undefined] : found;
}

async function readInvocation(state: StateStore, name: string): Promise<Invocation | undefined> {
	const text = (await state.read(name)) ?? "";
	try {
		return saved.parse(JSON.parse(text));
	} catch {
		return undefined;
	}
}

/** Runs each command line, one after the other; gives the first exit code that is not 0. */
export async function repeatRuns(runs: readonly Invocation[], asJson: boolean): Promise<number> {
	for (const { argv, cwd } of runs) {
		process.stderr.write(`in ${cwd}: nnvol ${argv.join(" ")}\n`);
		const code = await runAgain(repeatable(argv), cwd, asJson);
		if (code !== 0) return code;
	}
	return 0;
}

/** What the command says goes where this one's does; with `asJson` to standard error, so that the output stays one's own. */
function runAgain(argv: readonly string[], cwd: string, asJson: boolean): Promise<number> {
	const main = join(import.meta.dirname, `main${extname(import.meta.filename)}`);
	const child = spawn(process.execPath, [...process.execArgv, main, ...argv], {
		cwd,
		stdio: ["ignore", asJson ? 2 : "inherit", "inherit"],
	});
	// a terminal interrupts both: this one waits for what the command makes of it
	const wait = () => undefined;
	const pass = () => child.kill("SIGTERM");
	process.on("SIGINT", wait).on("SIGTERM", pass);
	const ended = new Promise<number>((resolve, reject) => {
		child.on("error", (cause) => {
			reject(new NnvolError("RUN", `the command cannot be run again in ${cwd}; is the folder still there?`, { cause }));
		});
		child.on("close", (code, signal) => resolve(signal === null ? (code ?? 1) : 130));
	});
	return ended.finally(() => process.off("SIGINT", wait).off("SIGTERM", pass));
}
