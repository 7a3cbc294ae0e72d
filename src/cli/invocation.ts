/**
 * The command line that is being run: kept beside the outputs, so that it can be run again.
 *
 * @module
 */

import type { Plan } from "../plan/plan.ts";
import { runId } from "../run/run-folder.ts";

/** Words after the program's name, and the folder that relative paths are relative to. */
export type Invocation = { readonly argv: readonly string[]; readonly cwd: string };

let current: Invocation | undefined;

/** Tells what is being run; the first thing that a command line does. */
export function noteInvocation(argv: readonly string[]): void {
	current = { argv: [...argv], cwd: process.cwd() };
}

/** What is being run; undefined where the library is used without the command. */
export function invocation(): Invocation | undefined {
	return current;
}

/** Name of the file under `.nnvol/` that keeps what carried out a plan, one a share of the inputs. */
export function invocationName(plan: Plan, share: string): string {
	return `${invocationStart(plan.hash)}-${runId(plan)}${share}.json`;
}

/** What the names of all that ran plans with `hash` begin with. */
export function invocationStart(hash: string): string {
	return `invocation-${hash.slice(0, 12)}`;
}

/** The words of a command line that repeats a run: without those that would make anew what is whole. */
export function repeatable(argv: readonly string[]): readonly string[] {
	const end = argv.indexOf("--");
	const options = end < 0 ? argv : argv.slice(0, end);
	return [...options.filter((word) => word !== "--overwrite"), ...argv.slice(options.length)];
}
