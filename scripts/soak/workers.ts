/**
 * `npm run soak -- workers [MINUTES]`: four workers of one machine, killed, stopped and continued at random (for a minute, or
 * as many as the next argument says); each run must end with exit 0, a clean verification and the voxels of one process.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runChaos } from "../../test/launch/local/chaos.ts";
import { makeSoakScene } from "../../test/run/volume/soak-scene.ts";

const HDF5 = ["inference.data.output_format=h5"];
const RESAMPLED = ["data.spacing=[1, 1.5, 1.2]"];

/** Runs it; prints figures. @throws at the first thing that is not as it should be */
export async function soakWorkers(minutes: number): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), "nnvol-soak-"));
	try {
		const scene = await makeSoakScene(folder, 120, 1100);
		const chaos = {
			workers: 4,
			time: minutes * 60_000,
			random: Math.random,
			kinds: [[], HDF5, RESAMPLED],
			frozen: 0.05,
		};
		const report = await runChaos(scene, chaos, (text) => console.log(text));
		const { runs, kills, stops, frozen, restarts, givenUp, seconds } = report;
		console.log(
			`${minutes} min of chaos, ${runs} runs of 4 workers: ${kills} kills, ${stops} stops (${frozen} for good), ${restarts} workers started again, ${givenUp} given up; verified and equal each time; ${seconds} s in all`,
		);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
