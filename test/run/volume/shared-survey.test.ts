/**
 * Workers that measure one volume together: each slab is read by one of them, whatever becomes of the others, and all find what
 * one alone finds.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sizeOf } from "../../../src/core/shape.ts";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import { voxelsOf } from "../../../src/preprocess/bricks.ts";
import { slabsOf } from "../../../src/preprocess/survey-slab.ts";
import { surveysOf } from "../../../src/run/volume/survey-store.ts";
import { openStore } from "../../../src/volume/stores/open-store.ts";
import { modelSpec } from "../../model-spec.ts";
import { sourceOf } from "../../preprocess/array-source.ts";
import { imageOf } from "../../preprocess/bordered-image.ts";
import { expectSame } from "../../volume/conformance.ts";
import { startGsServer } from "../../volume/stores/gs-server.ts";
import { columnsOf, inMemory, outputOf, shareOf, stream, wavy, withScene } from "./scene.ts";
import { dyingScene, type SurveyScene, survey, taskOf } from "./survey-scene.ts";

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
	const folder = await mkdtemp(join(tmpdir(), "nnvol-survey-"));
	try {
		return await work(folder);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** What one worker finds, without anybody. */
async function alone(scene: SurveyScene) {
	return withFolder(async (folder) => {
		const source = sourceOf(scene.array, scene.chunks);
		return { surveys: await surveysOf(taskOf(scene, source, folder), { bytes: 1 }), source };
	});
}

function isEmpty({ array }: SurveyScene): boolean {
	return array.data.every((value) => Number(value) === 0);
}

/** Names of what is kept of surveys. */
async function kept(folder: string): Promise<string[]> {
	return readdir(join(folder, ".nnvol", "surveys"), { recursive: true });
}

const scenes = fc.record({
	shape: fc.tuple(fc.integer({ min: 2, max: 12 }), fc.constantFrom(5, 20), fc.constantFrom(7, 300)),
	margins: fc.array(fc.constantFrom(0, 0, 0, 0, 1, 3, 300), { minLength: 6, maxLength: 6 }),
	dtype: fc.constantFrom("uint8" as const, "float32" as const, "uint32" as const),
	depth: fc.integer({ min: 1, max: 3 }),
	planes: fc.integer({ min: 1, max: 4 }),
	sectionwise: fc.boolean(),
	spacing: fc.constantFrom(undefined, [1, 1, 1] as const, [5, 1, 2] as const, [2, 1, 9] as const),
	count: fc.integer({ min: 1, max: 4 }),
	seed: fc.nat({ max: 99 }),
});

function sceneOf({ shape, margins, dtype, depth, planes, spacing, sectionwise, seed }: SceneFacts): SurveyScene {
	const array = imageOf(dtype, [2, ...shape], margins, seed);
	const base = { array, chunks: [depth, shape[1], shape[2]] as const, voxels: planes * shape[1] * shape[2] };
	return spacing === undefined ? { ...base, sectionwise } : { ...base, sectionwise: false, spacing };
}

type SceneFacts = typeof scenes extends fc.Arbitrary<infer T> ? T : never;

