/**
 * Workers that resample one volume together: each block is made by one of them, whatever becomes of the others, and the voxels are
 * those of one worker.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import { modelSpec } from "../../model-spec.ts";
import { expectSame } from "../../volume/conformance.ts";
import { columnsOf, inMemory, outputOf, shareOf, stream, wavy, withScene } from "./scene.ts";
import { DYING_STAGE, type StageScene, stageScene } from "./stage-scene.ts";

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
	const folder = await mkdtemp(join(tmpdir(), "nnvol-stage-test-"));
	try {
		return await work(folder);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

function alone(scene: StageScene) {
	return withFolder((folder) => stageScene(scene, folder, { index: 0, count: 0 }));
}

const extent = fc.integer({ min: 1, max: 18 });
const extents = fc.tuple(extent, extent, extent);
const scenes: fc.Arbitrary<StageScene> = fc.record({
	shape: extents,
	toShape: extents,
	bytes: fc.constantFrom(1, 20_000, 100_000, 10_000_000),
	voxels: fc.constantFrom(1, 2000),
	seed: fc.nat({ max: 99 }),
});

describe("workers that resample one volume together", () => {
	it("make what one alone makes, each block once", async () => {
		await fc.assert(
			fc.asyncProperty(scenes, fc.integer({ min: 1, max: 4 }), async (scene, count) => {
				const expected = await alone(scene);
				await withFolder(async (folder) => {
					const all = Array.from({ length: count }, (_, index) => stageScene(scene, folder, { index, count }));
					const found = await Promise.all(all);
					for (const { voxels } of found) expectSame(voxels, expected.voxels);
					expect(found.reduce((sum, { read }) => sum + read, 0)).toBe(expected.read);
					const later = await stageScene(scene, folder, { index: 0, count: 0 });
					expectSame(later.voxels, expected.voxels);
					expect(later.read).toBe(0);
					expect((await readdir(join(folder, "network"))).filter((name) => name.startsWith("pass"))).toEqual([]);
				});
			}),
			{ numRuns: 15, seed: 20261124 },
		);
	}, 120_000);

	it("do what one that breaks off leaves", async () => {
		await fc.assert(
			fc.asyncProperty(scenes, fc.nat({ max: 12 }), async (scene, after) => {
				const expected = await alone(scene);
				await withFolder(async (folder) => {
					let left = after;
					const onRead = () => {
						if (left-- <= 0) throw new Error("the cable is out");
					};
					const broken = stageScene(scene, folder, { index: 0, count: 2, onRead }).catch((error: unknown) => error);
					expectSame((await stageScene(scene, folder, { index: 1, count: 2 })).voxels, expected.voxels);
					const end = await broken;
					if (end instanceof Error) expect(end.message).toContain("the cable is out");
				});
			}),
			{ numRuns: 12, seed: 20261124 },
		);
	}, 120_000);

	it("go on with the blocks of one that was killed", async () => {
		const expected = await alone(DYING_STAGE);
		await withFolder(async (folder) => {
			const program = fileURLToPath(new URL("stage-scene.ts", import.meta.url));
			const signal = await new Promise((resolve) => {
				execFile(process.execPath, ["--import", "tsx", program, folder, "5"], (error) => resolve(error?.signal));
			});
			expect(signal).toBe("SIGKILL");
			expect((await readdir(join(folder, "network", "blocks"))).length).toBeGreaterThan(0);
			const told: (readonly [number, number])[] = [];
			const onProgress = (...step: readonly [number, number]) => told.push(step);
			const found = await stageScene(DYING_STAGE, folder, { index: 1, count: 2, onProgress });
			expectSame(found.voxels, expected.voxels);
			expect(found.read).toBeLessThan(expected.read);
			expect(told.at(-1)?.[0]).toBe(told.at(-1)?.[1]);
			for (const [done, total] of told) expect(done).toBeLessThanOrEqual(total);
		});
	}, 60_000);

	it("go on in a later pass, without what was read for the first", async () => {
		const expected = await alone(DYING_STAGE);
		await withFolder(async (folder) => {
			const abort = new AbortController();
			const onProgress = (done: number, total: number) => {
				if (done > 0.9 * total) abort.abort();
			};
			const stopped = stageScene(DYING_STAGE, folder, { index: 0, count: 2, onProgress, signal: abort.signal });
			await expect(stopped).rejects.toThrow(expect.objectContaining({ code: "CANCELLED" }));
			const records = await readdir(join(folder, "network", "blocks"));
			expect(records.some((name) => name.startsWith("pass0"))).toBe(true);
			expect(records.some((name) => name.startsWith("network"))).toBe(true);
			const found = await stageScene(DYING_STAGE, folder, { index: 1, count: 2 });
			expectSame(found.voxels, expected.voxels);
			expect(found.read).toBe(0);
		});
	});

	it("begin anew where another image was begun", async () => {
		await withFolder(async (folder) => {
			let left = 5;
			const onRead = () => {
				if (left-- <= 0) throw new Error("the cable is out");
			};
			await expect(stageScene(DYING_STAGE, folder, { index: 0, count: 2, onRead })).rejects.toThrow("the cable is out");
			const other = { ...DYING_STAGE, shape: [18, 30, 30] as const };
			const found = await stageScene(other, folder, { index: 0, count: 2 });
			expectSame(found.voxels, (await alone(other)).voxels);
		});
	});
});

it("streamed volumes of a resampled model are the same", async () => {
	const spec = modelSpec({ dimensions: 3, reader: "Tiff3DIO", spacing: [1, 1, 1] });
	const settings = { ...modelSettings(spec), views: [[]], outputs: [{ kind: "labels" }] as const };
	const array = wavy("uint16", [10, 20, 18], 1, 5);
	const made = { spec, settings, array, axes: "zyx", chunks: [2, 20, 18], spacing: [1.4, 0.7, 1] as const };
	await withScene(made, async (scene) => {
		const phases = new Set<string>();
		const onEvent = (event: { kind: string; phase?: string }) => {
			if (event.kind === "phase" && event.phase !== undefined) phases.add(event.phase);
		};
		const how = {
			layout: { chunks: [4, 8, 8] },
			choices: { blockVoxels: 1, planOf: columnsOf(2, 2, 2), surveyVoxels: 2 * 20 * 18 },
			options: { onEvent },
		};
		await Promise.all([0, 1, 2].map((index) => stream(scene, { ...how, share: shareOf(index, 3, true) })));
		expectSame(await outputOf(scene, "out.zarr"), (await inMemory(scene)).array);
		expect([...phases]).toEqual(expect.arrayContaining(["measuring", "resampling"]));
	});
}, 60_000);
