/**
 * `npm run soak -- volume`: streamed runs, killed with SIGKILL two hundred times (or as often as the next argument says), and
 * whatever else may befall them: full disks, bad servers, inputs that go away, interruptions.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	badServer,
	canMount,
	damagedChunk,
	fullDisk,
	goneServer,
	interrupted,
	twoAtOnce,
	vanishedInput,
} from "../../test/run/volume/faults.ts";
import { killVolumes } from "../../test/run/volume/kill.ts";
import { makeSoakScene, type SoakScene } from "../../test/run/volume/soak-scene.ts";

const HDF5 = ["inference.data.output_format=h5"];
const RESAMPLED = ["data.spacing=[1, 1.5, 1.2]"];

/** Runs everything; prints figures. @throws at the first thing that is not as it should be */
export async function soakVolumes(kills: number): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), "nnvol-soak-"));
	try {
		await faults(await makeSoakScene(join(folder, "faults"), 40, 1100));
		await killed(await makeSoakScene(join(folder, "kills"), 100, 600), kills);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

async function killed(scene: SoakScene, kills: number): Promise<void> {
	const begun = Date.now();
	const report = await killVolumes(scene, kills, Math.random, undefined, (text) => console.log(text));
	const seconds = Math.round((Date.now() - begun) / 1000);
	console.log(
		`${report.kills} kills (${report.inTheMiddle} between blocks, ${report.atTheEnd} after the last) of ${report.volumes} volumes, ${report.blocks} blocks, ${seconds} s: nothing lost, nothing done twice, equal`,
	);
}

async function faults(scene: SoakScene): Promise<void> {
	if (canMount(scene.folder)) await fullDisks(scene);
	else console.log("full disk: skipped, file systems cannot be mounted here");
	const { spoilt, requests } = await badServer(scene);
	console.log(`bad server: ${spoilt} of ${requests} requests spoilt, equal`);
	console.log(`server gone: stopped after ${await goneServer(scene)} blocks, went on, equal`);
	console.log(`input gone: stopped after ${await vanishedInput(scene)} blocks, went on, equal`);
	const { failed, done } = await damagedChunk(scene);
	console.log(`damaged chunk: ${failed} blocks failed, ${done} were done; mended: equal`);
	for (const signal of ["SIGINT", "SIGTERM"] as const) {
		for (const more of [[], HDF5, RESAMPLED]) {
			const blocks = await interrupted(scene, signal, more, more === HDF5 ? 1500 : undefined);
			console.log(`${[signal, ...more].join(" ")}: stopped after ${blocks} blocks, went on, equal`);
		}
	}
	for (const more of [[], HDF5, RESAMPLED, [...HDF5, ...RESAMPLED]]) {
		for (const later of [0, 200, 500, 1000, 1500]) await twoAtOnce(scene, later, more);
		console.log(`${["two processes at once", ...more].join(" ")}: five times, equal`);
	}
}

/** Disks that are full at the first block, in the middle, and while files are put together. */
async function fullDisks(scene: SoakScene): Promise<void> {
	for (const [free, more] of [
		[20, []],
		[300, []],
		[600, []],
		[2000, []],
		[400, HDF5],
		[150, HDF5],
		[1500, RESAMPLED],
	] as const) {
		const blocks = await fullDisk(scene, free, more);
		console.log(`${[`disk with ${free} KiB free`, ...more].join(" ")}: stopped after ${blocks} blocks, went on, equal`);
	}
}