describe("workers that measure one volume together", () => {
	it("find what one alone finds, and read each slab once, whoever comes first", async () => {
		await fc.assert(
			fc.asyncProperty(scenes, async (facts) => {
				const scene = sceneOf(facts);
				const expected = await alone(scene);
				await withFolder(async (folder) => {
					const all = Array.from({ length: facts.count }, (_, index) => survey(scene, folder, { ...facts, index }));
					const found = await Promise.all(all);
					for (const { surveys } of found) expect(surveys).toEqual(expected.surveys);
					const read = found.reduce((sum, { source }) => sum + source.voxelsRead(), 0);
					// of zeros alone the whole is the box: workers who come to know that at once need no second pass
					if (isEmpty(scene)) expect(read).toBeLessThanOrEqual(expected.source.voxelsRead());
					else expect(read).toBe(expected.source.voxelsRead());
					expect(await kept(folder)).toEqual([expect.stringMatching(/^\w+\.json$/)]);
					const later = await survey(scene, folder, { index: 0, count: 1 });
					expect(later.surveys).toEqual(expected.surveys);
					expect(later.source.voxelsRead()).toBe(0);
				});
			}),
			{ numRuns: 40, seed: 20261124 },
		);
	}, 120_000);

	it("tell how far all of them are", async () => {
		const array = imageOf("uint8", [1, 8, 10, 10], [0, 0, 2, 0], 1);
		const scene = { array, chunks: [2, 10, 10] as const, sectionwise: false, voxels: 200 };
		await withFolder(async (folder) => {
			const steps: (readonly [number, number])[][] = [[], []];
			await Promise.all(
				steps.map((told, index) =>
					survey(scene, folder, { index, count: 2, onProgress: (...step) => told.push(step) }),
				),
			);
			for (const told of steps) {
				for (const [done, total] of told) {
					expect(done).toBeLessThanOrEqual(total);
					expect([800, 1440]).toContain(total);
				}
			}
			expect(steps.flat()).toContainEqual([800, 800]);
			expect(steps.flat()).toContainEqual([1440, 1440]);
			// who comes late to the second pass may hear nothing of it
			for (const told of steps) expect(told.at(-1)?.[0]).toBe(told.at(-1)?.[1]);
		});
	});

	it("share through a bucket too, and leave nothing there but the survey", async () => {
		const scene = { ...dyingScene(), array: imageOf("int16", [1, 12, 20, 20], [0, 1, 3, 0], 3) };
		const expected = await alone(scene);
		const before = process.env["STORAGE_EMULATOR_HOST"];
		const server = await startGsServer();
		process.env["STORAGE_EMULATOR_HOST"] = server.url;
		try {
			const all = [0, 1, 2].map((index) => survey(scene, "gs://claims/out", { index, count: 3 }));
			const found = await Promise.all(all);
			for (const { surveys } of found) expect(surveys).toEqual(expected.surveys);
			const read = found.reduce((sum, { source }) => sum + source.voxelsRead(), 0);
			expect(read).toBe(expected.source.voxelsRead());
			const { files, folders } = await (await openStore("gs://claims/out/.nnvol/surveys")).list("");
			expect([files, folders]).toEqual([[expect.stringMatching(/^\w+\.json$/)], []]);
		} finally {
			await server.stop();
			if (before === undefined) delete process.env["STORAGE_EMULATOR_HOST"];
			else process.env["STORAGE_EMULATOR_HOST"] = before;
		}
	});

	it("do what one that breaks off leaves", async () => {
		await fc.assert(
			fc.asyncProperty(scenes, fc.nat({ max: 6 }), async (facts, after) => {
				const scene = sceneOf(facts);
				const expected = await alone(scene);
				await withFolder(async (folder) => {
					let left = after;
					const onRead = () => {
						if (left-- <= 0) throw new Error("the cable is out");
					};
					const broken = survey(scene, folder, { index: 0, count: 2, onRead }).catch((error: unknown) => error);
					const { surveys } = await survey(scene, folder, { index: 1, count: 2 });
					expect(surveys).toEqual(expected.surveys);
					const end = await broken;
					if (end instanceof Error) expect(end.message).toContain("the cable is out");
				});
			}),
			{ numRuns: 20, seed: 20261124 },
		);
	}, 120_000);

	it("go on with the records of one that was killed, and take its slab over", async () => {
		const scene = dyingScene();
		const expected = await alone(scene);
		await withFolder(async (folder) => {
			const program = fileURLToPath(new URL("survey-scene.ts", import.meta.url));
			// four slabs of three planes; bricks of a plane, one read ahead
			const signal = await new Promise((resolve) => {
				execFile(process.execPath, ["--import", "tsx", program, folder, "8"], (error) => resolve(error?.signal));
			});
			expect(signal).toBe("SIGKILL");
			const left = (await kept(folder)).filter((name) => name.includes("whole-"));
			expect(left.length).toBeGreaterThan(0);
			const { surveys, source } = await survey(scene, folder, { index: 1, count: 2 });
			expect(surveys).toEqual(expected.surveys);
			expect(source.voxelsRead()).toBe((4 - left.length) * 1200);
			expect(await kept(folder)).toHaveLength(1);
		});
	}, 60_000);

	it("do a slab again whose record is damaged", async () => {
		const scene = dyingScene("uint16");
		const expected = await alone(scene);
		await withFolder(async (folder) => {
			let reads = 0;
			const onRead = () => {
				if (++reads > 8) throw new Error("the cable is out");
			};
			await expect(survey(scene, folder, { index: 0, count: 1, onRead })).rejects.toThrow("the cable is out");
			const [name = ""] = (await kept(folder)).filter((file) => file.includes("whole-"));
			await writeFile(join(folder, ".nnvol", "surveys", name), '{"version": 1, "box": [1, 2');
			const { surveys } = await survey(scene, folder, { index: 0, count: 1 });
			expect(surveys).toEqual(expected.surveys);
			expect(await kept(folder)).toHaveLength(1);
		});
	});

	it("stop where they are told to, while they wait for others too", async () => {
		const scene = { ...dyingScene(), voxels: 3000 };
		await withFolder(async (folder) => {
			const abort = new AbortController();
			const slow = new AbortController();
			const onRead = () => new Promise<void>((resolve) => slow.signal.addEventListener("abort", () => resolve()));
			const busy = survey(scene, folder, { index: 0, count: 2, onRead, signal: slow.signal }).catch((e: unknown) => e);
			// eight planes are the other's, four its own
			const onProgress = (done: number) => {
				if (done >= 1600) setTimeout(() => abort.abort(), 50);
			};
			const waiting = survey(scene, folder, { index: 1, count: 2, signal: abort.signal, onProgress });
			await expect(waiting).rejects.toThrow(expect.objectContaining({ code: "CANCELLED" }));
			slow.abort();
			expect(await busy).toMatchObject({ code: "CANCELLED" });
		});
	}, 60_000);
});

