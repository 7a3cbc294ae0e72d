import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type NdArray, ndarray } from "../../../src/core/array.ts";
import { type Box, boxShape } from "../../../src/core/box.ts";
import { sizeOf, type Zyx } from "../../../src/core/shape.ts";
import { quantise } from "../../../src/image/cast.ts";
import { entropy } from "../../../src/image/entropy.ts";
import { openScores } from "../../../src/nnunet/sample/open-scores.ts";
import { rankCase } from "../../../src/nnunet/sample/rank-case.ts";
import type { ScoreSource } from "../../../src/nnunet/sample/score-source.ts";
import { fileBox, spatialOf } from "../../../src/nnunet/sample/spatial.ts";
import { writeNpz } from "../../../src/volume/npz/npz.ts";
import { writeVolume } from "../../cli/scene.ts";
import { testFolder } from "../../folder.ts";

const SPACE: Zyx = [5, 6, 7];
const VOXELS = sizeOf(SPACE);

/** Probabilities of three classes: [3, voxels]. */
function probabilities(): Float32Array<ArrayBuffer> {
	const all = new Float32Array(3 * VOXELS);
	for (let i = 0; i < VOXELS; i++) {
		const raw = [1 + Math.sin(i), 1 + Math.cos(i * 3), 0.3 + (i % 5) / 4];
		const sum = raw.reduce((a, b) => a + b, 0);
		for (const [n, value] of raw.entries()) all[n * VOXELS + i] = value / sum;
	}
	return all;
}

function part(values: Float32Array, { start, stop }: Box): number[] {
	const out: number[] = [];
	for (let z = start[0] ?? 0; z < (stop[0] ?? 0); z++)
		for (let y = start[1] ?? 0; y < (stop[1] ?? 0); y++)
			for (let x = start[2] ?? 0; x < (stop[2] ?? 0); x++) out.push(values[(z * SPACE[1] + y) * SPACE[2] + x] ?? 0);
	return out;
}

const boxes = fc.tuple(...SPACE.map((extent) => fc.tuple(fc.nat(extent - 1), fc.nat(extent - 1)))).map(
	(ranges): Box => ({
		start: ranges.map(([a, b]) => Math.min(a, b)),
		stop: ranges.map(([a, b]) => Math.max(a, b) + 1),
	}),
);

/** The same probabilities as nnU-Net's file and as stores. */
async function files(): Promise<{ folder: string; npz: string; zarr: string; bytes: string }> {
	const folder = testFolder();
	const array = ndarray("float32", [3, ...SPACE], probabilities());
	const [npz, zarr, bytes] = [join(folder, "a.npz"), join(folder, "a.zarr"), join(folder, "b.zarr")];
	await writeNpz(npz, { probabilities: array });
	await writeVolume(zarr, array, "czyx");
	const rounded: NdArray = { dtype: "uint8", shape: array.shape, data: quantise(array.data, 255, "uint8") };
	await writeVolume(bytes, rounded, "czyx");
	return { folder, npz, zarr, bytes };
}

describe("scores from probabilities", () => {
	it("are their entropy, in any box and order, from nnU-Net's file and from stores", async () => {
		const { npz, zarr, bytes } = await files();
		const wanted = entropy(probabilities(), 3, true);
		const sources: ScoreSource[] = [];
		for (const path of [npz, zarr, bytes]) sources.push(await openScores({ path, kind: "probabilities" }, true));
		const [first, second, third] = sources;
		expect(sources.map(({ shape, width, isForward }) => [shape, width, isForward])).toEqual([
			[SPACE, 3, true],
			[SPACE, 3, false],
			[SPACE, 3, false],
		]);
		await fc.assert(
			fc.asyncProperty(boxes, async (box) => {
				expect([...((await first?.read(box)) ?? [])]).toEqual(part(wanted, box));
				expect([...((await second?.read(box)) ?? [])]).toEqual(part(wanted, box));
				for (const [i, value] of part(wanted, box).entries()) {
					expect(Math.abs(((await third?.read(box)) ?? [])[i] ?? 9) - value).toBeLessThan(0.02);
				}
			}),
			{ numRuns: 15 },
		);
		for (const source of sources) await source.close();
	});

	it("of regions are the mean of each one's, and of one class its own", async () => {
		const { npz, zarr, folder } = await files();
		const whole: Box = { start: [0, 0, 0], stop: [...SPACE] };
		for (const path of [npz, zarr]) {
			const source = await openScores({ path, kind: "probabilities" }, false);
			expect([...(await source.read(whole))]).toEqual([...entropy(probabilities(), 3, false)]);
			await source.close();
		}
		const one = probabilities().slice(VOXELS, 2 * VOXELS);
		const path = await writeVolume(join(folder, "one.zarr"), ndarray("float32", [1, ...SPACE], one), "czyx");
		const source = await openScores({ path, kind: "probabilities" }, true);
		expect([...(await source.read(whole))]).toEqual([...entropy(one, 1, false)]);
		await source.close();
	});

	it("are refused where they do not sum to one, in either file", async () => {
		const folder = testFolder();
		const array = ndarray("float32", [2, ...SPACE], new Float32Array(2 * VOXELS).fill(0.9));
		const npz = join(folder, "a.npz");
		await writeNpz(npz, { probabilities: array });
		const zarr = await writeVolume(join(folder, "a.zarr"), array, "czyx");
		for (const path of [npz, zarr]) {
			const source = await openScores({ path, kind: "probabilities" }, true);
			await expect(source.read({ start: [0, 0, 0], stop: [1, 1, 1] })).rejects.toThrow(
				/sum to 1\.800, not 1.*dataset\.json/,
			);
			await source.close();
		}
	});
});

