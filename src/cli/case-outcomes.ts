/**
 * Tells how the cases of a command went.
 *
 * @module
 */
import type { CaseOutcomes, OnCase } from "../nnunet/each-case.ts";

/** Says each failure as it comes and, on a terminal, how far the command is. */
export function tellCases(quiet: boolean): OnCase {
	const shown = !quiet && process.stderr.isTTY === true;
	return (name, done, total, error) => {
		if (error !== undefined) process.stderr.write(`${shown ? "\r\u001b[K" : ""}failed: ${name}: ${error}\n`);
		if (shown) process.stderr.write(`\r\u001b[K${done < total ? `${done}/${total} files` : ""}`);
	};
}

/** Says how many were done; gives the exit code: 0 all, 1 none, 3 some. */
export function endOfCases({ done, failed }: CaseOutcomes, folder: string, quiet: boolean): number {
	if (!quiet || failed.length > 0) process.stderr.write(`${done} done, ${failed.length} failed; in ${folder}\n`);
	if (failed.length === 0) return 0;
	return done === 0 ? 1 : 3;
}
