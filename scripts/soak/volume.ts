/**
 * `npm run soak -- volume`: streamed runs, killed with SIGKILL two hundred times (or as often as the next argument says), and
 * whatever else may befall them: full disks, bad servers, inputs that go away, interruptions.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killVolumes } from "../../test/run/volume/kill.ts";
import { makeSoakScene } from "../../test/run/volume/soak-scene.ts";

/** Runs everything; prints figures. @throws at the first thing that is not as it should be */
export async function soakVolumes(kills: number): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), "nnvol-soak-"));
	try {
		const begun = Date.now();
		const scene = await makeSoakScene(folder, 100, 1100);
		const report = await killVolumes(scene, kills, Math.random, undefined, (text) => console.log(text));
		const seconds = Math.round((Date.now() - begun) / 1000);
		console.log(
			`${report.kills} kills (${report.inTheMiddle} between blocks, ${report.atTheEnd} after the last) of ${report.volumes} volumes, ${report.blocks} blocks, ${seconds} s: nothing lost, nothing done twice, equal`,
		);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
