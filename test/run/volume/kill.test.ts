/**
 * Short versions of `npm run soak -- volume`: a streamed run survives what befalls it, and nothing of it is lost or done twice.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
	badServer,
	canMount,
	damagedChunk,
	fullDisk,
	goneServer,
	interrupted,
	twoAtOnce,
	vanishedInput,
} from "./faults.ts";
import { killVolumes, waysOf } from "./kill.ts";
import { makeSoakScene, type SoakScene } from "./soak-scene.ts";

/** Of `npm run soak -- volume`'s two hundred. */
const KILLS = 3;

const TIMEOUT = 120_000;

describe.skipIf(process.platform === "win32")("a streamed run", () => {
	let folder = "";
	let scene: SoakScene;

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), "nnvol-volume-kill-"));
		scene = await makeSoakScene(folder, 24, 600);
	}, TIMEOUT);

	afterAll(() => rm(folder, { recursive: true, force: true }));

	it("goes on after kill -9 at random moments", { timeout: TIMEOUT }, async () => {
		const ways = waysOf(scene).filter(({ name }) => name === "hdf5 of a resampled model");
		const report = await killVolumes(scene, KILLS, Math.random, ways);
		expect(report).toMatchObject({ kills: KILLS });
	});

	it("stops at a full disk with what is recorded whole, and goes on", { timeout: TIMEOUT }, async (context) => {
		if (!canMount(folder)) context.skip("file systems cannot be mounted here");
		const done = await fullDisk(scene, 260);
		expect(done).toBeLessThan(48);
	});

	it("outlasts a server that spoils one request in ten", { timeout: TIMEOUT }, async () => {
		const { spoilt, requests } = await badServer(scene);
		expect(spoilt).toBeGreaterThanOrEqual(Math.floor(requests / 10));
		expect(spoilt).toBeGreaterThan(0);
	});

	it("stops where the server is gone, and goes on when it is back", { timeout: TIMEOUT }, async () => {
		expect(await goneServer(scene)).toBeGreaterThan(0);
	});

	it("stops where the input is gone, and goes on when it is back", { timeout: TIMEOUT }, async () => {
		expect(await vanishedInput(scene)).toBeGreaterThan(0);
	});

	it("leaves out the blocks that need a damaged chunk, and does them once it is mended", {
		timeout: TIMEOUT,
	}, async () => {
		const { failed, done } = await damagedChunk(scene);
		expect(failed).toBeGreaterThan(0);
		expect(failed + done).toBe(48);
	});

	it.each(["SIGINT", "SIGTERM"] as const)("ends by %s and goes on", { timeout: TIMEOUT }, async (signal) => {
		expect(await interrupted(scene, signal)).toBeLessThan(48);
	});

	it("is harmed by no second one", { timeout: TIMEOUT }, async () => {
		await twoAtOnce(scene, 0);
		await twoAtOnce(scene, 0, ["inference.data.output_format=h5"]);
	});
});
