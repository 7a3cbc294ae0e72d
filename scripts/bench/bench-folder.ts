/**
 * A temporary folder that goes when the bench ends, however it is ended but by SIGKILL.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Runs `work` with a new folder in `parent`; removes it afterwards unless it is to be kept. */
export async function inBenchFolder<T>(
	parent: string,
	keep: boolean,
	work: (folder: string) => Promise<T>,
): Promise<T> {
	const folder = mkdtempSync(join(parent, "nnvol-bench-"));
	const remove = () => {
		if (keep) console.log(`kept: ${folder}`);
		// A command that was killed may write for a moment still.
		else rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
	};
	const leave = () => process.exit(130);
	process.on("exit", remove); // also after an interruption, while the command still writes
	for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, leave);
	try {
		return await work(folder);
	} finally {
		process.off("exit", remove);
		for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, leave);
		remove();
	}
}
