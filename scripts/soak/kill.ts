/**
 * A run of 40 files, killed with SIGKILL as often as is asked for.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killAgainAndAgain } from "../../test/run/kill.ts";

/** Kills and compares; prints figures. @throws where an output differs */
export async function soakFiles(kills: number): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), "nnvol-soak-"));
	try {
		const begun = Date.now();
		const report = await killAgainAndAgain(folder, kills, Math.random);
		console.log(
			`${report.kills} kills in ${report.runs} runs of ${report.files} files, ${Math.round((Date.now() - begun) / 1000)} s`,
		);
		console.log(
			`every output equals the undisturbed run's; files left over: ${report.leftovers.length === 0 ? "none" : report.leftovers.join(", ")}`,
		);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