describe("scores from a volume", () => {
	it("are its values; uint8 holds 255 steps of the largest", async () => {
		const folder = testFolder();
		const bytes = Uint8Array.from({ length: 42 }, (_, i) => i * 6);
		const path = await writeVolume(join(folder, "v.png"), ndarray("uint8", [6, 7], bytes), "yx");
		const source = await openScores({ path, kind: "variance" }, true);
		expect([source.shape, source.width]).toEqual([[1, 6, 7], 1]);
		const found = await source.read({ start: [0, 1, 2], stop: [1, 2, 4] });
		expect([...found]).toEqual([9, 10].map((i) => Math.fround((i * 6 * 0.25) / 255)));
		await source.close();
	});

	it("are refused in another type, and with channels", async () => {
		const folder = testFolder();
		const wide = await writeVolume(join(folder, "w.zarr"), ndarray("uint16", [2, 2, 2], new Uint16Array(8)), "zyx");
		await expect(openScores({ path: wide, kind: "entropy" }, true)).rejects.toThrow(
			/expected float32, float16 or uint8, found uint16/,
		);
		const many = await writeVolume(join(folder, "m.zarr"), ndarray("uint8", [2, 2, 2, 2], new Uint8Array(16)), "czyx");
		await expect(openScores({ path: many, kind: "entropy" }, true)).rejects.toThrow(/one value a voxel/);
	});
});

describe("space", () => {
	it("is found in any axes, with all channels or one", () => {
		const flat = spatialOf({ path: "a", axes: "yxc", shape: [4, 5, 3] });
		expect(flat).toEqual({ axes: "yxc", shape: [1, 4, 5], channels: 3 });
		const box: Box = { start: [0, 1, 2], stop: [1, 3, 5] };
		expect(fileBox(flat, box)).toEqual({ start: [1, 2, 0], stop: [3, 5, 3] });
		expect(fileBox(flat, box, 1)).toEqual({ start: [1, 2, 1], stop: [3, 5, 2] });
		expect(spatialOf({ path: "a", axes: "", shape: [2, 3, 4] }).shape).toEqual([2, 3, 4]);
		expect(() => spatialOf({ path: "a", axes: "xyz", shape: [2, 3, 4] })).toThrow(/expected axes yx or zyx.*xyz/);
		expect(() => spatialOf({ path: "a", axes: "", shape: [1, 2, 3, 4, 5] })).toThrow(/axes unknown/);
	});
});

describe("reading a case", () => {
	/** Scores that note which boxes are asked for. */
	function noting(shape: Zyx, isForward: boolean, boxesRead: Box[]): ScoreSource {
		return {
			path: "scores",
			shape,
			width: 1,
			chunks: [2, 4, 4],
			isForward,
			read: async (box) => {
				boxesRead.push(box);
				return new Float32Array(sizeOf(boxShape(box))).fill(0.5);
			},
			close: async () => undefined,
		};
	}
	const options = { size: [2, 4, 4], stride: [1, 2, 2], most: 1, count: 2 } as const;

	it("stays within memory, in whole sections where files only run forward", async () => {
		for (const isForward of [true, false]) {
			const boxesRead: Box[] = [];
			const progress: number[] = [];
			const { candidates } = await rankCase(noting([16, 16, 16], isForward, boxesRead), options, {
				memory: 40_000,
				onProgress: (done, total) => progress.push(done / total),
			});
			expect(candidates[0]).toEqual({ start: [0, 0, 0], score: 0.5, mean: 0.5 });
			const sizes = boxesRead.map((box) => sizeOf(boxShape(box)));
			expect(sizes.reduce((a, b) => a + b, 0)).toBe(16 ** 3);
			expect(Math.max(...sizes) * 16).toBeLessThan(40_000);
			expect(boxesRead.length).toBeGreaterThan(1);
			if (isForward) for (const box of boxesRead) expect(boxShape(box).slice(1)).toEqual([16, 16]);
			expect(progress.at(-1)).toBe(1);
		}
	});

	it("says what it takes where memory does not suffice", async () => {
		const little = rankCase(noting([16, 160, 160], true, []), { ...options, quantile: 0.9 }, { memory: 100_000 });
		await expect(little).rejects.toThrow(
			/16x160x160 voxels\) cannot be ranked in 1 MiB, of which its regions take .* rank by the mean/,
		);
		await expect(rankCase(noting([1, 999, 999], true, []), options, { memory: 1_000_000 })).rejects.toMatchObject({
			code: "CONFIG",
		});
	});

	it("stops where it is interrupted", async () => {
		const controller = new AbortController();
		controller.abort();
		const reading = rankCase(noting([4, 8, 8], true, []), options, { memory: 1e6, signal: controller.signal });
		await expect(reading).rejects.toMatchObject({ code: "CANCELLED" });
	});
});
