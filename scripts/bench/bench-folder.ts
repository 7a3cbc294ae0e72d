/**
 * A temporary folder that goes when the bench ends; where the bench was killed, the next one removes it.
 *
 * @module
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const NAME = /^nnvol-bench-(\d+)-\w+$/;

/** Runs `work` with a new folder in `parent`; removes it afterwards unless it is to be kept. */
export async function inBenchFolder<T>(
	parent: string,
	keep: boolean,
	work: (folder: string) => Promise<T>,
): Promise<T> {
	for (const name of readdirSync(parent)) if (isLeft(name)) remove(join(parent, name));
	const folder = mkdtempSync(join(parent, keep ? "nnvol-kept-" : `nnvol-bench-${process.pid}-`));
	const end = () => (keep ? console.log(`kept: ${folder}`) : remove(folder));
	const leave = () => process.exit(130);
	process.on("exit", end); // also after an interruption
	for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, leave);
	try {
		return await work(folder);
	} finally {
		process.off("exit", end);
		for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, leave);
		end();
	}
}

/** A command that was killed may write for a moment still. */
function remove(folder: string): void {
	rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

/** True for the folder of a bench that lives no more. */
function isLeft(name: string): boolean {
	const [, pid] = NAME.exec(name) ?? [];
	if (pid === undefined) return false;
	try {
		process.kill(Number(pid), 0);
		return false;
	} catch {
		return true;
	}
}
