import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { killAgainAndAgain } from "./kill.ts";

/** A short version of `npm run soak`, which makes a hundred kills. */
const KILLS = 6;

it("gives the outputs of an undisturbed run after kill -9 at random moments", { timeout: 300_000 }, async () => {
	const folder = await mkdtemp(join(tmpdir(), "nnvol-kill-"));
	try {
		const report = await killAgainAndAgain(folder, KILLS, Math.random);
		expect(report.kills).toBe(KILLS);
		expect(report.leftovers).toEqual([]);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
});
