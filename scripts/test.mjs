/**
 * `npm test`: installs and builds what is missing, runs the tests, closes with `N passed, N failed`.
 *
 * Arguments go to vitest: `npm test -- test/config`.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, ready } from "./ready.mjs";
import { readySlurm } from "./slurm.mjs";
import { tally } from "./tally.mjs";

ready();
const args = process.argv.slice(2);
if (args.length === 0) say(readySlurm());
const folder = mkdtempSync(join(tmpdir(), "nnvol-test-"));
const file = join(folder, "results.json");
const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
const reports = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
const { status } = spawnSync(process.execPath, [vitest, "run", ...reports, ...args], {
	cwd: ROOT,
	stdio: ["ignore", "inherit", "inherit"],
});
const chosenByName = args.some((arg) => arg === "-t" || arg.startsWith("--testNamePattern"));
const { passed, failed, skipped, notes } = tally(readResults(), { status, chosenByName });
rmSync(folder, { recursive: true, force: true });
for (const note of notes) console.log(note);
console.log(`${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`);
process.exitCode = failed === 0 ? 0 : 1;

function readResults() {
	try {
		return JSON.parse(readFileSync(file, "utf8"));
	} catch {
		return undefined;
	}
}

function say(line) {
	if (line !== undefined) console.log(line);
}