it("streamed volumes are the same, with a model that is normalised by what was measured", async () => {
	for (const border of [0, 2]) {
		const spec = modelSpec({ dimensions: 3, reader: "Tiff3DIO" });
		const settings = {
			...modelSettings(spec),
			views: [[]],
			outputs: [{ kind: "labels" }, { kind: "probabilities", channels: [0, 1], dtype: "float32" }] as const,
		};
		expect(spec.normalization).toEqual([expect.objectContaining({ kind: "zscore" })]);
		const array = wavy("uint16", [12, 20, 18], border, 5);
		const chunks = [2, 20, 18];
		expect(slabsOf({ shape: [12, 20, 18], chunks: [2, 20, 18] }, 2 * 20 * 18)).toHaveLength(6);
		await withScene({ spec, settings, array, axes: "zyx", chunks }, async (scene) => {
			const measured: number[] = [];
			const onEvent = (event: { kind: string; done?: number; phase?: string }) => {
				if (event.kind === "phase" && event.phase === "measuring") measured.push(event.done ?? 0);
			};
			const how = {
				layout: { chunks: [4, 8, 8] },
				choices: { blockVoxels: 1, planOf: columnsOf(2, 2, 2), surveyVoxels: 2 * 20 * 18 },
				options: { onEvent },
			};
			await Promise.all([0, 1, 2].map((index) => stream(scene, { ...how, share: shareOf(index, 3, true) })));
			const whole = await inMemory(scene);
			expectSame(await outputOf(scene, "out.zarr"), whole.array);
			expectSame(await outputOf(scene, "out_probabilities.zarr"), whole.probabilities ?? whole.array);
			const crop = voxelsOf({ start: [0, border, border], stop: [12, 20 - border, 18 - border] });
			expect(Math.max(...measured)).toBe(border === 0 ? sizeOf(array.shape) : sizeOf(array.shape) + crop);
		});
	}
}, 60_000);
